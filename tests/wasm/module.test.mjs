// SPDX-License-Identifier: MIT
// What the modules ask of a runtime (nothing), and what they offer. Their size is in package.test.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateAbi } from '../../wasm/abi.mjs';
import { moduleOf, modules, root, shipped } from './support.mjs';

const exported = readFileSync(join(root, 'wasm/exports.txt'), 'utf8').trimEnd().split('\n');
const kept = [
  'memory', '_initialize', '__indirect_function_table', '__errno_location', 'stackSave', 'stackRestore', 'stackAlloc',
];

for (const name of shipped) {
  test(`${name} imports nothing`, () => {
    assert.deepEqual(WebAssembly.Module.imports(moduleOf(name)), []);
  });

  test(`${name} exports the functions of wasm/exports.txt and what emscripten always adds`, () => {
    const names = WebAssembly.Module.exports(moduleOf(name)).map((entry) => entry.name);
    assert.deepEqual(exported.filter((entry) => !names.includes(entry)), []);
    assert.deepEqual(names.filter((entry) => !exported.includes(entry) && !kept.includes(entry)), []);
  });
}

test('the TypeScript client declares every exported function', () => {
  const source = readFileSync(join(root, 'wasm/client/memory.ts'), 'utf8');
  assert.deepEqual(source.match(/(?<=^ {2})spl_wasm_\w+/gm), exported);
});

test('abi.ts is what the C structs and tables say', () => {
  const generated = generateAbi(readFileSync(join(modules, 'layout.wasm')));
  assert.equal(readFileSync(join(root, 'wasm/client/abi.ts'), 'utf8'), generated);
});
