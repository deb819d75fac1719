// SPDX-License-Identifier: MIT
// npm run build: puts the npm package together in build/wasm/dist, after `cmake --build --preset wasm`: its entries with
// their types, both modules, package.json. `npm pack build/wasm/dist` makes the archive. Prints what each entry weighs.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { minify } from 'terser';
import { generateAbi } from './abi.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'wasm/client');
const modules = join(root, 'build/wasm/modules');
const dist = join(root, 'build/wasm/dist');
const names = ['samplit.wasm', 'samplit.simd.wasm'];

// Pages and processes ask for these when they need them; they lie beside the entries.
const late = ['./log.js', './signature.js', './visit.js'];

// The scalar module as a text of one character per byte, which compresses as well as the bytes; base64 would weigh a quarter more.
const moduleText = {
  name: 'module as text',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^samplit:module$/ }, ({ path }) => ({ path, namespace: 'text' }));
    onLoad({ filter: /./, namespace: 'text' }, () => ({ contents: readFileSync(join(modules, names[0]), 'latin1'), loader: 'text' }));
  },
};

/** Entries: file, source, what stays outside, and what else esbuild has to know. */
const entries = [
  { file: 'samplit.js', from: 'samplit.ts', external: late },
  { file: 'node.js', from: 'node.ts', external: [...late, 'node:*'] },
  { file: 'log.js', from: 'log.ts' },
  { file: 'signature.js', from: 'signature.ts' },
  { file: 'worker.js', from: 'worker.ts' },
  { file: 'core.js', from: 'index.ts' },
  { file: 'openfeature_web.js', from: 'openfeature_web.ts', external: ['@openfeature/*'] },
  { file: 'openfeature_server.js', from: 'openfeature_server.ts', external: ['@openfeature/*'] },
  { file: 'visit.js', from: 'visit.ts' },
  { file: 'module.js', from: 'module.ts', external: ['node:*'] },
  { file: 'snippet.js', from: 'snippet.ts', external: ['./log.js', './signature.js', './devtools.js'], plugins: [moduleText], charset: 'utf8' },
  { file: 'head.js', from: 'snippet_head.ts', format: 'iife', target: 'es2018' },
  { file: 'devtools.js', from: 'devtools.ts' },
];

/**
 * What a runtime loads before it can decide, in bytes after brotli, and how much that may be: the files of each entry
 * without the module, and with it.
 */
export const budgets = [
  { entry: 'browser', files: ['samplit.js'], bytes: 7400 },
  { entry: 'browser and module', files: ['samplit.js', 'samplit.simd.wasm'], bytes: 30 * 1024 },
  { entry: 'browser, and what logs', files: ['samplit.js', 'log.js'], bytes: 10_000 },
  { entry: 'browser, and what checks signatures', files: ['samplit.js', 'signature.js'], bytes: 8100 },
  { entry: 'worker', files: ['worker.js'], bytes: 7000 },
  { entry: 'OpenFeature provider for pages', files: ['openfeature_web.js'], bytes: 1300 },
  { entry: 'core', files: ['core.js'], bytes: 4600 },
  { entry: 'core and module', files: ['core.js', 'samplit.simd.wasm'], bytes: 28_000 },
  { entry: 'snippet, what blocks', files: ['head.js'], bytes: 500 },
  { entry: 'snippet with its module', files: ['snippet.js'], bytes: 35 * 1024 },
  { entry: 'devtools', files: ['devtools.js'], bytes: 2300 },
  { entry: 'core and scalar module', files: ['core.js', 'samplit.wasm'], bytes: 28_000 },
];

/** Bytes after brotli at its best. */
export function brotliBytes(file) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 };
  return brotliCompressSync(readFileSync(file), { params }).length;
}

/** What the files of an entry weigh together. */
export const entryBytes = ({ files }) => files.reduce((sum, file) => sum + brotliBytes(join(dist, file)), 0);

function checkAbi() {
  const generated = generateAbi(readFileSync(join(modules, 'layout.wasm')));
  if (readFileSync(join(source, 'abi.ts'), 'utf8') === generated) return;
  console.error('wasm/client/abi.ts is not what the C structs say; run: npm run abi');
  exit(1);
}

// esbuild puts the files together, terser makes them small: by a twentieth smaller than esbuild would.
async function bundle({ file, from, format = 'esm', target = 'es2022', ...how }) {
  const outfile = join(dist, file);
  const made = await build({
    entryPoints: [join(source, from)],
    outfile,
    bundle: true,
    minifySyntax: true,
    format,
    target,
    sourcemap: 'external',
    write: false,
    logLevel: 'warning',
    ...how,
  });
  const [map, text] = made.outputFiles.map((output) => output.text);
  const small = await minify(text, {
    ecma: Number(target.slice(2)),
    module: format === 'esm',
    compress: { passes: 3, unsafe_arrows: true }, // nothing here constructs with a function that is no class
    sourceMap: { content: map, url: `${file}.map` },
  });
  writeFileSync(outfile, small.code);
  writeFileSync(`${outfile}.map`, small.map);
}

async function main() {
  if (!existsSync(join(modules, names[0]))) {
    console.error('no WebAssembly module yet; run: cmake --preset wasm && cmake --build --preset wasm');
    exit(1);
  }
  checkAbi();
  mkdirSync(dist, { recursive: true });
  const started = Date.now();
  for (const name of names) copyFileSync(join(modules, name), join(dist, name));
  for (const [from, name] of [['wasm/package.json', 'package.json'], ['wasm/README.md', 'README.md'], ['LICENSES/MIT.txt', 'LICENSE']]) {
    copyFileSync(join(root, from), join(dist, name));
  }
  await Promise.all(entries.map(bundle));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', source, '--outDir', dist], { stdio: 'inherit' });
  for (const file of readdirSync(dist)) if (statSync(join(dist, file)).ctimeMs < started - 1000) rmSync(join(dist, file)); // of builds before
  for (const budget of budgets) {
    console.log(`${budget.entry}: ${budget.files.join(' + ')} = ${entryBytes(budget)} bytes brotli (budget ${budget.bytes})`);
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) await main();
