// SPDX-License-Identifier: MIT
// The figures that the demo page estimates: against published values, and by how often the intervals hold the truth.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { transformSync } from 'esbuild';

const source = readFileSync(new URL('../../web-demo/src/estimate.ts', import.meta.url), 'utf8');
const { code } = transformSync(source, { loader: 'ts', format: 'esm' });
const { liftOf, rateOf } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

/** xorshift32: the same trials every time. */
function uniforms(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The share of trials whose interval holds the truth. */
function coverage(trials, truth, trial) {
  let held = 0;
  for (let i = 0; i < trials; i++) {
    const { low, high } = trial();
    if (low <= truth && truth <= high) held++;
  }
  return held / trials;
}

function assertCovers(share) {
  assert.ok(share > 0.93 && share < 0.97, `95 % intervals held the truth in ${(share * 100).toFixed(1)} % of trials`);
}

test("a rate has Wilson's interval, as Newcombe (1998) lists it", () => {
  const listed = [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [0, 20, 0, 0.1611], [1, 29, 0.0061, 0.1718]];
  for (const [conversions, visits, low, high] of listed) {
    const rate = rateOf(conversions, visits);
    assert.ok(Math.abs(rate.low - low) < 5e-5 && Math.abs(rate.high - high) < 5e-5, `${conversions}/${visits}: ${rate.low} to ${rate.high}`);
  }
  assert.equal(rateOf(0, 0), null);
});

test('a lift is unknown below 20 conversions and exact where both sides convert the same visits', () => {
  assert.equal(liftOf(19, 400, 10), null);
  assert.equal(liftOf(400, 19, 10), null);
  assert.deepEqual(liftOf(300, 300, 300), { value: 0, low: 0, high: 0 });
  assert.ok(Math.abs(liftOf(360, 300, 200).value - 0.2) < 1e-12);
});

test('the interval of a lift holds the true lift in 95 % of paired trials', () => {
  const random = uniforms(7);
  const share = coverage(1500, 0.06 / 0.05 - 1, () => {
    let [a, b, both] = [0, 0, 0];
    for (let i = 0; i < 6000; i++) {
      // Half of the visits get the same variant either way, the others another one.
      const u = random();
      const other = random() < 0.5 ? u : random();
      if (u < 0.06) a++;
      if (other < 0.05) b++;
      if (u < 0.06 && other < 0.05) both++;
    }
    return liftOf(a, b, both);
  });
  assertCovers(share);
});
