// SPDX-License-Identifier: MIT
// Which unit was shown what: an exposure is logged once per unit, experiment, variant and bundle, and outcomes go to the
// exposures of their unit. What was shown is kept, so that neither a reload nor the next page logs it again.
import { loggedUnit, unitText } from './entries.js';
import type { SamplitError } from './errors.js';
import { exposure, now, outcome, type ExposureEvent, type Mode, type OutcomeEvent } from './events.js';
import type { ClientDecision, KeyStore } from './options.js';
import type { Context, Unit } from './types.js';

const SHOWN_MAX = 10_000; // units times experiments of a process
const GONE = 1000; // so many of the oldest go at once: a Map steps over what left it one by one

/** The part of an exposure that outcomes and repetitions are told by. */
type Shown = readonly [experiment: string, unit: string, variant: string, bundle: string, id: string];

/** What deciding asks of it. */
export interface Logs {
  expose(decision: ClientDecision, unit: Unit, context: Context | undefined): void;
  track(name: string, unit: Unit, value: number | undefined, experiment: string | undefined): void;
}

export interface Tracker extends Logs {
  /** Takes over what the store holds from before, and stores what was shown meanwhile. */
  open(): void;
  /** Forgets everything. */
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

// Nobody drew the variant: what follows says nothing about it.
const NOT_DRAWN = ['forced', 'paused', 'not_eligible', 'default'];

function readShown(text: string | null): Shown[] {
  try {
    const read: unknown = JSON.parse(text ?? '');
    return Array.isArray(read) ? read.filter((one) => Array.isArray(one) && one.length === 5) : [];
  } catch {
    return [];
  }
}

export function makeTracker(parts: TrackerParts): Tracker {
  const { store, key, keptMax, modeOf, sendContext, region, emit, onError } = parts;
  const shown = new Map<string, Shown>(); // in order of time

  function remember(one: Shown): void {
    const place = `${one[0]} ${one[1]}`; // keys of experiments hold no space
    shown.delete(place);
    shown.set(place, one);
    if (shown.size > SHOWN_MAX) for (const oldest of [...shown.keys()].slice(0, GONE)) shown.delete(oldest);
  }

  const keep = () => keptMax && shown.size && store.set(key, JSON.stringify([...shown.values()].slice(-keptMax)));

  return {
    expose(decision, unit, context) {
      const { experiment, variant, bundle, reason } = decision;
      if (NOT_DRAWN.includes(reason)) return;
      const who = unitText(unit);
      const last = shown.get(`${experiment} ${who}`);
      if (last?.[2] === variant && last[3] === bundle) return;
      const mode = modeOf(experiment);
      const event = exposure(decision, unit, {
        time: now(),
        ...(mode && { mode }),
        ...(region && { region }),
        ...(sendContext && { context: context ?? {} }),
      });
      remember([experiment, who, variant, bundle, event.id]);
      keep();
      emit(event);
    },
    track(name, unit, value, experiment) {
      const who = unitText(unit);
      const of = [...shown.values()].filter((one) => one[1] === who && (experiment === undefined || one[0] === experiment));
      try {
        for (const [key, , , , id] of of) emit(outcome({ id, experiment: key, unit: loggedUnit(who) }, name, value, now()));
      } catch (error) {
        onError(error as SamplitError);
      }
    },
    open() {
      const since = [...shown.values()];
      shown.clear();
      for (const one of [...readShown(store.get(key)), ...since]) remember(one);
      keep();
    },
    clear() {
      shown.clear();
      store.remove(key);
    },
  };
}
