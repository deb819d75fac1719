// SPDX-License-Identifier: MIT
// From bytes to the first decision: the bytes of module and bundle are there, and so is the client's script. Every figure is of a
// process or a browser of its own, so that nothing is compiled already.
//
//   node tests/bench/cold.mjs [starts]
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serveSite } from '../wasm/site.mjs';
import { bundleOf, dist, made, visits } from './conditions.mjs';
import { spread } from './rounds.mjs';

const executablePath = env.CHROMIUM ?? '/usr/bin/chromium';
const limits = { Node: 5, Chromium: 15 }; // ms

// Runs in the page too. Milliseconds of every part.
async function start({ Engine }, bytes, bundle, visit) {
  const times = [performance.now()];
  const module = await WebAssembly.compile(bytes);
  times.push(performance.now());
  const instance = await WebAssembly.instantiate(module, {});
  times.push(performance.now());
  const engine = new Engine(instance, bundle);
  times.push(performance.now());
  const { reason } = engine.decide('hero', 'visitor-1', visit);
  times.push(performance.now());
  if (reason !== 'policy' && reason !== 'fallback') throw new Error(`decided for the reason ${reason}`);
  const [compile, instantiate, open, decide] = times.slice(1).map((time, i) => time - times[i]);
  return { compile, instantiate, 'open the bundle': open, 'first decision': decide, 'all of it': times[4] - times[0] };
}

const file = (name) => new Uint8Array(readFileSync(join(made, name)));

async function child(name) {
  const core = await import(join(dist, 'core.js'));
  const bytes = new Uint8Array(readFileSync(join(dist, name)));
  console.log(JSON.stringify(await start(core, bytes, file('hero-3.safetensors'), visits()[0])));
}

const inNode = (name) => JSON.parse(execFileSync(execPath, [fileURLToPath(import.meta.url), 'child', name], { encoding: 'utf8' }));

async function task([code, name, visit]) {
  const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
  const core = await import('/dist/core.js');
  const [module, bundle] = [await bytes(`/dist/${name}`), await bytes('/bench/hero-3.safetensors')];
  return (0, eval)(`(${code})`)(core, module, bundle, visit);
}

async function inChromium(site, name) {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage();
    await page.goto(site.origin);
    return await page.evaluate(task, [String(start), name, visits()[0]]);
  } finally {
    await browser.close();
  }
}

function show(where, name, runs) {
  console.log(`${where}, ${name}, ${runs.length} starts: median, 10 to 90 %, slowest`);
  for (const part of Object.keys(runs[0])) {
    const times = runs.map((run) => run[part]);
    const { median, low, high } = spread(times);
    const text = `${median.toFixed(2)} ms (${low.toFixed(2)} to ${high.toFixed(2)}), ${Math.max(...times).toFixed(2)}`;
    const limit = part === 'all of it' ? `: ${(median / limits[where]).toFixed(2)} of ${limits[where]} ms` : '';
    console.log(`  ${part.padEnd(20)} ${text}${limit}`);
  }
}

async function starts(count) {
  bundleOf(3);
  const site = await serveSite({ bench: made });
  for (const name of ['samplit.simd.wasm', 'samplit.wasm']) {
    show('Node', name, Array.from({ length: count }, () => inNode(name)));
    if (!existsSync(executablePath)) continue;
    const runs = [];
    while (runs.length < count) runs.push(await inChromium(site, name));
    show('Chromium', name, runs);
  }
  if (!existsSync(executablePath)) console.log(`SKIPPED: no ${executablePath}`);
  site.close();
}

await (argv[2] === 'child' ? child(argv[3]) : starts(Number(argv[2] ?? 31)));
