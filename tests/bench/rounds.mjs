// SPDX-License-Identifier: MIT
// Times several contenders in turn, round after round, in one process: what slows the machine
// down slows all of them, so their ratio stands. Every figure is a median with its 10 to 90 % range.

/** Quantile of a sorted array. */
const at = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: at(sorted, 0.5), low: at(sorted, 0.1), high: at(sorted, 0.9) };
}

/** Microseconds per call, by contender and round. A contender is a function (calls) that makes that many calls. */
export async function race(contenders, { rounds = 31, calls = 20_000, warmup = 3 } = {}) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = -warmup; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const start = performance.now();
      await run(calls);
      if (round >= 0) times[name].push(((performance.now() - start) * 1000) / calls);
    }
  }
  return times;
}

const show = ({ median, low, high }, unit) => `${median.toFixed(2)}${unit} (${low.toFixed(2)} to ${high.toFixed(2)})`;

/** Prints each contender's time, and how many times as long as the first the others take, round by round. */
export function report(title, times) {
  const [first, ...others] = Object.keys(times);
  console.log(title);
  for (const name of [first, ...others]) console.log(`  ${name.padEnd(44)} ${show(spread(times[name]), ' µs')}`);
  for (const name of others) {
    const ratios = times[name].map((time, round) => time / times[first][round]);
    console.log(`  ${`${name} / ${first}`.padEnd(44)} ${show(spread(ratios), ' x')}`);
  }
}
