// SPDX-License-Identifier: MIT
// What one visit to a worker logs. An exposure is logged once per unit, experiment, variant and bundle, as in tracker.ts; but what
// was shown before comes with the request's cookies, and a visit is short: a list does, which most visits need not even read.
import { isDrawn } from './decision.js';
import { loggedUnit, unitText } from './entries.js';
import type { SamplitError } from './errors.js';
import { exposure, loggedKey, now, outcome, type ExposureEvent, type Mode, type OutcomeEvent } from './events.js';
import type { ClientDecision, KeyStore } from './options.js';
import type { Logs, Shown } from './tracker.js';
import type { Unit } from './types.js';

const KEPT_MAX = 8; // exposures in a cookie, about 160 bytes each

export interface VisitLog extends Logs {
  /** The events since it was last asked. */
  take(): readonly (ExposureEvent | OutcomeEvent)[];
}

export interface VisitLogParts {
  /** The visit's cookies. */
  readonly jar: KeyStore;
  readonly key: string;
  readonly modeOf: (experiment: string) => Mode | undefined;
  readonly sendContext?: boolean | undefined;
  readonly region?: string | undefined;
  readonly onError: (error: SamplitError) => void;
}

// A cookie may hold anything; what it says of an exposure goes into outcomes.
function isShown(one: unknown): one is Shown {
  return Array.isArray(one) && one.length === 5 && one.every((part) => typeof part === 'string') && /^[\w-]{1,64}$/.test(one[4]!);
}

export function makeVisitLog({ jar, key, modeOf, sendContext, region, onError }: VisitLogParts): VisitLog {
  let shown: readonly Shown[] | undefined; // the newest last
  let events: (ExposureEvent | OutcomeEvent)[] = [];

  function read(): readonly Shown[] {
    try {
      return (JSON.parse(jar.get(key) || '[]') as unknown[]).filter(isShown);
    } catch {
      return []; // somebody spoiled it
    }
  }

  // Most who come back see what they saw last: then the list of it need not be read.
  function wasLast({ experiment, variant, bundle }: ClientDecision, who: Unit): boolean {
    const text = jar.get(key);
    if (!text) return false;
    const last = text.lastIndexOf(JSON.stringify([experiment, who]).slice(0, -1));
    return last >= 0 && text.startsWith(JSON.stringify([experiment, who, variant, bundle]).slice(0, -1), last);
  }

  return {
    expose(decision, unit, context) {
      const { experiment, variant, bundle, reason } = decision;
      if (!isDrawn(reason)) return;
      const who = unitText(unit);
      if (!shown && wasLast(decision, who)) return;
      shown ??= read();
      const last = shown.filter((one) => one[0] === experiment && one[1] === who).at(-1);
      if (last?.[2] === variant && last[3] === bundle) return;
      const event = exposure(decision, unit, {
        time: now(),
        mode: modeOf(experiment),
        region,
        context: sendContext ? (context ?? {}) : undefined,
      });
      shown = [...shown, [experiment, who, variant, bundle, event.id]];
      jar.set(key, JSON.stringify(shown.slice(-KEPT_MAX)));
      events.push(event);
    },
    track(name, unit, value, experiment) {
      const who = unitText(unit);
      const newest = new Map((shown ??= read()).filter((one) => one[1] === who).map((one) => [one[0], one[4]]));
      try {
        for (const [of, id] of newest) {
          if ((experiment ?? of) === of) events.push(outcome({ id, experiment: loggedKey(of), unit: loggedUnit(who) }, name, value, now()));
        }
      } catch (error) {
        onError(error as SamplitError);
      }
    },
    take() {
      const taken = events;
      events = [];
      return taken;
    },
  };
}
