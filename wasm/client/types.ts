// SPDX-License-Identifier: MIT

/** What one entry of a context may hold. Anything else counts as missing. */
export type Value = string | number | boolean | null | undefined;

/** An experiment of the open bundle. */
export interface Experiment {
  readonly key: string;
  /** Names; the first is the control. */
  readonly variants: readonly string[];
  readonly seed: bigint;
  /** No live variant is served with less, in [0, 1 / variants]. */
  readonly minPropensity: number;
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
  /** Attributes left out because there were too many. */
  readonly ignored: number;
  readonly features: Float32Array;
  readonly embedding: Float32Array;
}
