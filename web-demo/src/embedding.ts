// SPDX-License-Identifier: MIT
// Drawing embeddings: two directions to look from, and who lies close. The embeddings come from the module.

export type Rows = readonly Float32Array[];

const STEPS = 60; // of power iteration; the directions are settled long before

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function meanOf(rows: Rows): Float64Array {
  const mean = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) row.forEach((value, i) => (mean[i]! += value / rows.length));
  return mean;
}

/** The direction in which centred rows spread most, among those at right angles to `known`: power iteration. */
function direction(rows: readonly Float64Array[], known: readonly Float64Array[]): Float64Array {
  const width = rows[0]?.length ?? 0;
  let at = Float64Array.from({ length: width }, (_, i) => 1 + (i % 7));
  for (let step = 0; step < STEPS; step++) {
    const next = new Float64Array(width);
    for (const row of rows) {
      const along = dot(row, at);
      row.forEach((value, i) => (next[i]! += along * value));
    }
    for (const other of known) {
      const along = dot(next, other);
      other.forEach((value, i) => (next[i]! -= along * value));
    }
    const length = Math.sqrt(dot(next, next)) || 1;
    at = next.map((value) => value / length);
  }
  return at;
}

export interface Projection {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Shares of the variance, along x and y. */
  readonly kept: readonly [number, number];
}

/** The first two principal components (Pearson 1901). */
export function project(rows: Rows): Projection {
  const mean = meanOf(rows);
  const centred = rows.map((row) => Float64Array.from(row, (value, i) => value - mean[i]!));
  const first = direction(centred, []);
  const second = direction(centred, [first]);
  const x = Float64Array.from(centred, (row) => dot(row, first));
  const y = Float64Array.from(centred, (row) => dot(row, second));
  const all = centred.reduce((sum, row) => sum + dot(row, row), 0);
  return { x, y, kept: all > 0 ? [dot(x, x) / all, dot(y, y) / all] : [0, 0] };
}

export interface Neighbour {
  readonly index: number;
  readonly cosine: number;
}

/** The rows most alike to one, by cosine; embeddings have length 1, so that is their product. */
export function nearest(rows: Rows, to: number, k: number): Neighbour[] {
  const all = rows.map((row, index) => ({ index, cosine: dot(row, rows[to]!) }));
  return all
    .filter(({ index }) => index !== to)
    .sort((a, b) => b.cosine - a.cosine || a.index - b.index)
    .slice(0, k);
}
