// SPDX-License-Identifier: MIT
import type { AttributeName, Mode, RawName } from './abi.js';

/** Who is decided for: a text of 1 to 1,024 bytes in UTF-8; finite numbers and bigints stand for their text. */
export type Unit = string | number | bigint;

/** What one entry of a context may hold. Anything else counts as missing. */
export type Value = string | number | boolean | null | undefined;

/** Raw fields (`user_agent`, `utm_source`, …) and attributes (`device`, `plan`, …); docs/context.md lists the names. */
export type Context = { readonly [name in RawName | AttributeName]?: Value } & { readonly [name: string]: Value };

/** An experiment of the open bundle. */
export interface Experiment {
  readonly key: string;
  /** Names; the first is the control. */
  readonly variants: readonly string[];
  readonly seed: bigint;
  /** No live variant is served with less, in [0, 1 / variants]. */
  readonly minPropensity: number;
  /** Whose choice it serves; its exposures state it. */
  readonly mode: Mode;
  /** Is kept beside a sticky variant: one of another version is drawn anew. */
  readonly bucketVersion: number;
}

/** A node of the segment tree; its index is its place in `Samplit.segments`. */
export interface Segment {
  readonly key: string;
  /** 0 for the root. */
  readonly level: number;
  /** -1 for the root. */
  readonly parent: number;
  readonly children: readonly number[];
}

/** What went into the last decision. */
export interface Explanation {
  /** The context as the core understood it. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Entries left out because there were too many. */
  readonly ignored: number;
  readonly features: Float32Array;
  readonly embedding: Float32Array;
}
