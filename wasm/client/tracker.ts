// SPDX-License-Identifier: MIT
// Which unit was shown what: an exposure is logged once per unit, experiment, variant and bundle, and outcomes go to the
// exposures of their unit. What was shown is kept, so that neither a reload nor the next page logs it again.
import { isDrawn } from './decision.js';
import { loggedUnit, unitText } from './entries.js';
import type { SamplitError } from './errors.js';
import { exposure, now, outcome, type ExposureEvent, type Mode, type OutcomeEvent } from './events.js';
import type { ClientDecision, KeyStore } from './options.js';
import type { Context, Unit } from './types.js';

const SHOWN_MAX = 10_000; // units of a process
const GONE = 1000; // so many of the oldest go at once: a Map steps over what left it one by one

/** The part of an exposure that outcomes and repetitions are told by. */
export type Shown = readonly [experiment: string, unit: string, variant: string, bundle: string, id: string];

/** What deciding asks of it. */
export interface Logs {
  expose(decision: ClientDecision, unit: Unit, context: Context | undefined, clock_ms?: number): void;
  track(name: string, unit: Unit, value: number | undefined, experiment: string | undefined): void;
}

export interface Tracker extends Logs {
  /** Exposes, and leaves it to the caller to `keep` what was shown. */
  show: Logs['expose'];
  keep(): void;
  /** Takes over what the store holds from before, and stores what was shown meanwhile. */
  open(): void;
  /** Forgets everything; but what is stored goes with the store. */
  clear(): void;
}

export interface TrackerParts {
  readonly store: KeyStore;
  readonly key: string;
  /** So many exposures are kept over a reload; none where there is nothing to keep them in. */
  readonly keptMax: number;
  readonly modeOf: (experiment: string) => Mode | undefined;
  readonly sendContext?: boolean | undefined;
  readonly region?: string | undefined;
  readonly emit: (event: ExposureEvent | OutcomeEvent) => void;
  readonly onError: (error: SamplitError) => void;
}

export function makeTracker(parts: TrackerParts): Tracker {
  const { store, key, keptMax, modeOf, sendContext, region, emit, onError } = parts;
  const shown = new Map<string, Record<string, Shown>>(); // by unit, in order of time, and experiment
  let newest: readonly Shown[] = []; // are to be kept
  let kept = newest;

  function remember(one: Shown): void {
    const [experiment, who] = one;
    const all = { ...shown.get(who), [experiment]: one };
    shown.delete(who);
    shown.set(who, all);
    if (shown.size > SHOWN_MAX) for (const oldest of [...shown.keys()].slice(0, GONE)) shown.delete(oldest);
    if (keptMax) newest = [...newest, one].slice(-keptMax);
  }

  const keep = () => kept !== newest && store.set(key, JSON.stringify((kept = newest)));

  const show: Logs['expose'] = (decision, unit, context, clock_ms) => {
    const { experiment, variant, bundle, reason } = decision;
    if (!isDrawn(reason)) return;
    const who = unitText(unit);
    const last = shown.get(who)?.[experiment];
    if (last?.[2] === variant && last[3] === bundle) return;
    const event = exposure(decision, unit, {
      time: now(clock_ms),
      mode: modeOf(experiment),
      region,
      context: sendContext ? (context ?? {}) : undefined,
    });
    remember([experiment, who, variant, bundle, event.id]);
    emit(event);
  };

  return {
    show,
    keep,
    expose(...what) {
      show(...what);
      keep();
    },
    track(name, unit, value, experiment) {
      const who = unitText(unit);
      try {
        for (const [key, , , , id] of Object.values(shown.get(who) ?? {})) {
          if ((experiment ?? key) === key) emit(outcome({ id, experiment: key, unit: loggedUnit(who) }, name, value, now()));
        }
      } catch (error) {
        onError(error as SamplitError);
      }
    },
    open() {
      const since = newest;
      newest = kept = [];
      try {
        for (const one of JSON.parse(store.get(key) ?? '[]')) if (one.length === 5) remember(one);
      } catch {} // somebody spoiled it
      kept = newest;
      since.forEach(remember);
      keep();
    },
    clear() {
      shown.clear();
      newest = kept = [];
    },
  };
}
