// SPDX-License-Identifier: MIT
// The golden decisions in Node. Chromium and workerd have files of their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runDigests, runUnits, runVectors } from './runner.mjs';
import { bundleBytes, client, generators, goldens, lines, moduleOf, shipped } from './support.mjs';

for (const name of shipped) {
  test(`${name} makes the decisions of the vector file in Node`, () => {
    assert.deepEqual(runVectors(client, moduleOf(name), bundleBytes(), lines()), []);
  });
}

for (const name of shipped) {
  test(`${name} serves texts and numbers as units, and nothing else, in Node`, () => {
    assert.deepEqual(runUnits(client, moduleOf(name), bundleBytes()), []);
  });
}

for (const { what, file, digests } of goldens) {
  for (const name of [...generators, 'conformance.debug.wasm']) {
    test(`${name} makes the ${what} in Node`, () => {
      assert.deepEqual(runDigests(moduleOf(name), bundleBytes(file), 0, digests.length), digests);
    });
  }
}
