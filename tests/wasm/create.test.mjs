// SPDX-License-Identifier: MIT
// createClient: how a bundle comes, is checked, kept, refreshed and swapped, and that a page goes on whatever happens to it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, bundle, createClient, createClientSync, holdTime, openCache, serveAll, signer, soon, until, versioned } from './client_support.mjs';
import { bundleBytes, bundleOfVersion, bundleWith, client as core, dist, moduleOf, shipped } from './support.mjs';

const module = moduleOf(shipped[1]);
const id = core.loadSync(module, bundle).bundle;
const newer = bundleWith(id, `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`);
const newerId = core.loadSync(module, newer).bundle;
const keys = signer();

let now = bundle; // what the server has
const live = versioned(() => now);
const pages = {
  '/live': live.page,
  '/live.minisig': (_, response) => response.end(keys.minisig(now)),
  '/good': (_, response) => response.end(bundle),
  '/good.minisig': (_, response) => response.end(keys.minisig(bundle)),
  '/forged.minisig': (_, response) => response.end(signer().minisig(bundle)),
  '/error': (_, response) => response.writeHead(500).end('no'),
  '/truncated': (_, response) => response.end(bundle.subarray(0, bundle.length - 100)),
  '/cut': (_, response) => {
    response.writeHead(200, { 'content-length': bundle.length });
    response.write(bundle.subarray(0, 1000), () => response.destroy());
  },
  '/page': (_, response) => response.end('<!doctype html><title>gone</title>'),
  '/future': (_, response) => response.end(bundleOfVersion(99)),
  '/tenfold': (_, response) => response.end(Buffer.concat(Array(10).fill(Buffer.from(bundle)))),
  '/slow': (_, response) => setTimeout(() => response.end(bundle), 150),
};
let server;
const url = (path) => server.origin + path;
const wait = { timeout_ms: 60_000 };

before(async () => (server = await serveAll(pages)));
after(() => server.close());

const served = { variant: 'control', index: 0, propensity: 1, probabilities: [1], reason: 'default', segment: 'global', bundle: '' };
function assertControl(client) {
  const decision = client.decide('hero', ask);
  assert.deepEqual({ ...decision, ...served }, decision);
}

test('a bundle comes by address, as bytes, or as an answer, and decides what the core decides', async () => {
  const { variant, trace } = core.loadSync(module, bundle).decide('hero', ask.unit, ask.context);
  for (const source of [url('/good'), new URL(url('/good')), bundle, bundle.buffer, await fetch(url('/good'))]) {
    const client = await createClient({ bundle: source, ...wait });
    const made = client.decide('hero', ask);
    assert.deepEqual([made.variant, made.trace, made.unit], [variant, trace, 'u1']);
    assert.deepEqual([client.status, client.bundle, client.error, client.experiments[0].key], ['ready', id, undefined, 'hero']);
  }
});

test('a client that is made at once decides at once', () => {
  const bytes = readFileSync(join(dist, shipped[0]));
  for (const code of [module, bytes]) {
    const client = createClientSync({ module: code, bundle });
    assert.deepEqual([client.status, client.decide('hero', ask).reason], ['ready', 'policy']);
  }
});

test('a client that is made at once from bad parts serves the control and says why', async () => {
  for (const [code, bytes] of [[new Uint8Array(9), bundle], [module, bundle.subarray(9)], [undefined, bundle], [module, undefined]]) {
    const client = createClientSync({ module: code, bundle: bytes });
    assertControl(client);
    await until(() => client.error);
    assert.equal(client.status, 'default');
  }
  assertControl(createClientSync({ module, bundle: null }));
});

const bad = {
  '/gone': 'NOT_FOUND', '/error': 'NOT_FOUND', '/truncated': 'TRUNCATED|BAD_OFFSETS', '/cut': 'INVALID_ARGUMENT', '/page': 'BAD_HEADER',
  '/future': 'UNKNOWN_VERSION', '/tenfold': 'TOO_LARGE',
};
for (const [path, status] of Object.entries(bad)) {
  test(`${path.slice(1)}: the control is served, and the error says ${status}`, async () => {
    const heard = [];
    const client = await createClient({ bundle: url(path), maxBytes: 2 * bundle.length, onError: (error) => heard.push(error), ...wait });
    assertControl(client);
    await soon();
    assert.equal(client.status, 'default');
    assert.match(client.error.status, new RegExp(`^(${status})$`));
    assert.deepEqual(heard.map((error) => error.status), [client.error.status]);
    assert.equal(heard[0].name, 'SamplitError');
  });
}

