// SPDX-License-Identifier: MIT
// Segment keys as people read them. A key is `attribute:value` pairs joined by bars, with %XX for
// the bytes that would be ambiguous (docs/bundle-format.md).
import type { Segment } from '../../wasm/client/index.js';

export interface Part {
  readonly attribute: string;
  readonly value: string;
}

function unescape(text: string): string {
  return text.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function parts(key: string): Part[] {
  if (key === 'global') return [];
  return key.split('|').map((pair) => {
    const colon = pair.indexOf(':');
    return { attribute: unescape(pair.slice(0, colon)), value: unescape(pair.slice(colon + 1)) };
  });
}

/** What a node adds to its parent's key; "all visitors" for the root. */
export function ownPart(segments: readonly Segment[], node: number): Part {
  const { key, parent } = segments[node]!;
  if (parent < 0) return { attribute: '', value: 'all visitors' };
  const known = new Set(parts(segments[parent]!.key).map(({ attribute }) => attribute));
  return parts(key).find(({ attribute }) => !known.has(attribute)) ?? { attribute: '', value: key };
}

/** The nodes from the root to this one, both included. */
export function pathTo(segments: readonly Segment[], node: number): number[] {
  const path: number[] = [];
  for (let at = node; at >= 0; at = segments[at]!.parent) path.unshift(at);
  return path;
}

/** "US › mobile › instagram"; "all visitors" for the root. */
export function nameOf(segments: readonly Segment[], node: number): string {
  const path = pathTo(segments, node);
  const shown = path.length > 1 ? path.slice(1) : path;
  return shown.map((at) => ownPart(segments, at).value).join(' › ');
}
