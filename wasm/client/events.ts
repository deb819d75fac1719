// SPDX-License-Identifier: MIT
// Events as docs/events.md describes them: one JSON object each. The client makes them; sending is the host's.
import type { Reason } from './abi.js';
import type { Decision } from './decision.js';
import { loggedContext, loggedUnit } from './entries.js';
import { SamplitError } from './errors.js';
import { hexOf } from './hex.js';
import type { Context, Unit } from './types.js';

export type Mode = 'online' | 'apprentice' | 'logging_only';

export interface ExposureEvent {
  readonly type: 'exposure';
  readonly id: string;
  readonly time: string;
  readonly experiment: string;
  readonly unit: string;
  readonly bundle?: string | undefined;
  readonly segment: string;
  readonly level: number;
  readonly variant: string;
  readonly propensity: number;
  readonly probabilities: readonly number[];
  readonly reason: Reason;
  readonly mode?: Mode | undefined;
  readonly region?: string | undefined;
  readonly trace: string;
  readonly context?: Context;
}

export interface ExposureOptions {
  readonly time?: Date;
  readonly mode?: Mode | undefined;
  /** 1 to 64 bytes. */
  readonly region?: string | undefined;
  /** Travels only when the site turns it on, by giving it here. */
  readonly context?: Context | undefined;
}

export interface OutcomeEvent {
  readonly type: 'outcome';
  readonly id: string;
  readonly time: string;
  readonly exposure?: string;
  readonly experiment?: string;
  readonly unit?: string;
  readonly name: string;
  readonly value: number;
}

/** The time, unless the clock says a year that RFC 3339 cannot write: no reader would take such an event. */
export function now(clock_ms = Date.now()): Date {
  return new Date(Math.min(Math.max(clock_ms, -62_167_219_200_000), 253_402_300_799_999));
}

// Ids must be unique, not secret: pages without https and Node 18, which have no crypto.randomUUID, make do.
const ownRandom = () => 'xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => Math.floor(Math.random() * 16).toString(16));

/** A UUIDv7 (RFC 9562): 48 bits of Unix time in milliseconds, then random bits. */
export function uuid7(time: Date): string {
  const ms = (2 ** 48 + +time).toString(16);
  const random = globalThis.crypto?.randomUUID?.() ?? ownRandom();
  return `${ms.slice(-12, -4)}-${ms.slice(-4)}-7${random.slice(-21)}`;
}

/** An experiment's key as events have it. */
export function loggedKey(experiment: string): string {
  return /^[\w.-]{1,64}$/.test(experiment) ? experiment : 'unknown';
}

/**
 * *unit saw variant*: to be sent when the variant is shown. `unit` and `options.context` are those that were decided
 * for; of them stands in the event what the decision was made from. A line that the event readers take, whatever they hold.
 */
export function exposure(decision: Decision, unit: Unit, options: ExposureOptions = {}): ExposureEvent {
  const { time = new Date(), mode, region, context } = options;
  const event: { -readonly [key in keyof ExposureEvent]: ExposureEvent[key] } = {
    type: 'exposure',
    id: uuid7(time),
    time: time.toISOString(),
    experiment: loggedKey(decision.experiment),
    unit: loggedUnit(unit),
    bundle: decision.bundle || undefined,
    segment: decision.segment,
    level: decision.level,
    variant: decision.variant,
    propensity: decision.propensity,
    probabilities: decision.probabilities,
    reason: decision.reason,
    trace: decision.trace,
    mode,
    region,
  };
  if (context) event.context = loggedContext(context);
  return event;
}

/**
 * *unit converted*, or was worth `value`, after that exposure; it names the exposure, the experiment and the unit.
 * Throws where `value` is no finite number (JSON would turn it into null, and the readers that into 1), and where the
 * name is none of 1 to 64 bytes.
 */
export function outcome(seen: Pick<ExposureEvent, 'id' | 'experiment' | 'unit'>, name: string, value = 1, time = new Date()): OutcomeEvent {
  const isNamed = typeof name === 'string' && name && new TextEncoder().encode(name).length <= 64;
  if (!isNamed || typeof value !== 'number' || !(Math.abs(value) <= 1e100)) {
    throw new SamplitError('INVALID_ARGUMENT', 'an outcome has a name of 1 to 64 bytes and a value of at most 1e100');
  }
  const { id, experiment, unit } = seen;
  return { type: 'outcome', id: uuid7(time), time: time.toISOString(), exposure: id, experiment, unit, name, value };
}

/**
 * A unit id that tells nothing about the visitor: HMAC-SHA-256 under the site's key, its first 16 bytes in
 * hex. Decide with the hash, not with the id, so that a logged decision can be replayed.
 */
export async function hashUnit(key: Uint8Array<ArrayBuffer>, id: string): Promise<string> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const secret = await crypto.subtle.importKey('raw', key, hmac, false, ['sign']);
  const digest = await crypto.subtle.sign(hmac, secret, new TextEncoder().encode(id));
  return hexOf(new Uint8Array(digest, 0, 16));
}
