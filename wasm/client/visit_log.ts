// SPDX-License-Identifier: MIT
// What one visit to a worker logs. An exposure is logged once per unit, experiment, variant and bundle, as in tracker.ts; but what
// was shown before comes with the request's cookies, and a visit is short: a list does, which most visits need not even read.
import { isDrawn } from './decision.js';
import type { Engine } from './engine.js';
import { loggedUnit, unitText } from './entries.js';
import type { SamplitError } from './errors.js';
import { exposure, loggedKey, now, outcome, type ExposureEvent, type OutcomeEvent } from './events.js';
import type { ClientDecision, KeyStore } from './options.js';
import type { Logs, Shown } from './tracker.js';
import type { Context, Unit } from './types.js';

const KEPT_MAX = 8; // exposures in a cookie, about 160 bytes each

/** What all visits to a worker have in common, as far as it is needed here. */
export interface LogShared {
  readonly options: { readonly sendContext?: boolean; readonly region?: string };
  readonly keys: { readonly shown: string };
  readonly report: (error: SamplitError) => void;
}

// A cookie may hold anything; what it says of an exposure goes into outcomes.
function isShown(one: unknown): one is Shown {
  return Array.isArray(one) && one.length === 5 && one.every((part) => typeof part === 'string') && /^[\w-]{1,64}$/.test(one[4]!);
}

export class VisitLog implements Logs {
  readonly #shared: LogShared;
  readonly #engine: Engine | undefined;
  readonly #jar: KeyStore;
  #shown: readonly Shown[] | undefined; // the newest last
  #events: (ExposureEvent | OutcomeEvent)[] = [];

  /** `jar` holds the visit's cookies. */
  constructor(shared: LogShared, engine: Engine | undefined, jar: KeyStore) {
    this.#shared = shared;
    this.#engine = engine;
    this.#jar = jar;
  }

  #read(): readonly Shown[] {
    try {
      return (JSON.parse(this.#jar.get(this.#shared.keys.shown) || '[]') as unknown[]).filter(isShown);
    } catch {
      return []; // somebody spoiled it
    }
  }

  // Most who come back see what they saw last: then the list of it need not be read.
  #wasLast({ experiment, variant, bundle }: ClientDecision, who: Unit): boolean {
    const text = this.#jar.get(this.#shared.keys.shown);
    if (!text) return false;
    const last = text.lastIndexOf(JSON.stringify([experiment, who]).slice(0, -1));
    return last >= 0 && text.startsWith(JSON.stringify([experiment, who, variant, bundle]).slice(0, -1), last);
  }

  expose(decision: ClientDecision, unit: Unit, context: Context | undefined): void {
    const { experiment, variant, bundle, reason } = decision;
    if (!isDrawn(reason)) return;
    const who = unitText(unit);
    if (!this.#shown && this.#wasLast(decision, who)) return;
    const shown = (this.#shown ??= this.#read());
    const last = shown.filter((one) => one[0] === experiment && one[1] === who).at(-1);
    if (last?.[2] === variant && last[3] === bundle) return;
    const { sendContext, region } = this.#shared.options;
    const event = exposure(decision, unit, {
      time: now(),
      mode: this.#engine?.experiment(experiment)?.mode,
      region,
      context: sendContext ? (context ?? {}) : undefined,
    });
    this.#shown = [...shown, [experiment, who, variant, bundle, event.id]];
    this.#jar.set(this.#shared.keys.shown, JSON.stringify(this.#shown.slice(-KEPT_MAX)));
    this.#events.push(event);
  }

  track(name: string, unit: Unit, value: number | undefined, experiment: string | undefined): void {
    const who = unitText(unit);
    const newest = new Map((this.#shown ??= this.#read()).filter((one) => one[1] === who).map((one) => [one[0], one[4]]));
    try {
      for (const [of, id] of newest) {
        if ((experiment ?? of) !== of) continue;
        this.#events.push(outcome({ id, experiment: loggedKey(of), unit: loggedUnit(who) }, name, value, now()));
      }
    } catch (error) {
      this.#shared.report(error as SamplitError);
    }
  }

  /** The events since it was last asked. */
  take(): readonly (ExposureEvent | OutcomeEvent)[] {
    const taken = this.#events;
    this.#events = [];
    return taken;
  }
}
