// SPDX-License-Identifier: MIT
// Figures and names as people read them.
import type { Interval } from './estimate.js';

const whole = new Intl.NumberFormat('en');

export const NONE = '–';

export function count(n: number): string {
  return whole.format(n);
}

/** "1 visitor", "1,234 visitors". */
export function visitorCount(n: number): string {
  return `${count(n)} visitor${n === 1 ? '' : 's'}`;
}

/** 0.0523 as "5.2%"; a missing one as a dash. */
export function percent(share: number | null, digits = 1): string {
  return share === null ? NONE : `${(share * 100).toFixed(digits)}%`;
}

/** The same with its sign, in typographic form. */
export function signedPercent(share: number | null, digits = 1): string {
  if (share === null) return NONE;
  const size = percent(Math.abs(share), digits);
  if (parseFloat(size) === 0) return size;
  return `${share < 0 ? '−' : '+'}${size}`;
}

export function signedRange(interval: Interval): string {
  return `${signedPercent(interval.low)} to ${signedPercent(interval.high)}`;
}

export function range(interval: Interval): string {
  return `${percent(interval.low)} to ${percent(interval.high)}`;
}

export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0)} kB`;
}

export function microseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} µs`;
}
