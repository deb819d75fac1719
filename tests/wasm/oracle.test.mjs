// SPDX-License-Identifier: MIT
// Decisions of the module against the second implementation in oracle.mjs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide, readBundle, xxh64 } from './oracle.mjs';
import { bundleBytes, client, lines, moduleOf, shipped } from './support.mjs';

const bundle = readBundle(bundleBytes());
const samplit = client.loadSync(moduleOf(shipped[1]), bundleBytes());

function compare(experiment, unit, context) {
  const { index, segment, level, trace } = samplit.decide(experiment, unit, context);
  const expected = decide(bundle, experiment, unit, samplit.explain().attributes);
  assert.deepEqual({ index, segment, level, trace }, expected, JSON.stringify({ experiment, unit, context }));
}

test('the oracle hashes as the xxHash specification says', () => {
  assert.equal(xxh64(new Uint8Array(0)), 0xEF46DB3751D8E999n);
  assert.equal(xxh64(new TextEncoder().encode('abc')), 0x44BC2CF5AD770999n);
});

test('every decision of the vector file is that of the oracle', () => {
  for (const line of lines()) {
    const { experiment, unit, context } = JSON.parse(line);
    compare(experiment, unit, context);
  }
});

test('two thousand drawn decisions are those of the oracle', () => {
  let state = 1;
  const below = (n) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0, Math.floor((state / 2 ** 32) * n));
  const pick = (...items) => items[below(items.length)];
  for (let i = 0; i < 2000; i++) {
    const context = {
      country: pick('US', 'GB', 'DE', 'FR', undefined),
      device: pick('mobile', 'desktop', 'tablet', 'tv'),
      source: pick('google', 'instagram', 'newsletter', 'x'),
      hour: pick(below(24), '9', undefined),
      dow: 1 + below(7),
      is_returning: pick(true, false, 'true', 1, undefined),
      pageviews: pick(below(50), -1, undefined),
      session_seconds: below(100000) / 7,
      scroll_depth: below(1500) / 1000 - 0.2,
      cart_value: pick(0, below(1e6) / 1e3),
    };
    compare(pick('hero', 'cta', 'price', 'legacy', 'ported'), `visitor-${below(1e6)}`, context);
  }
});
