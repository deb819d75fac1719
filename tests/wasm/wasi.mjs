// SPDX-License-Identifier: MIT
// The golden decisions in Node's WASI, as a reactor: the modules are started by `initialize` and offered all of WASI, of which they import
// nothing. Debian 12 has no other WASI runtime that a host can call functions of; the engine is V8, as in Node itself.
//   node tests/wasm/wasi.mjs    # all 1,400,000 decisions, by both modules
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { WASI } from 'node:wasi';
import { bundleBytes, generators, goldens, moduleOf } from './support.mjs';

/** Starts a module under WASI; returns its exports. */
export function start(name) {
  const wasi = new WASI({ version: 'preview1' });
  const instance = new WebAssembly.Instance(moduleOf(name), { wasi_snapshot_preview1: wasi.wasiImport }); // as Node 18 has it
  wasi.initialize(instance);
  return instance.exports;
}

/** Digests of `count` times 10,000 generated decisions. */
export function digestsOf(name, file, count) {
  const { memory, spl_wasm_reserve: reserve, spl_wasm_open: open, spl_conformance_digest_of: digest } = start(name);
  const bundle = bundleBytes(file);
  const at = reserve(bundle.byteLength);
  new Uint8Array(memory.buffer).set(bundle, at);
  if (open(bundle.byteLength) !== 0) throw new Error(`${file} does not open`);
  return Array.from({ length: count }, (_, block) => BigInt.asUintN(64, digest(block)).toString(16).padStart(16, '0'));
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of generators) {
    for (const { what, file, digests } of goldens) {
      const equal = digestsOf(name, file, digests.length).filter((made, block) => made === digests[block]).length;
      console.log(`${name}: ${what}: ${equal} of ${digests.length} digests of 10,000 equal`);
      if (equal !== digests.length) process.exitCode = 1;
    }
  }
}
