// SPDX-License-Identifier: MIT
// The figures on the page that are estimates, each with its 95 % interval. They take visits as independent.

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const Z95 = 1.959963984540054;
const CONVERSIONS_MIN = 20; // on each side, before a lift is called one

/**
 * Lift of a conversions over b, counted on the same visits, of which `both` converted either way:
 * a / b - 1. Interval by the delta method for the logarithm of a ratio of paired proportions, whose
 * variance comes down to 1/a + 1/b - 2 both / (a b). Null while there are too few.
 */
export function liftOf(a: number, b: number, both: number): Interval | null {
  if (a < CONVERSIONS_MIN || b < CONVERSIONS_MIN) return null;
  const ratio = a / b;
  const spread = Math.exp(Z95 * Math.sqrt(Math.max(0, 1 / a + 1 / b - (2 * both) / (a * b))));
  return { value: ratio - 1, low: ratio / spread - 1, high: ratio * spread - 1 };
}

/** A proportion with Wilson's interval (1927). Null without trials. */
export function rateOf(conversions: number, visits: number): Interval | null {
  if (visits === 0) return null;
  const rate = conversions / visits;
  const weight = 1 / (1 + (Z95 * Z95) / visits);
  const middle = weight * (rate + (Z95 * Z95) / (2 * visits));
  const half = weight * Z95 * Math.sqrt((rate * (1 - rate)) / visits + (Z95 * Z95) / (4 * visits * visits));
  return { value: rate, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
