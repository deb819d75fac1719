// SPDX-License-Identifier: MIT
// Events as docs/events.md describes them: one JSON object each. The client makes them; sending is the host's.
import type { Reason } from './abi.js';
import type { Context } from './client.js';
import type { Decision } from './decision.js';

export interface ExposureEvent {
  readonly type: 'exposure';
  readonly id: string;
  readonly time: string;
  readonly experiment: string;
  readonly unit: string;
  readonly bundle?: string;
  readonly segment: string;
  readonly level: number;
  readonly variant: string;
  readonly propensity: number;
  readonly probabilities: readonly number[];
  readonly reason: Reason;
  readonly mode?: string;
  readonly region?: string;
  readonly trace: string;
  readonly context?: Context;
}

export interface ExposureOptions {
  readonly time?: Date;
  /** `online`, `apprentice` or `logging_only`. */
  readonly mode?: string;
  readonly region?: string;
  /** Travels only when the site turns it on, by giving it here. */
  readonly context?: Context;
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

// Ids must be unique, not secret, so a runtime without WebCrypto (Node 18) makes do with Math.random.
function randomBytes(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return globalThis.crypto ? crypto.getRandomValues(bytes) : bytes.map(() => Math.random() * 256);
}

/** A UUIDv7 (RFC 9562): 48 bits of Unix time in milliseconds, then random bits. */
export function uuid7(time: Date): string {
  const bytes = randomBytes(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(time.getTime() / 2 ** 32));
  view.setUint32(2, time.getTime() % 2 ** 32);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** *unit saw variant*: to be sent when the variant is shown. `unit` is the one that was decided for. */
export function exposure(decision: Decision, unit: string, options: ExposureOptions = {}): ExposureEvent {
  const { experiment, bundle, segment, level, variant, propensity, probabilities, reason, trace } = decision;
  const { time = new Date(), ...optional } = options;
  return {
    type: 'exposure',
    id: uuid7(time),
    time: time.toISOString(),
    experiment,
    unit,
    ...(bundle && { bundle }),
    segment,
    level,
    variant,
    propensity,
    probabilities,
    reason,
    trace,
    ...optional,
  };
}

/** *unit converted*, or was worth `value`, after that exposure; it names the exposure, the experiment and the unit. */
export function outcome(seen: ExposureEvent, name: string, value = 1, time = new Date()): OutcomeEvent {
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
  return Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
