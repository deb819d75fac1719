// SPDX-License-Identifier: MIT
// The second file of a page: exposures and outcomes on their way to the collector. A page asks for it when it has decided.
import { makeQueue, type Queue, type QueueParts } from './queue.js';
import { makeTracker, type Tracker, type TrackerParts } from './tracker.js';

export interface Log extends Omit<Tracker, 'clear'>, Omit<Queue, 'add'> {}

export function makeLog(parts: Omit<QueueParts & TrackerParts, 'key'> & { readonly queueKey: string; readonly shownKey: string }): Log {
  const queue = makeQueue({ ...parts, key: parts.queueKey });
  const tracker = makeTracker({
    ...parts,
    key: parts.shownKey,
    emit(event) {
      queue.add(event);
      parts.emit(event);
    },
  });
  return {
    get length() {
      return queue.length;
    },
    expose: tracker.expose,
    track: tracker.track,
    flush: queue.flush,
    hide: queue.hide,
    close: queue.close,
    open() {
      tracker.open();
      queue.open();
    },
    clear() {
      tracker.clear();
      queue.clear();
    },
  };
}
