// SPDX-License-Identifier: MIT
// What the charts draw: figures of a run, taken every so many visitors.
import { rateOf, type Interval } from './estimate.js';
import type { Run, Tally } from './run.js';

type Column = (number | null)[];

/** An estimate over time, as three columns. */
export interface Track {
  readonly value: Column;
  readonly low: Column;
  readonly high: Column;
}

export interface SegmentTrack {
  readonly shares: readonly Column[]; // by variant
  readonly rate: Track;
  readonly uniform: Track;
}

const track = (): Track => ({ value: [], low: [], high: [] });

function push(to: Track, interval: Interval | null): void {
  to.value.push(interval?.value ?? null);
  to.low.push(interval?.low ?? null);
  to.high.push(interval?.high ?? null);
}

export const VISITS_MIN = 50; // in a segment, before its rates and shares are shown

export class History {
  readonly decided: number[] = []; // the charts' x
  readonly lift = track();
  readonly trueLift: Column = [];
  readonly segments: readonly SegmentTrack[];

  constructor(readonly run: Run) {
    const variants = run.visitors.variants;
    this.segments = run.tallies.map(() => ({ shares: variants.map(() => []), rate: track(), uniform: track() }));
  }

  /** Takes the figures of now, when `every` visitors came since the last time. */
  take(every: number): void {
    const { run } = this;
    if (run.decided === 0 || run.decided < (this.decided.at(-1) ?? 0) + every) return;
    this.decided.push(run.decided);
    push(this.lift, run.lift);
    this.trueLift.push(run.trueLift);
    this.segments.forEach((segment, node) => this.#takeSegment(segment, run.tallies[node]!));
  }

  #takeSegment(segment: SegmentTrack, tally: Tally): void {
    const enough = tally.visits >= VISITS_MIN;
    segment.shares.forEach((column, v) => column.push(enough ? tally.variants[v]!.served / tally.visits : null));
    push(segment.rate, enough ? rateOf(tally.conversions, tally.visits) : null);
    push(segment.uniform, enough ? rateOf(tally.uniform, tally.visits) : null);
  }
}