test('no server, no address, nothing at all: the control', async () => {
  for (const source of ['http://127.0.0.1:1/b', 'no address', '', undefined, null, 7, {}]) assertControl(await createClient({ bundle: source, ...wait }));
  for (const code of ['http://127.0.0.1:1/m', url('/page'), new Uint8Array(5), 7]) {
    assertControl(await createClient({ bundle, module: code, ...wait }));
  }
});

test('what onError and subscribers throw does not matter', async () => {
  const fail = () => { throw new Error('no'); };
  const client = await createClient({ bundle: url('/gone'), onError: fail, ...wait });
  client.subscribe(fail);
  client.subscribe(() => Promise.reject(new Error('no')));
  client.force('hero', 1);
  await soon();
  assertControl(client);
});

test('a slow bundle does not hold the page up, and takes the place of the control when it comes', async () => {
  const started = performance.now();
  const client = await createClient({ bundle: url('/slow'), timeout_ms: 30 });
  assert.ok(performance.now() - started < 140);
  assertControl(client);
  const signals = [];
  client.subscribe((signal) => signals.push(signal.type));
  await until(() => client.status === 'ready');
  assert.equal(client.decide('hero', ask).reason, 'policy');
  await soon();
  assert.deepEqual(signals, ['bundle', 'status']);
});

test('an answer that never ends is given up after half a minute', async (t) => {
  const { fetch } = globalThis;
  t.after(() => (globalThis.fetch = fetch));
  globalThis.fetch = (_, { signal }) => new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)));
  const time = holdTime(t);
  const pending = createClient({ bundle: 'https://slow.example/b', module, timeout_ms: 60_000 });
  await time.settle();
  await time.tick(30_001);
  const client = await pending;
  assert.equal(client.error.status, 'TIMED_OUT');
  assertControl(client);
});

test('a refresh asks with the ETag and swaps in one step, and two at once are one', async () => {
  now = bundle;
  const client = await createClient({ bundle: url('/live'), ...wait });
  const before = { ...live.asked };
  assert.deepEqual(await Promise.all([client.refresh(), client.refresh()]), [false, false]);
  assert.deepEqual(live.asked, { full: before.full, unchanged: before.unchanged + 1 });
  now = newer;
  const pending = client.refresh();
  assert.equal(client.decide('hero', ask).bundle, id);
  assert.equal(await pending, true);
  assert.deepEqual([client.decide('hero', ask).bundle, client.bundle, client.status], [newerId, newerId, 'ready']);
  now = bundle;
});

test('a bad newer bundle leaves the old one serving, as stale, until a good one comes', async () => {
  now = bundle;
  const client = await createClient({ bundle: url('/live'), publicKey: keys.key, ...wait });
  for (const worse of [bundleOfVersion(2), newer.subarray(0, 500), new Uint8Array(0), Buffer.from('<!doctype html>')]) {
    now = worse;
    assert.equal(await client.refresh(), false);
    assert.deepEqual([client.status, client.decide('hero', ask).reason, client.bundle], ['stale', 'policy', id]);
    assert.equal(client.error.name, 'SamplitError');
  }
  now = newer;
  assert.equal(await client.refresh(), true);
  assert.deepEqual([client.status, client.bundle, client.error], ['ready', newerId, undefined]);
  now = bundle;
});

test('a bundle is asked for again in the background, until the client is closed', async () => {
  now = bundle;
  const client = await createClient({ bundle: url('/live'), refresh_ms: 10, ...wait });
  now = newer;
  await until(() => client.bundle === newerId);
  client.close();
  now = bundle;
  await soon(60);
  assert.equal(client.bundle, newerId);
});

test('a signed bundle is taken, and one that is not signed by a pinned key is not', async () => {
  const options = { bundle: url('/good'), ...wait };
  for (const publicKey of [keys.key, [signer('other---').key, keys.key], `untrusted comment: k\n${keys.key}\n`]) {
    assert.equal((await createClient({ ...options, publicKey })).status, 'ready');
  }
  assert.equal((await createClient({ ...options, publicKey: keys.key, signature: keys.minisig(bundle) })).status, 'ready');
  const refused = [
    { publicKey: signer('other---').key }, { publicKey: signer().key }, { publicKey: keys.key, signature: url('/forged.minisig') },
    { publicKey: keys.key, signature: keys.minisig(newer) }, { publicKey: '' }, { publicKey: 'no key' },
  ];
  for (const wrong of refused) {
    const client = await createClient({ ...options, ...wrong });
    assertControl(client);
    assert.equal(client.error.status, 'BAD_SIGNATURE');
  }
  const unsigned = await createClient({ ...options, publicKey: keys.key, signature: url('/gone') });
  assertControl(unsigned);
  assert.equal(unsigned.error.status, 'NOT_FOUND');
  const answer = await createClient({ ...options, bundle: await fetch(url('/good')), publicKey: keys.key });
  assert.equal(answer.error.status, 'BAD_SIGNATURE');
});

