// SPDX-License-Identifier: MIT
// Events of many visits to a worker, on their way to the collector. A worker has no place for them but its memory, and goes on
// after a response only for what that response waits for: so the first visit whose events wait does so for all that come meanwhile.
import type { SamplitError } from './errors.js';
import type { ExposureEvent, OutcomeEvent } from './events.js';
import type { QueueOptions } from './options.js';
import { isPassing, sendError } from './post.js';

type Event = ExposureEvent | OutcomeEvent;

const FULL = 100; // events; they go at once, some 50 kB
const RETRY_MS = 1000; // after a failure nothing is sent for so long, or a collector that is down would get everything with each visit

export interface Batch<Env> {
  /** Takes a visit's events. Returns what the visit has to wait for, if that is anything; it never rejects. */
  add(events: readonly Event[], env: Env): Promise<void> | undefined;
  /** Takes them, and sends what waits. Resolves when that was tried; never rejects. */
  flush(events: readonly Event[], env: Env): Promise<void>;
}

export interface BatchParts<Env> extends Pick<QueueOptions, 'delay_ms' | 'max'> {
  /** Takes lines, each an event. */
  readonly send: (lines: string, env: Env) => unknown;
  readonly onError: (error: SamplitError) => void;
}

// A clock that is set meanwhile ends it.
const isWithin = (since: number, span_ms: number) => Math.abs(Date.now() - since) < span_ms;

export function makeBatch<Env>({ send, delay_ms = 0, max = 500, onError }: BatchParts<Env>): Batch<Env> {
  let waiting: Event[] = [];
  let waitedSince = -Infinity; // by a visit; should its request be ended, the next one waits
  let failedAt = -Infinity;

  function hold(events: readonly Event[]): void {
    waiting.push(...events);
    if (waiting.length > max) waiting.splice(0, waiting.length - max);
  }

  async function sendAll(env: Env): Promise<void> {
    if (!waiting.length || isWithin(failedAt, RETRY_MS)) return;
    const sent = waiting;
    waiting = [];
    try {
      await send(sent.map((event) => `${JSON.stringify(event)}\n`).join(''), env);
    } catch (cause) {
      const error = sendError(cause);
      onError(error);
      if (!isPassing(error)) return;
      failedAt = Date.now();
      const since = waiting;
      waiting = sent;
      hold(since);
    }
  }

  async function sendAfter(wait_ms: number, env: Env): Promise<void> {
    await new Promise((done) => setTimeout(done, wait_ms));
    waitedSince = -Infinity;
    await sendAll(env);
  }

  return {
    flush(events, env) {
      hold(events);
      return sendAll(env);
    },
    add(events, env) {
      if (!events.length) return undefined;
      hold(events);
      const hasFailed = isWithin(failedAt, RETRY_MS);
      const wait_ms = hasFailed ? RETRY_MS : waiting.length < FULL ? delay_ms : 0;
      if (!wait_ms) return sendAll(env);
      if (isWithin(waitedSince, wait_ms)) return undefined;
      waitedSince = Date.now();
      return sendAfter(wait_ms, env);
    },
  };
}
