// SPDX-License-Identifier: MIT
// Stands for the log until its file is there, so that it does not delay the first decision.
import type { SamplitError } from './errors.js';
import { asError } from './load.js';
import type { Log } from './log.js';
import type { Logs } from './tracker.js';

const WAITING_MAX = 500;

export interface LateLog extends Logs {
  /** The log, where it is there. */
  readonly log: Log | undefined;
  readonly length: number;
  /** Resolves with the log, or nothing where it cannot be loaded; never rejects. */
  begin(): Promise<Log | undefined>;
  clear(): void;
}

/** `load` gives the log, open if it may be. */
export function makeLateLog(load: () => Promise<Log>, onError: (error: SamplitError) => void): LateLog {
  let log: Log | undefined;
  let loading: Promise<Log | undefined> | undefined;
  let waiting: ((log: Log) => void)[] = [];

  async function start(): Promise<Log | undefined> {
    try {
      log = await load();
      for (const act of waiting) act(log);
    } catch (error) {
      onError(asError('events cannot be logged', error));
      loading = undefined; // the next one tries again
    }
    return log;
  }

  const begin = () => (loading ??= start());

  function later(act: (log: Log) => void): void {
    if (log) return act(log);
    if (waiting.length < WAITING_MAX) waiting.push(act);
    void begin();
  }

  return {
    get log() {
      return log;
    },
    get length() {
      return log?.length ?? waiting.length;
    },
    begin,
    expose: (decision, unit, context, clock_ms = Date.now()) => later((it) => it.expose(decision, unit, context, clock_ms)),
    track: (name, unit, value, experiment) => later((it) => it.track(name, unit, value, experiment)),
    clear() {
      waiting = [];
      log?.clear();
    },
  };
}
