// SPDX-License-Identifier: MIT
// npm run build: puts what a site ships into build/wasm/dist, after `cmake --build --preset wasm`:
// samplit.js (one ES module), its types, samplit.wasm and samplit.simd.wasm. Prints their sizes.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { generateAbi } from './abi.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'build/wasm/modules');
const dist = join(root, 'build/wasm/dist');
const names = ['samplit.wasm', 'samplit.simd.wasm'];

/** Bytes after brotli at its best. */
export function brotliBytes(file) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 };
  return brotliCompressSync(readFileSync(file), { params }).length;
}

function checkAbi() {
  const generated = generateAbi(readFileSync(join(modules, 'layout.wasm')));
  if (readFileSync(join(root, 'wasm/client/abi.ts'), 'utf8') === generated) return;
  console.error('wasm/client/abi.ts is not what the C structs say; run: npm run abi');
  exit(1);
}

async function main() {
  if (!existsSync(join(modules, names[0]))) {
    console.error('no WebAssembly module yet; run: cmake --preset wasm && cmake --build --preset wasm');
    exit(1);
  }
  checkAbi();
  mkdirSync(dist, { recursive: true });
  for (const name of names) copyFileSync(join(modules, name), join(dist, name));
  await build({
    entryPoints: [join(root, 'wasm/client/index.ts')],
    outfile: join(dist, 'samplit.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: true,
    logLevel: 'warning',
  });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(root, 'wasm/client'), '--outDir', dist], { stdio: 'inherit' });

  const loader = brotliBytes(join(dist, 'samplit.js'));
  for (const name of names) {
    const module = brotliBytes(join(dist, name));
    console.log(`${name} ${module} + samplit.js ${loader} = ${module + loader} bytes brotli (budget 30720)`);
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) await main();
