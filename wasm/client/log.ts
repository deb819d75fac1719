// SPDX-License-Identifier: MIT
// The second file of a page: exposures and outcomes on their way to the collector. A page asks for it when it has decided.
//
// A decision does not wait for its exposure: the call notes it, as a copy, for the site may change what it was given. All that a
// task noted is settled together when it ends, before the page can hear that it is left. A timer would let it paint
// first, but what came to an end in between would be lost.
import { loggedContext } from './entries.js';
import { makeQueue, type Queue, type QueueParts } from './queue.js';
import { makeTracker, type Logs, type Tracker, type TrackerParts } from './tracker.js';

export interface Log extends Logs, Pick<Tracker, 'open'>, Omit<Queue, 'add'> {}

const NOTED_MAX = 500;

export function makeLog(parts: Omit<QueueParts & TrackerParts, 'key'> & { readonly queueKey: string; readonly shownKey: string }): Log {
  const queue = makeQueue({ ...parts, key: parts.queueKey });
  const tracker = makeTracker({
    ...parts,
    key: parts.shownKey,
    emit(event) {
      lines.push(JSON.stringify(event));
      parts.emit(event);
    },
  });
  let noted: (() => void)[] = [];
  let lines: string[] = [];

  function note(act: () => void): void {
    const count = noted.push(act);
    if (count === 1) queueMicrotask(settle);
    if (count === NOTED_MAX) settle();
  }

  // The site is asked first: what it took back since is dropped then.
  function settle(): void {
    parts.maySend();
    const acts = noted;
    noted = [];
    lines = [];
    for (const act of acts) {
      try {
        act();
      } catch {} // what was handed in is no decision
    }
    tracker.keep();
    queue.add(lines);
  }

  return {
    get length() {
      settle();
      return queue.length;
    },
    expose(decision, unit, context, clock_ms = Date.now()) {
      try {
        const copy = { ...decision, probabilities: [...decision.probabilities] };
        const read = parts.sendContext ? loggedContext(context) : context;
        note(() => tracker.show(copy, unit, read, clock_ms));
      } catch {} // what was handed in is no decision
    },
    track(...outcome) {
      note(() => tracker.track(...outcome));
    },
    flush() {
      settle();
      return queue.flush();
    },
    hide() {
      settle();
      queue.hide();
    },
    close() {
      settle();
      queue.close();
    },
    open() {
      tracker.open();
      queue.open();
    },
    clear() {
      noted = [];
      lines = [];
      tracker.clear();
      queue.clear();
    },
  };
}
