// SPDX-License-Identifier: MIT
// What of a unit and a context counts, said once: what is decided is what is logged, so a logged
// decision replays to the same trace.
import { SPL_TEXT_MAX } from './abi.js';
import type { Unit, Value } from './types.js';

export const ENTRIES_MAX = 256; // of one context, as in an event
export const NAME_MAX = 256; // characters
export const UNIT_BYTES = 1024; // as in an event

type Stated = Exclude<Value, null | undefined>;

function isStated(value: unknown): value is Stated {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** Calls `take` for each entry that counts, in order. Returns how many more there were than a context holds. */
export function eachEntry(context: unknown, take: (name: string, value: Stated) => void): number {
  let count = 0;
  if (typeof context !== 'object') return 0;
  for (const name in context) {
    const value = (context as Record<string, unknown>)[name];
    if (name.length > NAME_MAX || !isStated(value)) continue;
    if (count++ < ENTRIES_MAX) take(name, value);
  }
  return Math.max(0, count - ENTRIES_MAX);
}

/** The text of a unit, or an empty one if it is none. It may still have too many bytes. */
export function unitText(unit: unknown): string {
  if (typeof unit === 'string') return unit;
  return typeof unit === 'bigint' || Number.isFinite(unit) ? String(unit) : '';
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

// A text as UTF-8 has it, cut between characters: half surrogates become U+FFFD, as in the module's memory.
function wellFormed(text: string, bytes: number): string {
  if (text.length <= bytes && !/[^\0-\x7f]/.test(text)) return text; // most are ASCII
  const room = new Uint8Array(bytes);
  return decoder.decode(room.subarray(0, encoder.encodeInto(text, room).written));
}

/** The unit as events have it: `unknown` where it is none that can be decided for. */
export function loggedUnit(unit: Unit): string {
  const text = unitText(unit);
  const written = wellFormed(text, UNIT_BYTES);
  return written && written.length === text.length ? written : 'unknown';
}

/** The context as events have it; an empty one if reading it throws, for then it was not decided from. */
export function loggedContext(context: unknown): Record<string, Stated> {
  const entries: [string, Stated][] = [];
  try {
    eachEntry(context, (name, value) => {
      entries.push([wellFormed(name, 3 * NAME_MAX), typeof value === 'string' ? wellFormed(value, SPL_TEXT_MAX) : value]);
    });
  } catch {
    return {};
  }
  return Object.fromEntries(entries);
}
