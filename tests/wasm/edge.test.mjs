// SPDX-License-Identifier: MIT
// wasm/examples/worker in workerd, as `npm run example:worker` starts it: worker, KV, assets, cache and a collector.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { place } from '../../wasm/examples/worker/local/place.mjs';
import { setCookies, soon, until } from './client_support.mjs';
import { client, moduleOf, root, shipped } from './support.mjs';
import { serve } from './workerd.mjs';

const bundle = join(root, 'models/hero-policy/hero-policy.safetensors');
const native = process.env.SAMPLIT ?? join(root, 'build/release/samplit');
const core = client.loadSync(moduleOf(shipped[1]), readFileSync(bundle));
const texts = { control: 'Tea for every day', 'social-proof': '12,000 cups', urgency: '200 tins' };
const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1';
const desktop = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36';
const ends = [];

after(() => ends.forEach((end) => end()));

async function listen(handler) {
  const server = createServer(handler);
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  ends.push(() => (server.closeAllConnections(), server.close()));
  return `127.0.0.1:${server.address().port}`;
}

/** Serves the example. `got` holds what the collector took; it takes nothing while `isDown`, and answers once `held` resolves. `edit` changes the config. */
async function start({ edit = (text) => text, ...options } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'samplit-edge-'));
  const site = { folder, got: [], held: undefined };
  const collect = await listen(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    if (site.isDown) return response.writeHead(503).end();
    for (const line of body.trimEnd().split('\n')) site.got.push(JSON.parse(line));
    await site.held;
    response.end();
  });
  place(folder, { bundle, listen: '127.0.0.1:0', collect: `http://${collect}/`, ...options });
  const config = join(folder, 'config.capnp');
  writeFileSync(config, edit(readFileSync(config, 'utf8')));
  const { process, origin } = await serve(folder, 'ignore');
  ends.push(() => (process.kill(), rmSync(folder, { recursive: true })));
  return Object.assign(site, { origin });
}

async function visit({ origin }, { path = '/', unit, cookie, headers = {}, ...init } = {}) {
  const sent = cookie ?? (unit ? `samplit.unit=${unit}` : '');
  const response = await fetch(origin + path, { redirect: 'manual', ...init, headers: { 'user-agent': phone, cookie: sent, ...headers } });
  return { response, html: await response.text(), cookie: setCookies(response).map((text) => text.split(';')[0]).join('; ') };
}

const variantOf = (html) => Object.keys(texts).filter((name) => html.includes(texts[name])).join();
const unitOf = (i) => String(i).padStart(32, '0');
const main = await start();

function contextOf(path, headers) {
  return { ...client.requestContext(new Request(main.origin + path, { headers })), is_returning: true };
}

// What the program decides for one unit in many contexts.
function decidedByNative(unit, contexts) {
  const input = contexts.map((context) => `${JSON.stringify(context)}\n`).join('');
  const args = ['decide', bundle, '--unit', unit, '--context', '-', '--json'];
  return execFileSync(native, args, { input, encoding: 'utf8' }).trimEnd().split('\n').map((line) => JSON.parse(line));
}

test('pages are decided as the core and the program decide, whatever the request', async (t) => {
  const requests = [];
  for (const agent of [phone, desktop]) {
    for (const country of ['US', 'GB', 'CH']) {
      for (const path of ['/?utm_source=google&utm_medium=cpc', '/?fbclid=x', '/?utm_source=instagram', '/']) {
        requests.push({ path, headers: { 'user-agent': agent, 'cf-ipcountry': country, 'accept-language': 'en' } });
      }
    }
  }
  const seen = new Set();
  const made = [];
  for (const { path, headers } of requests) {
    for (const i of [1, 2, 3]) {
      const { html } = await visit(main, { path, headers, unit: unitOf(i) });
      const decision = core.decide('hero', unitOf(i), contextOf(path, headers));
      assert.equal(variantOf(html), decision.variant, `${path} ${JSON.stringify(headers)}`);
      seen.add(decision.segment);
      if (i === 1) made.push(decision.trace);
    }
  }
  assert.ok(seen.size >= 8, [...seen].join(' '));
  await until(() => main.got.length === requests.length * 3);
  const traces = new Set(main.got.map(({ trace }) => trace));
  for (const trace of made) assert.ok(traces.has(trace));
  if (!existsSync(native)) return t.diagnostic(`NOT COMPARED WITH THE PROGRAM: no ${native}`);
  const contexts = requests.map(({ path, headers }) => contextOf(path, headers));
  assert.deepEqual(decidedByNative(unitOf(1), contexts).map(({ trace }) => trace), made);
});

