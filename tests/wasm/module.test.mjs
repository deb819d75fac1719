// SPDX-License-Identifier: MIT
// What the modules ask of a runtime (nothing), what they offer, and how large they are.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateAbi } from '../../wasm/abi.mjs';
import { brotliBytes } from '../../wasm/build.mjs';
import { client, dist, moduleOf, modules, root, shipped } from './support.mjs';

const BUDGET_BYTES = 30 * 1024; // module and loader, brotli
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

  test(`${name} and the loader fit the byte budget`, () => {
    const bytes = brotliBytes(join(dist, name)) + brotliBytes(join(dist, 'samplit.js'));
    assert.ok(bytes <= BUDGET_BYTES, `${bytes} bytes`);
  });
}

test('the TypeScript client declares every exported function', () => {
  const source = readFileSync(join(root, 'wasm/client/memory.ts'), 'utf8');
  assert.deepEqual(source.match(/(?<=^ {2})spl_wasm_\w+/gm), exported);
});

test('the package exports the client, its types and both modules', async () => {
  assert.equal((await import('samplit')).load, client.load);
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const files = [exports['.'].types, exports['.'].default, ...shipped.map((name) => exports[`./${name}`])];
  for (const file of files) assert.ok(existsSync(join(root, file)), file);
});

test('abi.ts is what the C structs and tables say', () => {
  const generated = generateAbi(readFileSync(join(modules, 'layout.wasm')));
  assert.equal(readFileSync(join(root, 'wasm/client/abi.ts'), 'utf8'), generated);
});
