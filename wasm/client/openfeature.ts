// SPDX-License-Identifier: MIT
// What the OpenFeature providers for pages and servers have in common: an experiment is a flag, `targetingKey` is the unit, and a
// decision is put in OpenFeature's words (https://openfeature.dev/specification/types). Decided is by the client, that is, in C.
//
// Whether a flag can be of the type that is asked for is seen from all its variants, never from the one that was drawn: if some
// variants fell back to the caller's default for their type and were not logged, the others would be logged too often.
import type { Client, ClientDecision } from './options.js';
import type { Context } from './types.js';

type Type = 'boolean' | 'string' | 'number' | 'object';
type Code = 'PROVIDER_NOT_READY' | 'FLAG_NOT_FOUND' | 'TYPE_MISMATCH' | 'TARGETING_KEY_MISSING' | 'INVALID_CONTEXT';

/** OpenFeature's `ResolutionDetails`, as both SDKs know it. */
export interface Details<T> {
  readonly value: T;
  readonly variant?: string;
  readonly reason: string;
  readonly flagMetadata?: Record<string, string | number | boolean>;
  readonly errorCode?: Code;
  readonly errorMessage?: string;
}

/** OpenFeature's `EvaluationContext`. */
export type Given = { readonly targetingKey?: string } & { readonly [name: string]: unknown };

const whyNot = ({ error }: Client) => error?.message ?? 'there is no bundle';

// A variant is worth what is attached to it, or its name.
const worth = ({ variant, payload = variant }: { variant: string; payload?: unknown }) => payload;

const isOf = (type: Type, value: unknown) => value !== null && typeof value === type;

// OpenFeature's word for how a decision came about.
function reasonOf({ reason, propensity, level }: ClientDecision, status: Client['status']): string {
  if (status === 'stale') return 'STALE';
  if (reason === 'paused') return 'DISABLED';
  if (reason === 'not_eligible') return 'DEFAULT';
  if (reason === 'sticky') return 'CACHED';
  if (reason === 'forced' || reason === 'incumbent') return 'STATIC';
  if (reason === 'holdout' || propensity < 1) return 'SPLIT';
  return level > 0 ? 'TARGETING_MATCH' : 'STATIC'; // nothing was left to chance
}

function metadataOf(decision: ClientDecision): Record<string, string | number> {
  const { bundle, segment, level, matchedLevel, index, propensity, probabilities, reason, trace } = decision;
  return { version: bundle, bundle, segment, level, matchedLevel, index, propensity, probabilities: probabilities.join(), reason, trace };
}

// Decides, and logs the exposure; or says why the caller's default is the value, and logs nothing.
function resolve<T>(client: Client, key: string, type: Type, value: T, given: Given, visitor: string | undefined): Details<T> {
  const fail = (errorCode: Code, errorMessage: string) => ({ value, reason: 'ERROR', errorCode, errorMessage });
  if (!client.bundle) return fail('PROVIDER_NOT_READY', whyNot(client));
  if (!client.experiments.some((experiment) => experiment.key === key)) return fail('FLAG_NOT_FOUND', `the bundle has no experiment ${key}`);
  const { targetingKey: unit, ...context } = given;
  if (unit === undefined && visitor === undefined) return fail('TARGETING_KEY_MISSING', 'the context has no targetingKey');
  const ask = { unit, fallback: visitor, context: context as Context };
  const other = client.rank(key, ask).find((variant) => !isOf(type, worth(variant)));
  if (other) return fail('TYPE_MISMATCH', `the variant ${other.variant} of ${key} is worth no ${type}: ${JSON.stringify(worth(other))}`);
  const decision = client.decide(key, ask);
  if (decision.reason === 'default') return fail('INVALID_CONTEXT', 'targetingKey is no text of 1 to 1,024 bytes');
  const reason = reasonOf(decision, client.status);
  return { value: worth(decision) as T, variant: decision.variant, reason, flagMetadata: metadataOf(decision) };
}

type EventName = 'PROVIDER_READY' | 'PROVIDER_STALE' | 'PROVIDER_ERROR' | 'PROVIDER_CONFIGURATION_CHANGED';

/** What an SDK's event emitter takes. */
export type Emit = (name: EventName, details: { message?: string; flagsChanged?: string[] }) => void;

/** A provider but for its events and the way it hands over values: at once in pages, as promises on servers. */
export abstract class SamplitProvider {
  readonly metadata = { name: 'samplit' };
  readonly #given: Client | Promise<Client>;
  #client: Client | undefined;
  #end = () => {};

  /** The client is closed with the provider. */
  constructor(client: Client | Promise<Client>) {
    this.#given = client;
  }

  protected abstract readonly emit: Emit;

  /** Whether the client's own visitor is meant where there is no targetingKey. */
  protected abstract readonly hasVisitor: boolean;

  #tellStatus(client: Client): void {
    if (client.status === 'ready') this.emit('PROVIDER_READY', {});
    else this.emit(client.status === 'stale' ? 'PROVIDER_STALE' : 'PROVIDER_ERROR', { message: whyNot(client) });
  }

  /** Rejects where nothing decides yet; a bundle that comes late makes the provider ready. */
  async initialize(): Promise<void> {
    const client = (this.#client = await this.#given);
    this.#end = client.subscribe(({ type }) => {
      if (type === 'status') this.#tellStatus(client);
      if (type === 'bundle' || type === 'force') {
        this.emit('PROVIDER_CONFIGURATION_CHANGED', { flagsChanged: client.experiments.map(({ key }) => key) });
      }
    });
    this.checkStatus(client);
  }

  /** For the SDK, which takes a provider that does not throw for ready. */
  protected checkStatus(client = this.#client): void {
    if (client?.status === 'default') throw new Error(whyNot(client));
    if (client?.status === 'stale') setTimeout(() => this.#tellStatus(client)); // after the SDK has called it ready
  }

  async onClose(): Promise<void> {
    this.#end();
    await this.#client?.flush();
    this.#client?.close();
  }

  protected resolve<T>(key: string, type: Type, value: T, given: Given): Details<T> {
    const client = this.#client;
    if (!client) return { value, reason: 'ERROR', errorCode: 'PROVIDER_NOT_READY', errorMessage: 'there is no client yet' };
    return resolve(client, key, type, value, given, this.hasVisitor ? client.unit : undefined);
  }

  /** Logs an outcome for what the unit was exposed to; `details.experiment` may name what it counts for. */
  track(name: string, given: Given, details: { readonly value?: number; readonly experiment?: unknown }): void {
    const client = this.#client;
    const unit = given.targetingKey ?? (this.hasVisitor ? client?.unit : undefined);
    if (unit === undefined) return;
    const { value, experiment } = details;
    client?.track(name, { unit, ...(value !== undefined && { value }), ...(typeof experiment === 'string' && { experiment }) });
  }
}