test('a visitor gets a cookie once, keeps the variant, and is exposed once', async () => {
  const first = await visit(main);
  assert.match(first.cookie, /samplit\.unit=[0-9a-f]{32}; samplit\.shown=/);
  const [unit] = /[0-9a-f]{32}/.exec(first.cookie);
  for (let i = 0; i < 5; i++) {
    const next = await visit(main, { cookie: first.cookie });
    assert.deepEqual([variantOf(next.html), next.cookie], [variantOf(first.html), '']);
  }
  const [last] = /[0-9a-f]{32}/.exec((await visit(main)).cookie);
  await until(() => main.got.some((event) => event.unit === last)); // so nothing of before is on its way
  assert.equal(main.got.filter((event) => event.unit === unit).length, 1);
});

test('an order is an outcome of what was shown', async () => {
  const { cookie } = await visit(main);
  const [unit] = /[0-9a-f]{32}/.exec(cookie);
  const { response } = await visit(main, { path: '/order', method: 'POST', body: new URLSearchParams({ value: '18' }), cookie });
  assert.deepEqual([response.status, response.headers.get('location')], [303, '/thanks']);
  await until(() => main.got.filter((event) => event.unit === unit).length === 2);
  const [shown, outcome] = main.got.filter((event) => event.unit === unit);
  assert.deepEqual([outcome.type, outcome.name, outcome.value, outcome.exposure], ['outcome', 'purchase', 18, shown.id]);
});

test('the page does not wait for the collector', async () => {
  let release;
  main.held = new Promise((done) => (release = done));
  const before = main.got.length;
  const { html } = await visit(main); // would never end
  assert.notEqual(variantOf(html), '');
  await until(() => main.got.length === before + 1);
  release();
  main.held = undefined;
});

test('a collector that is down gets the events when it is back', async () => {
  const site = await start();
  site.isDown = true;
  for (let i = 0; i < 5; i++) await visit(site, { unit: unitOf(i) });
  await soon(600); // they were refused
  site.isDown = false;
  await visit(site, { unit: unitOf(5) });
  await until(() => site.got.length === 6);
  assert.deepEqual(site.got.map(({ unit }) => unit), [0, 1, 2, 3, 4, 5].map(unitOf));
});

test('pages hold one variant, and nothing of the others', async () => {
  for (const name of Object.keys(texts)) {
    const { html, response } = await visit(main, { path: `/?samplit_force=hero:${name}` });
    assert.equal(variantOf(html), name);
    assert.doesNotMatch(html, /template|data-samplit/);
    assert.equal(html.match(/<h1>/g).length, 1);
    assert.equal(response.headers.get('cache-control'), 'private, no-cache');
    for (const header of ['vary', 'etag', 'last-modified', 'cf-cache-status']) assert.equal(response.headers.get(header), null, header);
  }
});

test('each variant of a page is cached once for all visitors, without their cookies', async () => {
  const site = await start();
  const page = join(site.folder, 'site/index.html');
  for (const name of ['control', 'urgency']) await visit(site, { path: `/?samplit_force=hero:${name}` });
  writeFileSync(page, readFileSync(page, 'utf8').replace('Six teas', 'Seven teas'));
  const count = async (name, cookie) => {
    const { html, response } = await visit(site, { path: `/?utm_source=x&samplit_force=hero:${name}`, cookie });
    assert.equal(variantOf(html), name);
    return [/(Six|Seven) teas/.exec(html)[1], setCookies(response).length];
  };
  assert.deepEqual(await count('control'), ['Six', 1]);
  assert.deepEqual(await count('urgency', `samplit.unit=${unitOf(7)}`), ['Six', 0]);
  assert.deepEqual(await count('social-proof'), ['Seven', 1]); // not cached yet
  assert.deepEqual(await count('social-proof'), ['Seven', 1]);
});

