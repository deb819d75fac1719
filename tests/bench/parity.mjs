// SPDX-License-Identifier: MIT
// The same decisions everywhere. Every runtime that is there makes the golden decisions with both modules (1,000,000 with the bundle of the
// vectors, 200,000 each with all that is learned and with all settings), and decides for visits with real user agents through the client;
// the native build makes the golden decisions with every kernel of this machine, and replays the visits. One line each: whether
// all are equal, and a hash of what was made. Exits with 1 if anything differs.
//
//   node tests/bench/parity.mjs [share of the golden decisions, 1]
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, execPath } from 'node:process';
import { chromium } from 'playwright-core';
import { firefoxPath, openFirefox } from '../wasm/firefox.mjs';
import { openGolden } from '../wasm/golden_workerd.mjs';
import { serveSite } from '../wasm/site.mjs';
import { bundleBytes, client, generators, goldens, moduleOf, root, shipped } from '../wasm/support.mjs';
import { digestsOf } from '../wasm/wasi.mjs';
import { made, visits } from './conditions.mjs';

const share = Number(argv[2] ?? 1);
const chromiumPath = env.CHROMIUM ?? '/usr/bin/chromium';
const counts = goldens.map(({ digests }) => Math.ceil(share * digests.length));
const asked = visits();
writeFileSync(join(made, 'visits.json'), JSON.stringify(asked));

const isHere = (path, hint) => existsSync(path) || (console.log(`SKIPPED: no ${path} (${hint})`), false);

/** The rows that tests/bench/digests.mjs prints in a runtime of scripts. */
function inProcess(path, ...options) {
  const args = [...options, join(root, 'tests/bench/digests.mjs'), String(share)];
  return JSON.parse(execFileSync(path, args, { encoding: 'utf8', maxBuffer: 1 << 30 }));
}

// Runs in a page.
async function pageTask([generator, module, files, pageCounts]) {
  const [{ runDigests, runVisits }, core] = await Promise.all([import('/runner/runner.mjs'), import('/dist/core.js')]);
  const compiled = (name) => WebAssembly.compileStreaming(fetch(`/modules/${name}`));
  const bytes = async (file) => new Uint8Array(await (await fetch(`/vectors/${file}`)).arrayBuffer());
  const digests = [];
  for (const [i, file] of files.entries()) digests.push(runDigests(await compiled(generator), await bytes(file), 0, pageCounts[i]));
  const visits = await (await fetch('/bench/visits.json')).json();
  return { module, digests, traces: runVisits(core, await compiled(module), await bytes('bundle.safetensors'), visits) };
}

async function inPage(run) {
  const rows = [];
  const files = goldens.map(({ file }) => file);
  for (const [i, module] of shipped.entries()) rows.push(await run(pageTask, [generators[i], module, files, counts]));
  return rows;
}

async function inChromium(site) {
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(site.origin);
  const rows = await inPage((task, argument) => page.evaluate(task, argument));
  await browser.close();
  return rows;
}

async function inFirefox(site) {
  const firefox = await openFirefox(site.origin);
  const rows = await inPage(firefox.run);
  await firefox.close();
  return rows;
}

async function inWorkerd() {
  const workerd = await openGolden();
  const rows = [];
  for (const [i, module] of shipped.entries()) {
    const digests = [];
    for (const [g, { file }] of goldens.entries()) digests.push(await workerd.digests(generators[i], file, counts[g]));
    rows.push({ module, digests, traces: await workerd.ask(`/visits?module=${module}`, asked) });
  }
  workerd.close();
  return rows;
}

// The client knows no WASI: no visits.
function inWasi() {
  const digests = (name) => goldens.map(({ file }, g) => digestsOf(name, file, counts[g]));
  return shipped.map((module, i) => ({ module, digests: digests(generators[i]) }));
}

const build = (path) => join(root, 'build/release', path);

