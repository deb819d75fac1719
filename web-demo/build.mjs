// SPDX-License-Identifier: MIT
// npm run demo: puts the demo page together in build/web-demo, from the WebAssembly modules in build/wasm/modules
// and the bundles and visitors in build/demo (scripts/run makes them). `build.mjs FROM TO` takes other folders.
import { build } from 'esbuild';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { argv, cwd, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { brotliBytes } from '../wasm/build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const from = argv[2] ?? join(root, 'build/demo');
const to = argv[3] ?? join(root, 'build/web-demo');
const modules = ['samplit.wasm', 'samplit.simd.wasm'];

// What was learned at each stage of the log: learned-VISITORS-EXPLORATION.safetensors, in this order.
const EXPLORATIONS = ['conservative', 'default', 'aggressive'];
const stages = (existsSync(from) ? readdirSync(from) : [])
  .map((name) => /^learned-(\d+)-default\.safetensors$/.exec(name))
  .flatMap((found) => (found ? [Number(found[1])] : []))
  .sort((a, b) => a - b);
const learned = (stages.length ? stages : [1000]).flatMap((n) => EXPLORATIONS.map((name) => `learned-${n}-${name}.safetensors`));
const made = ['bundle.safetensors', 'uniform.safetensors', 'visitors.json', 'shop.safetensors', 'shop-visitors.json', ...learned];

const files = [
  ...modules.map((name) => [join(root, 'build/wasm/modules', name), name, 'cmake --preset wasm && cmake --build --preset wasm']),
  ...made.map((name) => [join(from, name), name, 'scripts/run --no-serve']),
  [join(root, 'web-demo/index.html'), 'index.html', ''],
  [join(root, 'node_modules/@fontsource-variable/inter/LICENSE'), 'inter-license.txt', 'scripts/setup'],
];

for (const [file, , maker] of files) {
  if (existsSync(file)) continue;
  console.error(`demo: ${relative(cwd(), file)} is missing; run: ${maker}`);
  exit(1);
}

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
const sizes = Object.fromEntries(modules.map((name) => [name, brotliBytes(join(root, 'build/wasm/modules', name))]));
await build({
  entryPoints: { main: join(root, 'web-demo/src/main.ts'), style: join(root, 'web-demo/style/main.css') },
  outdir: to,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
  loader: { '.woff2': 'file' },
  assetNames: '[name]',
  define: { MODULE_BROTLI_BYTES: JSON.stringify(sizes), STAGES: JSON.stringify(stages), EXPLORATIONS: JSON.stringify(EXPLORATIONS) },
  sourcemap: true,
  logLevel: 'warning',
});
for (const [file, name] of files) copyFileSync(file, join(to, name));
const bytes = (name) => statSync(join(to, name)).size;
console.log(`${relative(cwd(), to)}: main.js ${bytes('main.js')}, style.css ${bytes('style.css')}, visitors.json ${bytes('visitors.json')} bytes`);
