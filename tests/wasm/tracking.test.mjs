// SPDX-License-Identifier: MIT
// Exposures and outcomes: what is logged, once, by whose leave, and what becomes of it when the collector is not there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, bundle, collector, createClient, holdTime, openStore, serveAll, soon, until } from './client_support.mjs';
import { bundleBytes, bundleWith, client as core, moduleOf, shipped } from './support.mjs';

const module = moduleOf(shipped[1]);
const id = core.loadSync(module, bundle).bundle;
const quick = { delay_ms: 1, retry_ms: 1, retryMax_ms: 4 };

async function open(options = {}) {
  const to = collector();
  const client = await createClient({ bundle, module, collect: to.take, queue: quick, ...options });
  await client.flush(); // the log is there
  return { client, to };
}

const kinds = (events) => events.map(({ type, experiment, unit, variant, name }) => [type, experiment, unit, variant ?? name].join(' '));

test('an exposure has what learning needs, and replays to its trace', async () => {
  const { client, to } = await open({ region: 'eu', sendContext: true });
  const decision = client.decide('hero', ask);
  await client.flush();
  const [seen] = to.got;
  const { variant, propensity, probabilities, reason, segment, level, trace } = decision;
  assert.deepEqual({ ...seen, variant, propensity, probabilities, reason, segment, level, trace, bundle: id, unit: 'u1', region: 'eu', mode: 'online', context: ask.context }, seen);
  assert.match(seen.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(core.loadSync(module, bundle).decide('hero', seen.unit, seen.context).trace, seen.trace);
});

test('raw context stays unless it is turned on', async () => {
  const { client, to } = await open();
  client.decide('hero', ask);
  await client.flush();
  assert.equal('context' in to.got[0], false);
});

test('an exposure is logged once per unit, experiment, variant and bundle', async () => {
  const { client, to } = await open();
  for (let i = 0; i < 5; i++) for (const unit of ['u1', 'u2']) for (const key of ['hero', 'cta']) client.decide(key, { ...ask, unit });
  await client.flush();
  assert.deepEqual(to.got.map(({ experiment, unit }) => `${experiment} ${unit}`).sort(), ['cta u1', 'cta u2', 'hero u1', 'hero u2']);
});

test('a bundle that is swapped in mid-session is exposed anew', async () => {
  const newer = bundleWith(id, `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`);
  let now = bundle;
  const server = await serveAll({ '/b': (_, response) => response.end(now) });
  const { client, to } = await open({ bundle: `${server.origin}/b` });
  client.decide('hero', ask);
  now = newer;
  await client.refresh();
  client.decide('hero', ask);
  client.decide('hero', ask);
  await client.flush();
  server.close();
  assert.deepEqual(to.got.map((event) => event.bundle), [id, client.bundle]);
  assert.notEqual(client.bundle, id);
});

test('peeking, listing and ranking log nothing; what was peeked at is logged when it is shown', async () => {
  const { client, to } = await open();
  const decision = client.peek('hero', ask);
  client.decideAll(ask);
  client.rank('hero', ask);
  await client.flush();
  assert.equal(to.got.length, 0);
  client.expose({ ...decision });
  client.expose(decision);
  await client.flush();
  assert.deepEqual(to.got.map((event) => event.trace), [decision.trace]);
});

test('what nobody drew is not logged: forced, unknown, without a unit', async () => {
  const { client, to } = await open();
  client.force('hero', 'bold');
  assert.equal(client.decide('hero', ask).reason, 'forced');
  client.decide('no such experiment', ask);
  client.decide('cta', { unit: '' });
  await client.flush();
  assert.deepEqual(to.got, []);
});

test('an outcome goes to every exposure of its unit, and to no other', async () => {
  const { client, to } = await open();
  client.decide('hero', ask);
  client.decide('cta', ask);
  client.decide('hero', { unit: 'u2' });
  client.track('purchase', { value: 42, unit: 'u1' });
  client.track('signup', { unit: 'u2', experiment: 'hero' });
  client.track('signup', { unit: 'u2', experiment: 'cta' });
  client.track('purchase', { unit: 'nobody' });
  await client.flush();
  const [hero, cta, other] = to.got;
  const outcomes = to.got.slice(3).map(({ exposure, experiment, unit, name, value }) => ({ exposure, experiment, unit, name, value }));
  assert.deepEqual(outcomes, [
    { exposure: hero.id, experiment: 'hero', unit: 'u1', name: 'purchase', value: 42 },
    { exposure: cta.id, experiment: 'cta', unit: 'u1', name: 'purchase', value: 42 },
    { exposure: other.id, experiment: 'hero', unit: 'u2', name: 'signup', value: 1 },
  ]);
});

test('without a unit it is the visitor of the client', async () => {
  const { client, to } = await open();
  const { unit } = client.decide('hero');
  client.track('purchase');
  await client.flush();
  assert.match(unit, /^[0-9a-f]{32}$/);
  assert.equal(client.unit, unit);
  assert.deepEqual(to.got.map((event) => event.unit), [unit, unit]);
});

test('an outcome that is none is an error for onError, not for the page', async () => {
  const heard = [];
  const { client, to } = await open({ onError: (error) => heard.push(error.status) });
  client.decide('hero', ask);
  for (const value of [NaN, Infinity, '42', null, 1e101, {}]) client.track('purchase', { value, unit: 'u1' });
  for (const name of ['', 'a'.repeat(65), 'ü'.repeat(33), 7, null, undefined, Symbol('s'), {}]) client.track(name, { unit: 'u1' });
  await client.flush();
  assert.deepEqual(heard, Array(14).fill('INVALID_ARGUMENT'));
  assert.equal(to.got.length, 1);
});

test('what waits survives a reload, and is not exposed again', async () => {
  const storage = openStore();
  const down = () => Promise.reject(new Error('down'));
  const { client } = await open({ storage, collect: down });
  client.decide('hero', ask);
  client.track('purchase', { unit: 'u1' });
  await client.flush();
  client.close();
  const { client: reloaded, to } = await open({ storage });
  reloaded.decide('hero', ask);
  await reloaded.flush();
  assert.deepEqual(kinds(to.got), ['exposure hero u1 ' + to.got[0].variant, 'outcome hero u1 purchase']);
  assert.deepEqual([...storage.all.keys()].filter((key) => key.includes('queue')), []);
  reloaded.track('refund', { unit: 'u1' });
  await reloaded.flush();
  assert.equal(to.got[2].exposure, to.got[0].id);
});

test('a queue that somebody spoiled is dropped, and so is a list of what was shown', async () => {
  for (const text of ['', 'null', '{', '[[[', '\n\n', '{"time":"x"}', '\u{1f600}'.repeat(99), '[1,2]', '{"a":1}']) {
    const storage = openStore();
    storage.set('samplit.queue.', text);
    storage.set('samplit.shown.', text);
    storage.set('samplit.sticky', text);
    storage.set('samplit.unit', text);
    const { client, to } = await open({ storage });
    assert.match(client.decide('hero').unit, /^[0-9a-f]{32}$/);
    await client.flush();
    assert.equal(to.got.length, 1);
  }
});

test('two clients with one store send what is theirs, once', async () => {
  const storage = openStore();
  const to = collector();
  to.down = true;
  const [one, two] = [await open({ storage, collect: to.take }), await open({ storage, collect: to.take })];
  one.client.decide('hero', { ...ask, unit: 'a' });
  two.client.decide('hero', { ...ask, unit: 'b' });
  await Promise.all([one.client.flush(), two.client.flush()]);
  assert.equal(storage.get('samplit.queue.').split('\n').length, 2);
  to.down = false;
  await one.client.flush();
  assert.equal(storage.get('samplit.queue.').split('\n').length, 1);
  await two.client.flush();
  assert.deepEqual(to.got.map((event) => event.unit).sort(), ['a', 'b']);
  assert.equal(storage.get('samplit.queue.'), null);
});

test('storage that is full, denied or lies does not stop anything', async () => {
  const fail = () => { throw new DOMException('no', 'QuotaExceededError'); };
  const stores = [{ get: fail, set: fail, remove: fail }, { get: () => null, set() {}, remove() {} }, { ...openStore(), set: fail }];
  for (const storage of stores) {
    const { client, to } = await open({ storage });
    const { unit } = client.decide('hero');
    assert.equal(client.decide('hero').unit, unit);
    await client.flush();
    assert.equal(to.got.length, 1);
  }
});

test('an hour without collector: it is asked ever less often, then gets everything, in order', async (t) => {
  const time = holdTime(t);
  const to = collector();
  to.down = true;
  const client = await createClient({ bundle, module, collect: to.take, timeout_ms: 1e9 });
  for (let i = 0; i < 20; i++) client.decide('hero', { unit: `u${i}` });
  await time.settle();
  const wait = async (seconds) => {
    for (let second = 0; second < seconds; second++) await time.tick(1000);
  };
  await wait(60);
  assert.ok(to.calls >= 4 && to.calls <= 8, `${to.calls} in the first minute`);
  await wait(59 * 60);
  assert.ok(to.calls >= 15 && to.calls <= 35, `${to.calls} in an hour`);
  assert.equal(client.queued, 20);
  to.down = false;
  await wait(301);
  assert.deepEqual(to.got.map((event) => event.unit), Array.from({ length: 20 }, (_, i) => `u${i}`));
  assert.equal(client.queued, 0);
  client.close();
});

test('the queue is bounded in number, size and age; the newest stay', async () => {
  const down = () => Promise.reject(new Error('down'));
  const { client } = await open({ collect: down, queue: { ...quick, max: 10 } });
  for (let i = 0; i < 50; i++) client.decide('hero', { unit: `u${i}` });
  assert.equal(client.queued, 10);
  const long = await open({ collect: down, sendContext: true });
  const context = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a${i}`, 'x'.repeat(2000)]));
  for (let i = 0; i < 20; i++) long.client.decide('hero', { unit: `u${i}`, context });
  assert.equal(long.client.queued, 3); // of 81 kB each in 256 kB
  const storage = openStore();
  const old = await open({ storage, collect: down });
  old.client.decide('hero', ask);
  old.client.close();
  await soon(30);
  const { client: late, to } = await open({ storage, queue: { ...quick, maxAge_ms: 20 } });
  await late.flush();
  assert.deepEqual([late.queued, to.got.length], [0, 0]);
  for (const one of [client, long.client]) one.close();
});

test('what a wrong clock dated in the future does not keep what waits behind it from growing old', async (t) => {
  const time = holdTime(t);
  const { client, to } = await open();
  to.down = true;
  for (const [unit, at] of [['u1', Date.UTC(2080, 5, 5)], ['u2', Date.UTC(2026, 10, 21)]]) {
    time.set(at);
    client.decide('hero', { unit });
    await client.flush();
  }
  time.set(Date.UTC(2026, 10, 25));
  to.down = false;
  await client.flush();
  assert.deepEqual(to.got.map((event) => event.unit), ['u1']);
  client.close();
});

test('a clock that is wrong by years, or set right between, makes events that can be read', async (t) => {
  const time = holdTime(t);
  for (const wrong of [0, -1, Date.UTC(1969, 0, 1), Date.UTC(2080, 5, 5), 8.64e15, -8.64e15]) {
    time.set(wrong);
    const { client, to } = await open();
    client.decide('hero', ask);
    await client.flush();
    time.set(Date.UTC(2026, 10, 21));
    client.track('purchase', { unit: 'u1' });
    await client.flush();
    assert.deepEqual(to.got.map((event) => event.type), ['exposure', 'outcome']);
    for (const event of to.got) {
      assert.match(event.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.match(event.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    }
    client.close();
  }
});

const pages = { got: [], status: 200 };
let server;
before(async () => {
  server = await serveAll({
    '/events': (request, response, body) => {
      pages.got.push({ type: request.headers['content-type'], lines: body.trimEnd().split('\n').map((line) => JSON.parse(line)) });
      response.writeHead(pages.status).end();
    },
  });
});
after(() => server.close());

test('a collector with an address gets lines of JSON that need no preflight', async () => {
  const { client } = await open({ collect: new URL(`${server.origin}/events`) });
  client.decide('hero', ask);
  client.decide('cta', ask);
  await client.flush();
  assert.equal(pages.got.length, 1);
  assert.match(pages.got[0].type, /^text\/plain/);
  assert.deepEqual(pages.got[0].lines.map((event) => event.experiment), ['hero', 'cta']);
});

test('what the collector refuses for good is dropped, what it cannot take now is not', async () => {
  for (const [status, left] of [[400, 0], [401, 0], [404, 0], [413, 0], [500, 1], [503, 1], [429, 1], [408, 1]]) {
    pages.status = status;
    const heard = [];
    const { client } = await open({ collect: `${server.origin}/events`, onError: (error) => heard.push(error), queue: { retry_ms: 60_000 } });
    client.decide('hero', ask);
    await client.flush();
    await soon(1);
    assert.equal(client.queued, left, String(status));
    assert.match(heard[0].message, new RegExp(`answered ${status}`));
    client.close();
  }
  pages.status = 200;
});

test('of more than 10,000 visitors a process forgets the oldest', async () => {
  const { client, to } = await open();
  const show = async (from, end) => {
    for (let i = from; i < end; i++) {
      client.decide('hero', { unit: `u${i}` });
      if (i % 50 === 49) await client.flush();
    }
    await client.flush();
  };
  await show(0, 10_001);
  assert.equal(to.got.length, 10_001);
  await show(1000, 1001); // the oldest that is remembered
  await show(9999, 10_001);
  assert.equal(to.got.length, 10_001);
  await show(0, 1);
  assert.equal(to.got.length, 10_002);
  client.track('purchase', { unit: 'u5000' });
  await client.flush();
  assert.deepEqual([to.got.at(-1).type, to.got.at(-1).exposure], ['outcome', to.got[5000].id]);
});

test('a thousand events go in batches that a browser lets go', async () => {
  const to = collector();
  const sizes = [];
  const take = async (lines) => (sizes.push(lines.length), to.take(lines));
  const { client } = await open({ collect: take, queue: { ...quick, max: 2000 } });
  for (let i = 0; i < 300; i++) client.decide('hero', { unit: `u${i}` });
  await client.flush();
  assert.equal(new Set(to.got.map((event) => event.id)).size, 300);
  assert.ok(Math.max(...sizes) <= 16_100, String(Math.max(...sizes)));
});

test('what a task shows is stored when it ends, once, and whatever ends before it ends finds it', async () => {
  const storage = openStore();
  const written = [];
  const set = (key, value) => (written.push(key), storage.set(key, value));
  const { client } = await open({ storage: { ...storage, set }, sticky: 'memory', collect: () => Promise.reject(new Error('down')) });
  for (let i = 0; i < 50; i++) client.decide('hero', { unit: `u${i}` });
  client.track('purchase', { unit: 'u7' });
  assert.deepEqual(written, []);
  await null;
  assert.deepEqual(written, ['samplit.shown.', 'samplit.queue.']);
  const units = () => storage.get('samplit.queue.').split('\n').map((line) => JSON.parse(line).unit);
  assert.deepEqual(units(), [...Array.from({ length: 50 }, (_, i) => `u${i}`), 'u7']);
  client.decide('hero', { unit: 'late' });
  client.close();
  assert.equal(units().at(-1), 'late');
});

test('more than a task may note is settled in between, and nothing is lost', async () => {
  const { client, to } = await open({ queue: { ...quick, max: 2000 } });
  for (let i = 0; i < 520; i++) client.decide('hero', { unit: `u${i}` });
  await client.flush();
  assert.deepEqual(to.got.map((event) => event.unit), Array.from({ length: 520 }, (_, i) => `u${i}`));
});

test('what is logged is what was decided, whatever the site does with it afterwards', async () => {
  const { client, to } = await open({ sendContext: true });
  const context = { ...ask.context };
  const decision = client.decide('hero', { ...ask, context });
  const { variant, probabilities } = structuredClone(decision);
  context.country = 'XX';
  decision.variant = 'other';
  decision.probabilities.fill(0);
  await client.flush();
  const [seen] = to.got;
  assert.deepEqual([seen.variant, seen.probabilities, seen.context], [variant, probabilities, ask.context]);
});

test('what is exposed and is no decision neither throws nor takes others along, also while what logs is loaded', async () => {
  for (const isThere of [true, false]) {
    const to = collector();
    const heard = [];
    const client = await createClient({ bundle, module, collect: to.take, queue: quick, onError: (error) => heard.push(error) });
    if (isThere) await client.flush();
    const decision = client.peek('hero', ask);
    for (const odd of [null, {}, { ...decision, experiment: Symbol('s') }, { ...decision, experiment: 'cta', variant: 1n }]) client.expose(odd);
    client.expose(decision);
    await client.flush();
    assert.deepEqual([to.got.map((event) => event.experiment), heard], [['hero'], []]);
  }
});

test('an exposure has the time of its decision, also when what logs comes later', async (t) => {
  const time = holdTime(t);
  const to = collector();
  const client = await createClient({ bundle, module, collect: to.take, timeout_ms: 1e9 });
  client.decide('hero', ask);
  await time.tick(60_000);
  await client.flush();
  assert.equal(to.got[0].time, '2026-11-21T00:00:00.000Z');
  client.close();
});

test('subscribers hear of every event', async () => {
  const { client } = await open();
  const heard = [];
  const end = client.subscribe((signal) => signal.type === 'event' && heard.push(signal.event));
  client.decide('hero', ask);
  client.track('purchase', { unit: 'u1' });
  await soon(1);
  end();
  client.decide('cta', ask);
  await soon(1);
  assert.deepEqual(heard.map((event) => event.type), ['exposure', 'outcome']);
});

test('without a collector nothing is made and nothing waits', async () => {
  const storage = openStore();
  const client = await createClient({ bundle, module, storage });
  client.decide('hero', ask);
  client.track('purchase', { unit: 'u1' });
  await client.flush();
  assert.deepEqual([client.queued, [...storage.all.keys()]], [0, []]);
});
