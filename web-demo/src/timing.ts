// SPDX-License-Identifier: MIT
// How long a decision takes here and now: whole loops are timed, because browsers coarsen their clocks.
import type { Samplit } from '../../wasm/client/index.js';
import type { Visitor } from './visitors.js';

const WARM_UP = 2000; // decisions, so that the engine has compiled what it will
const TIMED = 10_000;

/** Mean microseconds of a decision about these visitors, taken in turn: text in, decision object out. */
export function timeDecisions(samplit: Samplit, experiment: string, visitors: readonly Visitor[]): number {
  const decide = (times: number) => {
    for (let i = 0; i < times; i++) {
      const { unit, context } = visitors[i % visitors.length]!;
      samplit.decide(experiment, unit, context);
    }
  };
  decide(WARM_UP);
  const start = performance.now();
  decide(TIMED);
  return ((performance.now() - start) * 1000) / TIMED;
}

export const TIMED_DECISIONS = TIMED;
