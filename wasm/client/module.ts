// SPDX-License-Identifier: MIT
// The entry `samplit/wasm` of Node, Deno and Bun, which do not compile what is imported, as workers do.
import { readFileSync } from 'node:fs';

const module: WebAssembly.Module = new WebAssembly.Module(readFileSync(new URL('./samplit.simd.wasm', import.meta.url)));

export default module;
