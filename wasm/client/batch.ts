// SPDX-License-Identifier: MIT
// Events of many visits to a worker, on their way to the collector. A worker has no place for them but its memory, and goes on
// after a response only for what that response waits for: so the first visit whose events wait does so for all that come meanwhile.
// It may be ended at any time; what it was sending is then sent again, for ids make events idempotent.
import { SamplitError } from './errors.js';
import type { ExposureEvent, OutcomeEvent } from './events.js';
import type { QueueOptions, Waiting } from './options.js';
import { isPassing, sendError } from './post.js';

type Event = ExposureEvent | OutcomeEvent;

const POST_CHARS = 64_000; // so many are enough for one request
const HOLD_CHARS = 256_000; // in memory
const RETRY_MS = 1000; // after a failure nothing is sent for so long
const LOST_MS = 30_000; // what is sent for longer was ended
const PAUSES_MAX = 5; // that one visit waits for: a platform ends a request that waits for long

interface Line {
  readonly text: string;
  /** They go in this order. */
  readonly number: number;
}

interface Sending {
  readonly lines: readonly Line[];
  readonly since: number;
}

export interface Batch<Env> {
  /** Takes a visit's events. Returns what the visit has to wait for, if that is anything; it never rejects. */
  add(events: readonly Event[], env: Env, ctx: Waiting | undefined): Promise<void> | undefined;
  /** Takes them, and sends what waits, unless that failed less than a second ago. Never rejects. */
  flush(events: readonly Event[], env: Env): Promise<void>;
}

export interface BatchParts<Env> extends Pick<QueueOptions, 'delay_ms'> {
  /** Takes lines, each an event. */
  readonly send: (lines: string, env: Env) => Promise<unknown>;
  readonly onError: (error: SamplitError) => void;
}

// A clock that is set meanwhile ends it.
const isWithin = (since: number, span_ms: number) => Math.abs(Date.now() - since) < span_ms;
const charsOf = (lines: readonly Line[]) => lines.reduce((sum, { text }) => sum + text.length, 0);

export function makeBatch<Env>({ send, delay_ms = 0, onError }: BatchParts<Env>): Batch<Env> {
  let waiting: Line[] = []; // oldest first
  let chars = 0; // in them
  let count = 0;
  const onWay = new Set<Sending>();
  let waiter: { since: number; span_ms: number } | undefined; // a visit that will send
  let failedAt = -Infinity;
  let isFailing = false;

  const pause_ms = () => (isWithin(failedAt, RETRY_MS) ? RETRY_MS + 1 - Math.abs(Date.now() - failedAt) : 0);

  // The oldest go where there are too many.
  function hold(lines: readonly Line[]): void {
    waiting.push(...lines);
    chars += charsOf(lines);
    while (chars > HOLD_CHARS) chars -= waiting.shift()!.text.length;
  }

  function take(): readonly Line[] {
    let size = 0;
    const last = waiting.findIndex(({ text }) => (size += text.length) >= POST_CHARS);
    const taken = waiting.splice(0, last < 0 ? waiting.length : last + 1);
    chars -= charsOf(taken);
    return taken;
  }

  function takeBack(sending: Sending): void {
    if (!onWay.delete(sending)) return; // was taken back before
    const all = [...sending.lines, ...waiting].sort((a, b) => a.number - b.number);
    waiting = [];
    chars = 0;
    hold(all);
  }

  function write(events: readonly Event[]): void {
    for (const event of events) {
      try {
        hold([{ text: `${JSON.stringify(event)}\n`, number: count++ }]);
      } catch (cause) {
        onError(new SamplitError('INVALID_ARGUMENT', 'an event cannot be written as JSON', { cause }));
      }
    }
  }

  async function sendOne(sending: Sending, env: Env): Promise<void> {
    onWay.add(sending);
    try {
      await send(sending.lines.map(({ text }) => text).join(''), env);
      isFailing = false;
    } catch (cause) {
      const error = sendError(cause);
      isFailing = isPassing(error);
      if (isFailing) {
        failedAt = Date.now();
        takeBack(sending);
      }
      onError(error);
    } finally {
      onWay.delete(sending);
    }
  }

  // A collector that fails is asked by one visit at a time; one that is slow has so much to do and no more.
  const maySend = () => !pause_ms() && (isFailing ? !onWay.size : [...onWay].reduce((sum, { lines }) => sum + charsOf(lines), 0) < HOLD_CHARS);

  async function sendAll(env: Env): Promise<void> {
    for (const sending of onWay) if (!isWithin(sending.since, LOST_MS)) takeBack(sending);
    const end = count; // what comes meanwhile has its own waiter
    while (waiting.length && waiting[0]!.number < end && maySend()) await sendOne({ lines: take(), since: Date.now() }, env);
  }

  async function sendLater(env: Env, ctx: Waiting | undefined): Promise<void> {
    const mine = { since: 0, span_ms: Math.max(delay_ms, pause_ms()) };
    if (ctx) waiter = mine; // others rely on it
    for (let i = 0; mine.span_ms && i < PAUSES_MAX; i++) {
      mine.since = Date.now();
      await new Promise((done) => setTimeout(done, mine.span_ms));
      mine.span_ms = pause_ms();
    }
    if (waiter === mine) waiter = undefined; // timers may be early
    await sendAll(env);
  }

  return {
    flush(events, env) {
      write(events);
      return sendAll(env);
    },
    add(events, env, ctx) {
      if (!events.length) return undefined;
      write(events);
      const isNow = !pause_ms() && (!delay_ms || chars >= POST_CHARS);
      if (isNow) return sendAll(env);
      return waiter && isWithin(waiter.since, waiter.span_ms) ? undefined : sendLater(env, ctx);
    },
  };
}
