// SPDX-License-Identifier: MIT
// Which variant a unit had before, with the bucket version of that time. Whether it is served again is the core's decision.
//
// One text holds the last few units: [[unit, { experiment: [variant, version] }], …], the newest last.
import type { KeyStore } from './options.js';

const UNITS_MAX = 8; // a visitor, the accounts of one browser

export type Had = readonly [variant: string, version: number];
type Held = [unit: string, had: Record<string, Had>];

export interface Sticky {
  /** What the unit had, else what the fallback had. */
  get(experiment: string, unit: string, fallback: string): Had | undefined;
  set(experiment: string, unit: string, had: Had): void;
}

const isHad = (had: unknown): had is Had => Array.isArray(had) && typeof had[0] === 'string' && Number.isInteger(had[1]);

export function makeSticky(store: KeyStore, key: string): Sticky {
  let text: string | null = null; // what `held` was read from
  let held: Held[] = [];

  function read(): Held[] {
    const now = store.get(key);
    if (now === text) return held;
    text = now;
    try {
      const parsed = JSON.parse(now ?? '[]') as Held[];
      held = parsed.filter((one) => typeof one[0] === 'string' && one[1] && typeof one[1] === 'object');
    } catch {
      held = [];
    }
    return held;
  }

  function of(experiment: string, unit: string): Had | undefined {
    const had = read().find((one) => one[0] === unit)?.[1];
    return had && Object.hasOwn(had, experiment) && isHad(had[experiment]) ? had[experiment] : undefined;
  }

  return {
    get: (experiment, unit, fallback) => of(experiment, unit) ?? (fallback ? of(experiment, fallback) : undefined),
    set(experiment, unit, had) {
      const last = of(experiment, unit);
      if (last?.[0] === had[0] && last[1] === had[1]) return;
      const mine = read().find((one) => one[0] === unit)?.[1];
      const others = read().filter((one) => one[0] !== unit);
      store.set(key, JSON.stringify([...others, [unit, { ...mine, [experiment]: had }]].slice(-UNITS_MAX)));
    },
  };
}
