// SPDX-License-Identifier: MIT
// The modules under WASI; `node tests/wasm/wasi.mjs` makes all golden decisions there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goldens, generators, moduleOf, shipped } from './support.mjs';
import { digestsOf, start } from './wasi.mjs';

for (const name of generators) {
  for (const { what, file, digests } of goldens) {
    test(`${name} makes the first of the ${what} under WASI`, () => {
      assert.deepEqual(digestsOf(name, file, 3), digests.slice(0, 3));
    });
  }
}

test('the modules that ship are reactors that ask nothing of WASI', () => {
  for (const name of shipped) {
    assert.deepEqual(WebAssembly.Module.imports(moduleOf(name)), []);
    assert.ok(start(name).spl_wasm_abi() > 0);
  }
});
