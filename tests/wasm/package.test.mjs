// SPDX-License-Identifier: MIT
// The npm package: packed, installed offline into a clean project and used there; its entries, conditions, types and sizes.
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { generateApi } from '../../wasm/api.mjs';
import { budgets, entryBytes } from '../../wasm/build.mjs';
import { dist, root, vectors } from './support.mjs';

const project = mkdtempSync(join(tmpdir(), 'samplit-package-'));
const manifest = JSON.parse(readFileSync(join(dist, 'package.json'), 'utf8'));
const npm = (...args) => execFileSync('npm', [...args, '--loglevel=error'], { cwd: project, encoding: 'utf8' });
const node = (code) => execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: project, encoding: 'utf8' }).trim();

let packed;

before(() => {
  writeFileSync(join(project, 'package.json'), '{ "name": "clean", "private": true, "type": "module" }');
  packed = JSON.parse(npm('pack', '--json', '--pack-destination', project, dist))[0];
  npm('install', '--offline', '--no-audit', '--no-fund', `./${packed.filename}`);
  copyFileSync(join(vectors, 'bundle.safetensors'), join(project, 'bundle.safetensors'));
});

after(() => rmSync(project, { recursive: true }));

test('the packed package decides in a clean project', () => {
  const made = node(`
    import { createClient } from 'samplit';
    import { readFileSync } from 'node:fs';
    const samplit = await createClient({ bundle: readFileSync('bundle.safetensors') });
    const { variant, reason } = samplit.decide('hero', { unit: 'u1', context: { country: 'US' } });
    console.log(samplit.status, variant, reason);
  `);
  assert.match(made, /^ready (control|bold|calm) policy$/);
});

test('all entries of the packed package decide alike', () => {
  const made = node(`
    import { createClient, createClientSync } from 'samplit';
    import { createWorkerClient } from 'samplit/worker';
    import { load, loadSync } from 'samplit/core';
    import module from 'samplit/wasm';
    import { readFileSync } from 'node:fs';
    const bundle = readFileSync('bundle.safetensors');
    const scalar = readFileSync(new URL(import.meta.resolve('samplit/samplit.wasm')));
    const visit = await createWorkerClient({ module, bundle, context: () => ({}) }).visit(new Request('https://shop.example/'), {});
    const ask = { unit: 'u1', context: { country: 'US' } };
    const context = { ...visit.context, ...ask.context };
    const traces = [
      (await createClient({ bundle })).decide('hero', { ...ask, context }).trace,
      createClientSync({ module, bundle }).decide('hero', { ...ask, context }).trace,
      visit.decide('hero', ask).trace,
      (await load(scalar, bundle)).decide('hero', 'u1', context).trace,
      loadSync(module, bundle).decide('hero', 'u1', context).trace,
    ];
    console.log(new Set(traces).size, traces.length);
  `);
  assert.equal(made, '1 5');
});

test('every file that the package names is in it, and nothing that is not built', () => {
  const inside = packed.files.map(({ path }) => path);
  const named = Object.values(manifest.exports).flatMap((entry) => (typeof entry === 'string' ? entry : Object.values(entry)));
  for (const file of [...named, manifest.main, manifest.module, manifest.types]) assert.ok(inside.includes(file.slice(2)), file);
  for (const file of ['README.md', 'LICENSE', 'log.js', 'signature.js']) assert.ok(inside.includes(file), file);
  assert.ok(inside.every((file) => /\.(js|js\.map|d\.ts|wasm)$|^(LICENSE|README\.md|package\.json)$/.test(file)), inside.join(' '));
});