test('the last good bundle is kept: without a server it serves, checked again', async () => {
  now = bundle;
  const offline = openCache();
  const options = { offline, publicKey: keys.key, ...wait };
  const site = await serveAll({ ...pages });
  const source = `${site.origin}/live`;
  await createClient({ bundle: source, ...options });
  await until(() => offline.all.size === 1);
  site.close();
  const client = await createClient({ bundle: source, ...options });
  assert.deepEqual([client.decide('hero', ask).reason, client.bundle], ['policy', id]);
  await until(() => client.status === 'stale');
  const forged = await createClient({ bundle: source, ...options, publicKey: signer().key });
  assertControl(forged);
  await until(() => offline.all.size === 0); // what does not pass is not kept
});

test('a kept bundle serves at once, and the newer one takes its place', async () => {
  now = bundle;
  const offline = openCache();
  await createClient({ bundle: url('/live'), offline, ...wait });
  await until(() => offline.all.size === 1);
  const { full, unchanged } = live.asked;
  const same = await createClient({ bundle: url('/live'), offline, ...wait });
  await until(() => live.asked.unchanged === unchanged + 1); // with the ETag that was kept
  assert.deepEqual([same.status, live.asked.full], ['ready', full]);
  now = newer;
  const client = await createClient({ bundle: url('/live'), offline, ...wait });
  assert.equal(client.bundle, id);
  await until(() => client.bundle === newerId);
  now = bundle;
});

test('a kept bundle that is spoiled, and a cache that fails, are no worse than none', async () => {
  now = bundle;
  const offline = openCache();
  await offline.put(url('/live'), new Response(bundle.subarray(0, 99)));
  assert.equal((await createClient({ bundle: url('/live'), offline, ...wait })).status, 'ready');
  const denied = () => Promise.reject(new DOMException('denied', 'SecurityError'));
  const broken = () => { throw new DOMException('denied', 'SecurityError'); };
  for (const fail of [denied, broken]) {
    const client = await createClient({ bundle: url('/live'), offline: { match: fail, put: fail, delete: fail }, ...wait });
    assert.equal(client.status, 'ready');
  }
});

test('nothing is kept without consent, and what was kept goes with it', async () => {
  now = bundle;
  const offline = openCache();
  const client = await createClient({ bundle: url('/live'), offline, consent: false, ...wait });
  await soon();
  assert.deepEqual([client.status, offline.all.size], ['ready', 0]);
  client.consent(true);
  await until(() => offline.all.size === 1);
  client.consent(false);
  await until(() => offline.all.size === 0);
});

test('without WebAssembly the control is served, and the error says so', async (t) => {
  const { WebAssembly } = globalThis;
  t.after(() => (globalThis.WebAssembly = WebAssembly));
  delete globalThis.WebAssembly;
  const clients = [
    await createClient({ bundle, ...wait }), await createClient({ bundle, module: new Uint8Array(8), ...wait }),
    await createClient({ bundle: url('/good'), module: url('/gone'), ...wait }),
  ];
  for (const client of clients) {
    assertControl(client);
    assert.deepEqual([client.status, client.error.status], ['default', 'UNSUPPORTED']);
    assert.deepEqual(client.decideAll(ask), {});
    assert.deepEqual(client.rank('hero', ask).map((one) => one.variant), ['control']);
  }
});

test('without simd128 the scalar module decides the same', async (t) => {
  const wide = (await createClient({ bundle, ...wait })).decide('hero', ask);
  const { validate } = WebAssembly;
  t.after(() => (WebAssembly.validate = validate));
  WebAssembly.validate = () => false;
  const client = await createClient({ bundle, ...wait });
  assert.deepEqual(client.decide('hero', ask), wide);
});

test('two clients have nothing to do with each other', async () => {
  const [one, two] = await Promise.all([createClient({ bundle, ...wait }), createClient({ bundle: bundleBytes('learned.safetensors'), ...wait })]);
  one.force('hero', 'calm');
  assert.notEqual(one.bundle, two.bundle);
  assert.deepEqual([one.decide('hero', ask).reason, Object.keys(two.forced).length], ['forced', 0]);
  one.close();
  assert.equal(two.decide(two.experiments[0].key, ask).bundle, two.bundle);
  assert.equal(one.decide('cta', ask).bundle, id); // a closed client still decides
});
