// SPDX-License-Identifier: MIT
// Loading: what a module and a bundle may come as, what is refused, and how a page goes on then.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bundleBytes, client, moduleOf, modules, shipped } from './support.mjs';

const { Samplit, SamplitError, load, loadOrDefault, loadSync, moduleName } = client;
const module = moduleOf(shipped[0]);
const moduleBytes = () => readFileSync(join(modules, moduleName()));
const garbage = new Uint8Array([0, 97, 115, 109, 9, 9, 9, 9]);
const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]); // a module without anything

const files = { '/module': moduleBytes, '/bundle': bundleBytes, '/page': () => '<!doctype html>' };
const server = createServer(({ url }, response) => {
  if (files[url]) response.end(files[url]());
  else response.writeHead(404).end('gone');
});
let origin;

before(async () => {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(() => server.close());

async function errorOf(promise) {
  const error = await promise.then(() => assert.fail('it was not refused'), (reason) => reason);
  assert.ok(error instanceof SamplitError, String(error));
  return error;
}

test('a module comes compiled, as bytes, as a response, or as a promise of those', async () => {
  const bytes = moduleBytes();
  for (const source of [module, bytes, Promise.resolve(bytes), new Response(bytes), fetch(`${origin}/module`)]) {
    const samplit = await load(source, Promise.resolve(bundleBytes()));
    assert.equal(samplit.decide('hero', 'u1').reason, 'policy');
  }
});

test('a bundle comes as bytes of any kind, as a response, or as a promise of those', async () => {
  const padded = new Uint8Array([0, ...bundleBytes()]);
  const view = new DataView(padded.buffer, 1);
  for (const source of [bundleBytes(), bundleBytes().buffer, view, new Response(bundleBytes()), fetch(`${origin}/bundle`)]) {
    assert.equal((await load(module, source)).decide('hero', 'u1').reason, 'policy');
  }
});

test('only null means no bundle', async () => {
  assert.equal((await load(module, null)).bundle, '');
  assert.equal(loadSync(module, null).bundle, '');
  for (const nothing of [undefined, false, 0, '', 'bundle', {}, []]) {
    assert.equal((await errorOf(load(module, nothing))).status, 'INVALID_ARGUMENT');
    assert.throws(() => loadSync(module, nothing), { name: 'SamplitError', status: 'INVALID_ARGUMENT' });
  }
});

test('what is no Samplit module is refused, with the cause', async () => {
  for (const source of [undefined, null, 7, 'module', garbage, empty, new Uint8Array(0), new WebAssembly.Module(empty)]) {
    assert.equal((await errorOf(load(source, null))).status, 'INVALID_ARGUMENT');
  }
  assert.throws(() => loadSync(undefined, null), { name: 'SamplitError', status: 'INVALID_ARGUMENT' });
  assert.throws(() => loadSync(new WebAssembly.Module(empty), null), { name: 'SamplitError', status: 'INVALID_ARGUMENT' });
  assert.ok((await errorOf(load(garbage, null))).cause instanceof WebAssembly.CompileError);
  assert.equal('cause' in (await errorOf(load(module, corrupt()))), false);
});

test('failed answers and failed promises are refused', async () => {
  assert.equal((await errorOf(load(module, fetch(`${origin}/gone`)))).status, 'NOT_FOUND');
  assert.equal((await errorOf(load(fetch(`${origin}/gone`), null))).status, 'NOT_FOUND');
  for (const error of [await errorOf(load(module, offline())), await errorOf(load(offline(), null))]) {
    assert.ok(error.cause instanceof TypeError);
    assert.match(error.message, /offline/);
  }
});

async function goOn(moduleSource, bundleSource) {
  const heard = [];
  const samplit = await loadOrDefault(moduleSource, bundleSource, (error) => heard.push(error));
  assert.ok(heard.every((error) => error instanceof SamplitError));
  return { samplit, decision: samplit.decide('hero', 'u1', { country: 'US' }), heard: heard.map(({ status }) => status) };
}

const offline = () => Promise.reject(new TypeError('offline'));
const corrupt = () => bundleBytes().fill(0, 9, 40);
const control = { variant: 'control', index: 0, propensity: 1, probabilities: [1], reason: 'default', segment: 'global' };

test('loadOrDefault is load where nothing is wrong', async () => {
  const { samplit, decision, heard } = await goOn(fetch(`${origin}/module`), fetch(`${origin}/bundle`));
  assert.ok(samplit instanceof Samplit);
  assert.deepEqual(decision, loadSync(module, bundleBytes()).decide('hero', 'u1', { country: 'US' }));
  assert.deepEqual(heard, []);
});

test('loadOrDefault goes on without a bundle where the bundle is missing or bad', async () => {
  const cases = [
    [() => fetch(`${origin}/gone`), 'NOT_FOUND'], [corrupt, 'BAD_HEADER'], [() => fetch(`${origin}/page`), 'BAD_HEADER'],
    [() => undefined, 'INVALID_ARGUMENT'], [offline, 'INVALID_ARGUMENT'],
  ];
  for (const [bundle, status] of cases) {
    const { samplit, decision, heard } = await goOn(fetch(`${origin}/module`), bundle());
    assert.ok(samplit instanceof Samplit);
    assert.deepEqual({ ...decision, ...control }, decision);
    assert.equal(heard.length, 1);
    assert.equal(heard[0], status);
  }
});

test('loadOrDefault goes on without a module where the module is missing or bad', async () => {
  const sources = [
    () => fetch(`${origin}/gone`), () => fetch(`${origin}/page`), () => garbage, () => empty, () => undefined, offline,
  ];
  for (const source of sources) {
    const { decision, heard } = await goOn(source(), fetch(`${origin}/bundle`));
    assert.deepEqual(decision, {
      experiment: 'hero', ...control, level: 0, matchedLevel: 0, node: 0, bundle: '', trace: '0000000000000000',
    });
    assert.equal(heard.length, 1);
  }
  assert.equal((await goOn(fetch(`${origin}/gone`), fetch(`${origin}/gone`))).decision.reason, 'default');
});

test('loadOrDefault goes on where onError itself fails', async () => {
  for (const report of [() => { throw new Error('no'); }, () => Promise.reject(new Error('no')), undefined]) {
    assert.equal((await loadOrDefault(module, corrupt(), report)).decide('hero', 'u1').reason, 'default');
  }
});
