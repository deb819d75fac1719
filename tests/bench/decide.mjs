// SPDX-License-Identifier: MIT
// One decision, raw user agent, address and referrer to a variant with its trace (20 features, encoder 20-64-48-32, tree), in Node and in
// a page of Chromium; three and ten variants. Beside it GrowthBook's contextual bandit with 16 leaves, which takes
// attributes: those of ua-parser-js, made of the same user agents on each visit.
//
//   node tests/bench/decide.mjs [rounds] [calls]
import { build } from 'esbuild';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env } from 'node:process';
import { chromium } from 'playwright-core';
import { serveSite } from '../wasm/site.mjs';
import { bundleOf, dist, made, root, visits } from './conditions.mjs';
import { report } from './rounds.mjs';

env.NODE_ENV ??= 'production'; // else GrowthBook logs every evaluation
const { contenders, measure } = await import('./contenders.mjs');

const how = { rounds: Number(argv[2] ?? 15), calls: Number(argv[3] ?? 10_000) };
const names = { simd: 'samplit.simd.wasm', scalar: 'samplit.wasm' };
const executablePath = env.CHROMIUM ?? '/usr/bin/chromium';
const asked = visits();

function show(where, k, { p50, p99 }) {
  report(`${where}, ${k} variants, ${asked.length} user agents: median`, p50);
  report(`${where}, ${k} variants: 99 of 100 calls take no longer`, p99);
}

async function inNode(k) {
  const entries = { core: await import(join(dist, 'core.js')), client: await import(join(dist, 'node.js')) };
  const moduleOf = (file) => new WebAssembly.Module(readFileSync(join(dist, file)));
  const modules = { simd: moduleOf(names.simd), scalar: moduleOf(names.scalar) };
  return measure(contenders({ entries, modules, bundle: bundleOf(k), k, visits: asked }), how);
}

// Runs in the page.
async function task([moduleNames, k, options]) {
  const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
  const { contenders, measure } = await import('/bench/contenders.js');
  const entries = { core: await import('/dist/core.js'), client: await import('/dist/samplit.js') };
  const moduleOf = (file) => WebAssembly.compileStreaming(fetch(`/dist/${file}`));
  const modules = { simd: await moduleOf(moduleNames.simd), scalar: await moduleOf(moduleNames.scalar) };
  const visits = await (await fetch('/bench/visits.json')).json();
  return measure(contenders({ entries, modules, bundle: await bytes(`/bench/hero-${k}.safetensors`), k, visits }), options);
}

async function inChromium(ks) {
  if (!existsSync(executablePath)) return console.log(`SKIPPED: no ${executablePath}`);
  await build({
    entryPoints: [join(root, 'tests/bench/contenders.mjs')], outfile: join(made, 'contenders.js'), logLevel: 'error',
    bundle: true, minify: true, format: 'esm', define: { 'process.env.NODE_ENV': '"production"' },
  });
  writeFileSync(join(made, 'visits.json'), JSON.stringify(asked));
  const site = await serveSite({ bench: made });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  for (const k of ks) {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(site.origin);
    show(`Chromium ${browser.version()}`, k, await page.evaluate(task, [names, k, how]));
    await page.close();
  }
  await browser.close();
  site.close();
}

for (const k of [3, 10]) show(`Node ${process.version}`, k, await inNode(k));
await inChromium([3, 10]);