test('each runtime finds its entry, and types first', () => {
  const find = (path, conditions) => {
    const entry = manifest.exports[path];
    return entry[Object.keys(entry).find((key) => conditions.includes(key))];
  };
  for (const runtime of ['browser', 'worker', 'workerd', 'other']) assert.equal(find('.', [runtime, 'default']), './samplit.js');
  for (const runtime of ['node', 'deno', 'bun']) assert.equal(find('.', [runtime, 'default']), './node.js');
  for (const runtime of ['workerd', 'browser']) assert.equal(find('./wasm', [runtime, 'default']), './samplit.simd.wasm');
  for (const entry of Object.values(manifest.exports)) if (typeof entry === 'object') assert.equal(Object.keys(entry)[0], 'types');
});

test('the package is ready for provenance, free of dependencies, and has the version of the program', () => {
  const { repository, publishConfig, sideEffects, dependencies, peerDependencies, peerDependenciesMeta, scripts, version } = manifest;
  assert.equal(publishConfig.provenance, true);
  assert.match(repository.url, /^git\+https:/);
  assert.deepEqual([sideEffects, dependencies, scripts], [false, undefined, undefined]);
  for (const name of Object.keys(peerDependencies)) assert.equal(peerDependenciesMeta[name].optional, true, name);
  assert.equal(version, /project\(Samplit VERSION (\S+)/.exec(readFileSync(join(root, 'CMakeLists.txt'), 'utf8'))[1]);
});

test('the types of the package are good in a strict project', () => {
  writeFileSync(join(project, 'use.ts'), `
    import { createClient, type Client, type ClientDecision } from 'samplit';
    import { createWorkerClient, type Visit } from 'samplit/worker';
    import { load, type Samplit } from 'samplit/core';
    import module from 'samplit/wasm';
    const client: Client = await createClient({ bundle: '/b', consent: () => undefined, publicKey: ['a'] });
    const decision: ClientDecision = client.decide('hero', { unit: 1n, context: { country: 'US', plan: 3, gone: null } });
    client.track('purchase', { value: decision.propensity });
    const worker = createWorkerClient<{ KV: { get(key: string): Promise<ArrayBuffer> } }>({ module, bundle: (env) => env.KV.get('shop') });
    export const visit: Promise<Visit> = worker.visit(new Request('https://shop.example'), { KV: null! });
    export const samplit: Promise<Samplit> = load(module, null);
    // @ts-expect-error a bundle is needed
    void createClient({});
  `);
  const options = { strict: true, noEmit: true, target: 'ES2022', module: 'NodeNext', lib: ['ES2022', 'DOM'], types: [], exactOptionalPropertyTypes: true };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.ts'] }));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], { stdio: 'inherit' });
});

async function bundled(code) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: project }, bundle: true, minify: true, format: 'esm', write: false,
    external: ['./log.js', './signature.js'], conditions: ['browser'], logLevel: 'silent',
  });
  return outputFiles[0].contents.length;
}

test('a bundler leaves out what is not used', async () => {
  const all = await bundled("export * from 'samplit'");
  assert.equal(await bundled("import 'samplit'"), 0);
  assert.ok((await bundled("export { createClient } from 'samplit'")) < all);
  assert.ok((await bundled("export { browserContext } from 'samplit'")) < 2000);
  assert.ok((await bundled("export { exposure } from 'samplit/core'")) < 4000);
});

test('no worker ships the parts of a page, and no page those of a server', () => {
  const text = (file) => readFileSync(join(dist, file), 'utf8');
  for (const word of ['document', 'localStorage', 'navigator', 'sendBeacon', 'location.']) assert.ok(!text('worker.js').includes(word), word);
  for (const word of ['"node:', 'waitUntil', 'cf-ipcountry']) assert.ok(!text('samplit.js').includes(word), word);
  assert.ok(existsSync(join(dist, 'log.js')));
});

for (const budget of budgets) {
  test(`${budget.entry} fits its bytes`, () => {
    const bytes = entryBytes(budget);
    assert.ok(bytes <= budget.bytes, `${budget.files.join(' + ')}: ${bytes} of ${budget.bytes} bytes`);
  });
}

test('docs/api.md is what the types say', () => {
  assert.equal(readFileSync(join(root, 'docs/api.md'), 'utf8'), generateApi(), 'run: npm run api');
});