// The kernels' lines of core_test_conformance, which compares them with the golden digests: decisions of each bundle, by kernel.
function nativeRows() {
  const { status, stdout } = spawnSync(build('tests/core_test_conformance'), { encoding: 'utf8' });
  const kernels = {};
  for (const [, kernel, count] of stdout.matchAll(/^(\w+): (\d+) decisions$/gm)) (kernels[kernel] ??= []).push(count);
  const cell = (count) => `${status === 0 ? 'equal' : 'DIFFERS'} ${count}`;
  return Object.entries(kernels).map(([module, of]) => ({ module, cells: goldens.map((_, i) => (of[i] ? cell(of[i]) : 'DIFFERS 0')) }));
}

// The visits as the client logs them, with their context, decided again by `samplit replay`.
function replayedRow() {
  const samplit = client.loadSync(moduleOf(shipped[1]), bundleBytes());
  const log = join(made, 'parity.ndjson');
  const events = asked.flatMap((context, i) => samplit.experiments.map(({ key }) => {
    const unit = `visitor-${i}`;
    return JSON.stringify(client.exposure(samplit.decide(key, unit, context), unit, { context }));
  }));
  writeFileSync(log, `${events.join('\n')}\n`);
  const args = ['replay', '--json', join(root, 'tests/vectors/bundle.safetensors'), log];
  const { equal = 0 } = JSON.parse(spawnSync(build('samplit'), args, { encoding: 'utf8' }).stdout || '{}');
  return { module: 'replay', cells: ['', '', '', `${equal === events.length ? 'equal' : 'DIFFERS'} ${equal}`] };
}

const hashOf = (texts) => createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 8);

function cellsOf({ digests, traces }, expected) {
  const cell = (texts, golden) => `${hashOf(texts) === hashOf(golden) ? 'equal' : 'DIFFERS'} ${hashOf(texts)}`;
  const cells = digests.map((texts, i) => cell(texts, goldens[i].digests.slice(0, counts[i])));
  return traces ? [...cells, cell(traces, expected)] : cells;
}

let isEqual = true;

function show(runtime, rows) {
  for (const { module, cells } of rows) {
    console.log([runtime.padEnd(26), module.padEnd(18), ...cells.map((cell) => cell.padEnd(16))].join(' '));
    isEqual &&= !cells.some((cell) => cell.startsWith('DIFFERS'));
  }
}

const node = inProcess(execPath);
const expected = node[1].traces;
const showModules = (runtime, rows) => show(runtime, rows.map((row) => ({ module: row.module, cells: cellsOf(row, expected) })));

const decisions = [...counts.map((count) => `${count * 10_000} of`), `${expected.length} of`];
show('', [{ module: '', cells: decisions }, { module: '', cells: ['vectors', 'all learned', 'all settings', 'visits'] }]);
showModules(`Node ${process.version}`, node);
for (const [name, ...options] of [['deno', 'run', '--no-lock', '--allow-read', '--allow-write', '--allow-env'], ['bun']]) {
  const path = join(root, 'tests/bench/node_modules/.bin', name);
  if (!isHere(path, 'npm --prefix tests/bench ci')) continue;
  showModules(`${name} ${/\d[\d.]+/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))[0]}`, inProcess(path, ...options));
}
const site = await serveSite({ bench: made });
if (isHere(chromiumPath, 'apt-get install chromium')) showModules('Chromium', await inChromium(site));
if (isHere(firefoxPath, 'apt-get install firefox-esr')) showModules('Firefox', await inFirefox(site));
site.close();
showModules('workerd', await inWorkerd());
showModules("Node's WASI", inWasi());
if (isHere(build('tests/core_test_conformance'), 'cmake --build --preset release')) show('native, by kernel', nativeRows());
if (isHere(build('samplit'), 'cmake --build --preset release')) show('native, visits', [replayedRow()]);
console.log(isEqual ? 'All are equal.' : 'NOT all are equal.');
process.exitCode = isEqual ? 0 : 1;
