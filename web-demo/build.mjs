// SPDX-License-Identifier: MIT
// npm run demo: puts the demo page together in build/web-demo, from the WebAssembly modules in build/wasm/modules
// and the bundles and visitors in build/demo (scripts/run makes them). `build.mjs FROM TO` takes other folders.
import { build } from 'esbuild';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { argv, cwd, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { brotliBytes } from '../wasm/build.mjs';
import { REGIONS } from './regions.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const from = argv[2] ?? join(root, 'build/demo');
const to = argv[3] ?? join(root, 'build/web-demo');
const modules = ['samplit.wasm', 'samplit.simd.wasm'];

// What was learned at each stage of the log: learned-VISITORS-EXPLORATION[-REGION].safetensors, in this order.
const EXPLORATIONS = ['conservative', 'default', 'aggressive'];
const stages = (existsSync(from) ? readdirSync(from) : [])
  .map((name) => /^learned-(\d+)-default\.safetensors$/.exec(name))
  .flatMap((found) => (found ? [Number(found[1])] : []))
  .sort((a, b) => a - b);
const known = stages.length ? stages : [1000];
const learnedName = (visitors, exploration) => `learned-${visitors}-${exploration}`;

// One store for all countries, then the regions. Their bundles have a suffix, and reports beside them, which stay here.
const all = { code: 'all', name: 'One store', countries: REGIONS.flatMap(({ countries }) => countries) };
const places = [all, ...REGIONS].map(({ code, name, countries }) => ({ code, name, countries, suffix: code === 'all' ? '' : `-${code}` }));
const names = ['bundle', 'shop', ...known.flatMap((n) => EXPLORATIONS.map((exploration) => learnedName(n, exploration)))];
const bundles = places.flatMap(({ suffix }) => names.map((name) => `${name}${suffix}.safetensors`));
const made = [...bundles, 'uniform.safetensors', 'visitors.json', 'shop-visitors.json'];
const reportOf = (name, { suffix }) => join(from, `${name}${suffix}.report.json`);
const visitsOf = (name, place) => JSON.parse(readFileSync(reportOf(name, place), 'utf8')).join.exposures;

const files = [
  ...modules.map((name) => [join(root, 'build/wasm/modules', name), name, 'cmake --preset wasm && cmake --build --preset wasm']),
  ...made.map((name) => [join(from, name), name, 'scripts/run --no-serve']),
  [join(root, 'web-demo/index.html'), 'index.html', ''],
  [join(root, 'node_modules/@fontsource-variable/inter/LICENSE'), 'inter-license.txt', 'scripts/setup'],
];

const reports = places.flatMap((place) => names.map((name) => [reportOf(name, place), '', 'scripts/run --no-serve']));
for (const [file, , maker] of [...files, ...reports]) {
  if (existsSync(file)) continue;
  console.error(`demo: ${relative(cwd(), file)} is missing; run: ${maker}`);
  exit(1);
}

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
const sizes = Object.fromEntries(modules.map((name) => [name, brotliBytes(join(root, 'build/wasm/modules', name))]));
const regions = places.map((place) => ({
  ...place,
  visits: { world: visitsOf('bundle', place), shop: visitsOf('shop', place), stages: known.map((n) => visitsOf(learnedName(n, 'default'), place)) },
}));
await build({
  entryPoints: { main: join(root, 'web-demo/src/main.ts'), style: join(root, 'web-demo/style/main.css') },
  outdir: to,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
  loader: { '.woff2': 'file' },
  assetNames: '[name]',
  define: {
    MODULE_BROTLI_BYTES: JSON.stringify(sizes),
    STAGES: JSON.stringify(stages),
    EXPLORATIONS: JSON.stringify(EXPLORATIONS),
    REGIONS: JSON.stringify(regions),
  },
  sourcemap: true,
  logLevel: 'warning',
});
for (const [file, name] of files) copyFileSync(file, join(to, name));
const bytes = (name) => statSync(join(to, name)).size;
console.log(`${relative(cwd(), to)}: main.js ${bytes('main.js')}, style.css ${bytes('style.css')}, visitors.json ${bytes('visitors.json')} bytes`);