test('pages where nothing is tried, files and missing pages are as they lie there', async () => {
  assert.match((await visit(main, { path: '/teas' })).html, /Sencha/);
  const style = await visit(main, { path: '/style.css' });
  assert.deepEqual([style.html, style.cookie], [readFileSync(join(main.folder, 'site/style.css'), 'utf8'), '']);
  assert.equal(style.response.headers.get('content-type'), 'text/css; charset=utf-8');
  assert.equal((await visit(main, { path: '/nothing' })).response.status, 404);
  const head = await visit(main, { method: 'HEAD' });
  assert.deepEqual([head.response.status, head.html, head.cookie], [200, '', '']);
});

test('without KV, without its bundle, and with a broken one, everybody sees the control', async () => {
  const broken = join(main.folder, 'broken');
  writeFileSync(broken, readFileSync(bundle).subarray(0, 5000));
  const never = await listen(() => {});
  const wrong = await listen((_, response) => response.writeHead(500).end());
  const none = await listen((_, response) => response.writeHead(404).end());
  for (const options of [{ bundle: broken }, { kv: never }, { kv: wrong }, { kv: none }, { kv: '127.0.0.1:1' }]) {
    const site = await start(options);
    const started = Date.now();
    const { html, response } = await visit(site, { unit: unitOf(1) });
    assert.deepEqual([response.status, variantOf(html)], [200, 'control'], JSON.stringify(options));
    assert.ok(Date.now() - started < 5000); // 300 ms and what a loaded machine adds
    assert.deepEqual(site.got, []);
  }
});

test('KV that comes back decides from then on', async () => {
  let isDown = true;
  const kv = await listen((_, response) => (isDown ? response.writeHead(503).end() : response.end(readFileSync(bundle))));
  const site = await start({ kv });
  assert.equal(variantOf((await visit(site, { unit: unitOf(1) })).html), 'control');
  isDown = false;
  const seen = new Set();
  for (let i = 0; i < 40; i++) seen.add(variantOf((await visit(site, { unit: unitOf(i) })).html));
  assert.ok(seen.has('social-proof'), [...seen].join());
});

test('without a cache pages are made anew', async () => {
  const site = await start({ edit: (config) => config.replace('cacheApiOutbound = "cache"', '') });
  for (let i = 0; i < 3; i++) {
    const { html } = await visit(site, { unit: unitOf(i) });
    assert.equal(variantOf(html), core.decide('hero', unitOf(i), contextOf('/', { 'user-agent': phone })).variant);
  }
});

test('a page without a place for the variant stays the control, and nothing is logged', async () => {
  const site = await start();
  const page = join(site.folder, 'site/index.html');
  writeFileSync(page, readFileSync(page, 'utf8').replaceAll(/<template.*template>/g, ''));
  const seen = await visit(site, { path: '/?samplit_force=hero:urgency' });
  assert.equal(variantOf(seen.html), 'control');
  for (let i = 0; i < 20; i++) await visit(site, { unit: unitOf(i) });
  const controls = Array.from({ length: 20 }, (_, i) => core.decide('hero', unitOf(i), contextOf('/', { 'user-agent': phone })));
  const count = controls.filter(({ variant }) => variant === 'control').length;
  await until(() => site.got.length === count);
  assert.ok(site.got.every(({ variant }) => variant === 'control'));
});

test('wrangler and workerd are told of every binding and module that the worker uses', () => {
  const read = (name) => readFileSync(join(root, 'wasm/examples/worker', name), 'utf8');
  const source = read('src/worker.js') + read('src/pages.js');
  const bindings = new Set([...source.matchAll(/\benv\.([A-Z]+)/g)].map(([, name]) => name));
  assert.deepEqual([...bindings].sort(), ['ASSETS', 'BUNDLES', 'COLLECT']);
  for (const name of bindings) {
    assert.match(read('wrangler.toml'), new RegExp(`"${name}"|^${name} =`, 'm'), name);
    assert.ok(read('local/config.capnp').includes(`(name = "${name}"`), name);
  }
  for (const [, name] of source.matchAll(/from '(?:\.\/)?(.*)'/g)) assert.ok(read('local/config.capnp').includes(`(name = "${name}"`), name);
  assert.match(source, /^import module from 'samplit\/wasm';$/m); // which does not end in .wasm
  assert.match(read('wrangler.toml'), /^\[\[rules\]\].*\ntype = "CompiledWasm"\nglobs = \["samplit\/wasm"\]\nfallthrough = true$/m);
});
