// SPDX-License-Identifier: MIT
// Deciding for somebody: the core's decision, with who it is for, what is known of the visit, what is forced or sticky, and
// the exposure. Pages, processes and visits to a worker have this in common. Nothing here chooses a variant.
import { controlOf, type Decision } from './decision.js';
import type { DecideRequest, Engine } from './engine.js';
import { unitText } from './entries.js';
import type { Ask, ClientDecision, ClientOptions, Decides, Ranked, TrackOptions } from './options.js';
import type { Sticky } from './sticky.js';
import type { Logs } from './tracker.js';
import type { Context, Experiment } from './types.js';

export type Forced = Record<string, string | number>;

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

function contextOf({ context }: Host, given: Context | undefined): Context | undefined {
  return context && given ? { ...context, ...given } : (given ?? context);
}

// Nothing for most decisions, which are the faster for it.
function requestOf(host: Host, { key, variants, bucketVersion }: Experiment, who: string, ask: Ask): DecideRequest | undefined {
  const force = own(host.forced, key);
  const had = host.isSticky || bucketVersion ? host.sticky.get(key, who, unitText(ask.fallback)) : undefined;
  if (force === undefined && had === undefined && ask.incumbent === undefined) return undefined;
  return {
    forced: indexOf(variants, force),
    incumbent: indexOf(variants, ask.incumbent),
    sticky: had ? variants.indexOf(had[0]) : -1,
    stickyVersion: had?.[1] ?? 0,
  };
}

// It is shown: that is an exposure, and the variant sticks.
function show(host: Host, engine: Engine | undefined, decision: ClientDecision, all: Context | undefined): void {
  const { experiment, unit, variant, reason } = decision;
  const { bucketVersion = 0 } = engine?.experiment(experiment) ?? {};
  if ((host.isSticky || bucketVersion) && ['policy', 'fallback', 'sticky'].includes(reason)) {
    host.sticky.set(experiment, unit, [variant, bucketVersion]);
  }
  host.tracker?.expose(decision, unit, all);
}

function payloadOf({ payloads, engine }: Host, experiment: string, variant: string, index: number): unknown {
  return own(own(payloads, experiment), variant) ?? own(engine?.payloads, experiment)?.[index];
}

function whoOf(host: Host, ask: Ask): string {
  return unitText(ask.unit ?? ask.fallback) || (ask.unit === undefined ? host.unit : '');
}

function decideFor(host: Host, experiment: string, who: string, ask: Ask, all: Context | undefined, isFresh: boolean): ClientDecision {
  const served = isFresh ? undefined : own(host.hydrate, experiment);
  if (served?.unit === who && own(host.forced, experiment) === undefined) return served;
  const { engine } = host;
  const known = engine?.experiment(experiment);
  const made = engine?.decide(experiment, who, all, known && requestOf(host, known, who, ask)) ?? controlOf(experiment);
  return complete(made, who, payloadOf(host, experiment, made.variant, made.index));
}

function make(host: Host, experiment: string, ask: Ask | undefined, logs: boolean, isFresh = false): ClientDecision {
  try {
    const given = ask ?? {};
    const all = contextOf(host, given.context);
    const decision = decideFor(host, experiment, whoOf(host, given), given, all, isFresh);
    if (logs) show(host, host.engine, decision, all);
    return decision;
  } catch {
    return complete(host.engine?.decide(experiment, '') ?? controlOf(experiment), '', undefined); // a getter of the site threw
  }
}

/** Decides for somebody: for a page's visitor, the units of a process, a visit to a worker. */
export abstract class Host implements Pick<Decides, 'unit' | 'decide' | 'peek' | 'decideAll' | 'rank' | 'expose' | 'track'> {
  /** What decides; undefined where nothing can. */
  abstract readonly engine: Engine | undefined;
  abstract readonly unit: string;
  abstract readonly context: Context | undefined;
  abstract readonly forced: Forced;
  abstract readonly sticky: Sticky;
  /** Whether all experiments are sticky. */
  abstract readonly isSticky: boolean;
  /** Undefined as long as nothing may be logged. */
  abstract readonly tracker: Logs | undefined;
  abstract readonly payloads: ClientOptions['payloads'] | undefined;
  abstract readonly hydrate: ClientOptions['hydrate'] | undefined;

  decide(experiment: string, ask?: Ask): ClientDecision {
    return make(this, experiment, ask, true);
  }

  peek(experiment: string, ask?: Ask): ClientDecision {
    return make(this, experiment, ask, false);
  }

  decideAll(ask?: Ask): Record<string, ClientDecision> {
    return Object.fromEntries((this.engine?.experiments ?? []).map(({ key }) => [key, this.peek(key, ask)]));
  }

  rank(experiment: string, ask?: Ask): readonly Ranked[] {
    const { variant, probabilities } = make(this, experiment, ask, false, true);
    const variants = this.engine?.experiment(experiment)?.variants ?? [variant];
    return (this.engine?.rank() ?? [0]).map((index) => {
      const payload = payloadOf(this, experiment, variants[index]!, index);
      return { variant: variants[index]!, index, propensity: probabilities[index]!, ...(payload !== undefined && { payload }) };
    });
  }

  expose(decision: ClientDecision, context?: Context): void {
    const { engine } = this; // a method without its object is the caller's mistake, and must be heard
    try {
      show(this, engine, decision, context);
    } catch {} // what was handed in is no decision
  }

  track(name: string, options?: TrackOptions): void {
    const { tracker } = this;
    try {
      const { value, unit = this.unit, experiment } = options ?? {};
      tracker?.track(name, unit, value, experiment);
    } catch {} // a getter of the site threw
  }
}
