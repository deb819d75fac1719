// SPDX-License-Identifier: MIT
// Deciding for somebody: the core's decision, with who it is for, what is known of the visit, what is forced or sticky, and
// the exposure. Pages, processes and visits to a worker have this in common. Nothing here chooses a variant.
import { controlOf, type Decision } from './decision.js';
import type { DecideRequest, Engine } from './engine.js';
import { unitText } from './entries.js';
import type { Ask, ClientDecision, Decides, Ranked } from './options.js';
import type { Sticky } from './sticky.js';
import type { Logs } from './tracker.js';
import type { Context, Experiment } from './types.js';

export type Forced = Record<string, string | number>;
type Payloads = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface DecidesParts {
  /** What decides; undefined where nothing can. */
  readonly engine: () => Engine | undefined;
  readonly unit: () => string;
  readonly context: () => Context | undefined;
  readonly forced: () => Forced;
  readonly sticky: Sticky;
  /** Whether all experiments are sticky. */
  readonly isSticky: boolean;
  /** Undefined as long as nothing may be logged. */
  readonly tracker: () => Logs | undefined;
  readonly payloads?: Payloads | undefined;
  readonly hydrate?: Readonly<Record<string, ClientDecision>> | undefined;
}

/** `hero:1,cta:bold`: experiments and variants, by name or index. */
export function parseForced(text: string | null | undefined): Forced {
  const pairs = (text ?? '').split(',').map((pair) => pair.split(':'));
  return Object.fromEntries(pairs.filter((pair) => pair.length === 2 && pair[1]) as [string, string][]);
}

// The index of a variant that is called by name or index; -1 for none.
function indexOf(variants: readonly string[], variant: string | number | undefined): number {
  const index = variants.indexOf(variant as string);
  if (index >= 0 || variant === undefined || variant === '') return index;
  return Number.isInteger(Number(variant)) && variants[Number(variant)] !== undefined ? Number(variant) : -1;
}

const own = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record && Object.hasOwn(record, key) ? record[key] : undefined;

// Adds to a decision that nobody else holds.
function complete(made: Decision, unit: string, payload: unknown): ClientDecision {
  const decision = made as { -readonly [key in keyof ClientDecision]: ClientDecision[key] };
  decision.unit = unit;
  if (payload !== undefined) decision.payload = payload;
  return decision;
}

/** All but what each host says itself: unit, bundle, experiments. */
export type Deciding = Omit<Decides, 'unit' | 'bundle' | 'experiments'>;

export function makeDecides(parts: DecidesParts): Deciding {
  const { engine, unit, context, forced, sticky, isSticky, tracker, payloads, hydrate } = parts;

  function contextOf(given: Context | undefined): Context | undefined {
    const base = context();
    return base && given ? { ...base, ...given } : (given ?? base);
  }

  // Nothing for most decisions, which are the faster for it.
  function requestOf({ key, variants, bucketVersion }: Experiment, who: string, ask: Ask): DecideRequest | undefined {
    const force = own(forced(), key);
    const had = isSticky || bucketVersion ? sticky.get(key, who, unitText(ask.fallback)) : undefined;
    if (force === undefined && had === undefined && ask.incumbent === undefined) return undefined;
    return {
      forced: indexOf(variants, force),
      incumbent: indexOf(variants, ask.incumbent),
      sticky: had ? variants.indexOf(had[0]) : -1,
      stickyVersion: had?.[1] ?? 0,
    };
  }

  // It is shown: that is an exposure, and the variant sticks.
  function show(decision: ClientDecision, all: Context | undefined): void {
    const { experiment, unit: who, variant, reason } = decision;
    const { bucketVersion = 0 } = engine()?.experiment(experiment) ?? {};
    if ((isSticky || bucketVersion) && ['policy', 'fallback', 'sticky'].includes(reason)) {
      sticky.set(experiment, who, [variant, bucketVersion]);
    }
    tracker()?.expose(decision, who, all);
  }

  function payloadOf(experiment: string, variant: string, index: number): unknown {
    return own(own(payloads, experiment), variant) ?? own(engine()?.payloads, experiment)?.[index];
  }

  function whoOf(ask: Ask): string {
    return unitText(ask.unit ?? ask.fallback) || (ask.unit === undefined ? unit() : '');
  }

  function decideFor(experiment: string, who: string, ask: Ask, all: Context | undefined, isFresh: boolean): ClientDecision {
    const served = isFresh ? undefined : own(hydrate, experiment);
    if (served?.unit === who && own(forced(), experiment) === undefined) return served;
    const serving = engine();
    const known = serving?.experiment(experiment);
    const made = serving?.decide(experiment, who, all, known && requestOf(known, who, ask)) ?? controlOf(experiment);
    return complete(made, who, payloadOf(experiment, made.variant, made.index));
  }

  function make(experiment: string, ask: Ask | undefined, logs: boolean, isFresh = false): ClientDecision {
    try {
      const given = ask ?? {};
      const all = contextOf(given.context);
      const decision = decideFor(experiment, whoOf(given), given, all, isFresh);
      if (logs) show(decision, all);
      return decision;
    } catch {
      return complete(engine()?.decide(experiment, '') ?? controlOf(experiment), '', undefined); // a getter of the site threw
    }
  }

  return {
    decide: (experiment, ask) => make(experiment, ask, true),
    peek: (experiment, ask) => make(experiment, ask, false),
    decideAll(ask) {
      return Object.fromEntries((engine()?.experiments ?? []).map(({ key }) => [key, make(key, ask, false)]));
    },
    rank(experiment, ask): readonly Ranked[] {
      const { variant, probabilities } = make(experiment, ask, false, true);
      const variants = engine()?.experiment(experiment)?.variants ?? [variant];
      return (engine()?.rank() ?? [0]).map((index) => {
        const payload = payloadOf(experiment, variants[index]!, index);
        return { variant: variants[index]!, index, propensity: probabilities[index]!, ...(payload !== undefined && { payload }) };
      });
    },
    expose(decision, given) {
      try {
        show(decision, given);
      } catch {} // what was handed in is no decision
    },
    track(name, options) {
      try {
        const { value, unit: whose = unit(), experiment } = options ?? {};
        tracker()?.track(name, whose, value, experiment);
      } catch {} // a getter of the site threw
    },
  };
}
