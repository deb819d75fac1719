// SPDX-License-Identifier: MIT
// How long a decision takes here and now. Whole rounds are timed, because browsers coarsen their clocks; the median
// of the rounds is told, because other work on the machine only ever adds.
import type { Samplit } from '../../wasm/client/index.js';
import type { Visitor } from './visitors.js';

const ROUNDS = 9; // and one before them, so that the engine has compiled what it will
const DECISIONS = 2000; // of a round

export const HOW_TIMED = `median of ${ROUNDS} rounds of ${DECISIONS.toLocaleString('en')} in this browser`;

/** Microseconds of a decision about these visitors, taken in turn: text in, decision object out. */
export function timeDecisions(samplit: Samplit, experiment: string, visitors: readonly Visitor[]): number {
  const round = () => {
    const start = performance.now();
    for (let i = 0; i < DECISIONS; i++) {
      const { unit, context } = visitors[i % visitors.length]!;
      samplit.decide(experiment, unit, context);
    }
    return ((performance.now() - start) * 1000) / DECISIONS;
  };
  round();
  const rounds = Array.from({ length: ROUNDS }, round).sort((a, b) => a - b);
  return rounds[ROUNDS >> 1]!;
}
