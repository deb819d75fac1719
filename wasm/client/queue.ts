// SPDX-License-Identifier: MIT
// Events on their way to the collector, one JSON line each. They wait in memory and, where that is allowed, in a store, so that
// they survive a reload. Ids make events idempotent, so what may have arrived is sent again rather than lost.
//
// Two tabs share a store: each adds and removes its own lines and leaves the others' alone. What it finds at its start is
// adopted, even if the other tab is about to send it too.
import type { SamplitError } from './errors.js';
import { now } from './events.js';
import type { Collector, KeyStore, QueueOptions } from './options.js';
import { isPassing, KEEPALIVE_CHARS, post, sendError } from './post.js';

const BATCH_EVENTS = 50;
const HOLD_CHARS = 256 << 10;
const ANSWER_MS = 30_000;

export interface Queue {
  readonly length: number;
  /** Lines of JSON, each an event. */
  add(added: readonly string[]): void;
  /** Sends what waits. Never rejects. */
  flush(): Promise<void>;
  /** The page may go: what is not on its way already goes by beacon. */
  hide(): void;
  /** Takes over what the store holds from before, and stores what waits. */
  open(): void;
  /** Drops everything, also what is on its way; but what is stored goes with the store. */
  clear(): void;
  /** Ends the timer. */
  close(): void;
}

export interface QueueParts extends QueueOptions {
  /** An address, or what takes lines. */
  readonly collect: string | Collector;
  /** Takes nothing as long as nothing may be stored; never throws. */
  readonly store: KeyStore;
  readonly key: string;
  readonly maySend: () => boolean;
  readonly onError: (error: SamplitError) => void;
}

export function makeQueue(parts: QueueParts): Queue {
  const { collect, store, key, maySend, onError } = parts;
  const { delay_ms = 1000, retry_ms = 1000, retryMax_ms = 300_000, max = 500, maxAge_ms = 259_200_000 } = parts;
  const send: Collector = typeof collect === 'string' ? (body, signal) => post(collect, body, signal) : collect;
  let lines: string[] = [];
  let onWay: string | undefined; // the last of the lines that are
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | undefined;
  let abort = new AbortController();

  const stored = () => store.get(key)?.split('\n') ?? [];
  const write = (kept: string[]) => (kept.length ? store.set(key, kept.join('\n')) : store.remove(key));

  // A line of another time than this clock's may be from before the clock was set right: only age counts, not the future.
  const isFresh = (line: string) => {
    const at = Date.parse(/"time":"([^"]*)"/.exec(line)?.[1] as string);
    return +now() - at <= maxAge_ms;
  };

  // The newest that fit. What is on its way is gone from the bounds when it has arrived.
  function bound(all: string[]): string[] {
    let room = HOLD_CHARS;
    let first = all.length;
    while (first > 0 && all.length - first < max && (room -= all[first - 1]!.length) >= 0) first--;
    return all.slice(first);
  }

  function drop(gone: readonly string[]): void {
    const others = (line: string) => !gone.includes(line);
    lines = lines.filter(others);
    const before = stored(); // empty where the store is closed: then it is not touched
    if (before.length) write(before.filter(others));
  }

  function take(from: number): string[] {
    let chars = 0;
    let end = from;
    while (end < lines.length && end - from < BATCH_EVENTS && ((chars += lines[end]!.length) <= KEEPALIVE_CHARS || end === from)) end++;
    return lines.slice(from, end);
  }

  // Half of the wait is chance, so that pages that failed together do not come back together.
  function schedule(): void {
    const wait = failures ? Math.min(retryMax_ms, retry_ms * 2 ** (failures - 1)) * (0.5 + Math.random() / 2) : delay_ms;
    timer ??= setTimeout(flush, wait);
    (timer as { unref?: () => void }).unref?.(); // a process may end
  }

  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  // One batch; false if it failed.
  async function sendBatch(batch: string[]): Promise<boolean> {
    const { signal } = abort;
    const limit = setTimeout(() => abort.abort(), ANSWER_MS);
    onWay = batch.at(-1);
    try {
      await send(`${batch.join('\n')}\n`, signal);
    } catch (cause) {
      if (abort.signal !== signal) return true; // everything was dropped meanwhile
      if (signal.aborted) abort = new AbortController();
      const error = sendError(cause);
      onError(error);
      if (isPassing(error)) return false;
    } finally {
      clearTimeout(limit);
      onWay = undefined;
    }
    drop(batch);
    return true;
  }

  async function sendAll(): Promise<void> {
    const old = lines.filter((line) => !isFresh(line));
    if (old.length) drop(old);
    while (lines.length && maySend()) {
      if (!(await sendBatch(take(0)))) {
        failures++;
        return schedule();
      }
      failures = 0;
    }
  }

  function flush(): Promise<void> {
    stop();
    return (sending ??= sendAll().finally(() => (sending = undefined)));
  }

  return {
    get length() {
      return lines.length;
    },
    add(added) {
      if (!added.length) return;
      lines = bound([...lines, ...added]);
      write(bound([...stored(), ...added]));
      schedule();
    },
    flush,
    hide() {
      if (typeof collect !== 'string') return void flush();
      try {
        for (let batch; maySend() && (batch = take(lines.indexOf(onWay!) + 1)).length && navigator.sendBeacon(collect, `${batch.join('\n')}\n`); ) drop(batch);
      } catch {
        void flush(); // there are no beacons, or none to this address
      }
    },
    open() {
      const before = stored().filter((line) => isFresh(line) && !lines.includes(line));
      lines = bound([...before, ...lines]);
      write(lines);
      if (lines.length) schedule();
    },
    clear() {
      stop();
      abort.abort();
      abort = new AbortController();
      lines = [];
      failures = 0;
    },
    close: stop,
  };
}
