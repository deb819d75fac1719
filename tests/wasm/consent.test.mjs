// SPDX-License-Identifier: MIT
// Consent: nothing is stored or sent without it, and everything is dropped when it goes, however fast it comes and goes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, bundle, collector, createClient, openStore, soon, until } from './client_support.mjs';
import { moduleOf, shipped } from './support.mjs';

const module = moduleOf(shipped[1]);
const quick = { delay_ms: 1, retry_ms: 1, retryMax_ms: 4 };

async function open(options = {}) {
  const to = collector();
  const [storage, sticky] = [openStore(), openStore()];
  const client = await createClient({ bundle, module, collect: to.take, queue: quick, storage, sticky, ...options });
  await client.flush();
  return { client, to, stored: () => [...(options.storage ?? storage).all.keys(), ...(options.sticky ?? sticky).all.keys()].sort() };
}

test('before consent is known, what is logged waits in memory; then it is stored and sent', async () => {
  let granted;
  const { client, to, stored } = await open({ consent: () => granted });
  const { unit } = client.decide('hero');
  client.track('signup');
  await client.flush();
  assert.deepEqual([to.got.length, stored(), client.queued], [0, [], 2]);
  granted = true;
  assert.equal(client.consent(), true);
  assert.ok(stored().includes('samplit.unit') && stored().includes('samplit.queue.'));
  await client.flush();
  assert.deepEqual(to.got.map((event) => event.unit), [unit, unit]);
  assert.deepEqual(stored(), ['samplit.shown.', 'samplit.sticky', 'samplit.unit']);
  assert.equal(client.unit, unit);
});

test('what was refused is not made up for later', async () => {
  let granted = false;
  const { client, to, stored } = await open({ consent: () => granted });
  client.decide('hero');
  client.track('signup');
  granted = true;
  client.consent();
  await client.flush();
  assert.deepEqual([to.got, client.queued], [[], 0]);
  client.decide('cta', ask);
  await client.flush();
  assert.deepEqual(to.got.map((event) => event.experiment), ['cta']);
  assert.ok(stored().length > 0);
});

test('when consent goes, everything that was stored or waits goes, also the visitor', async () => {
  const down = () => Promise.reject(new Error('down'));
  const { client, stored } = await open({ collect: down });
  const { unit } = client.decide('hero');
  client.decide('cta', { ...ask, unit: 'account' });
  await client.flush();
  assert.deepEqual(stored(), ['samplit.queue.', 'samplit.shown.', 'samplit.sticky', 'samplit.unit']);
  assert.equal(client.consent(false), false);
  assert.deepEqual([stored(), client.queued], [[], 0]);
  client.decide('hero');
  client.track('signup');
  await client.flush();
  assert.deepEqual([stored(), client.queued], [[], 0]);
  assert.notEqual(client.unit, unit);
});

test('a visitor who refuses on the next page leaves nothing of the page before', async () => {
  const [storage, sticky] = [openStore(), openStore()];
  const first = await open({ storage, sticky, collect: () => Promise.reject(new Error('down')) });
  first.client.decide('hero');
  await first.client.flush();
  first.client.close();
  const { stored } = await open({ storage, sticky, consent: undefined });
  assert.equal(stored().length, 4); // not known yet: nothing is touched
  assert.deepEqual((await open({ storage, sticky, consent: false })).stored(), []);
});

test('what is on its way when consent goes is called back', async () => {
  let aborted = false;
  const collect = (_, signal) => new Promise((_, fail) => signal.addEventListener('abort', () => {
    aborted = true;
    fail(signal.reason);
  }));
  const { client, stored } = await open({ collect });
  client.decide('hero', ask);
  const sending = client.flush();
  await soon(5);
  client.consent(false);
  await sending;
  assert.deepEqual([aborted, stored(), client.queued], [true, [], 0]);
});

test('consent that flips fast: nothing from a time without it is ever sent', async () => {
  let granted = true;
  const { client, to } = await open({ consent: () => granted });
  const allowed = new Set();
  for (let i = 0; i < 2000; i++) {
    granted = [true, false, undefined][(i * 7 + (i >> 3)) % 3];
    if (i % 5 === 0) client.consent();
    const unit = `u${i}`;
    client.decide('hero', { ...ask, unit });
    if (granted) allowed.add(unit);
    if (granted === undefined) allowed.add(unit); // may follow, if consent is given before it is refused
    if (i % 97 === 0) await soon(5); // time to send
  }
  granted = true;
  client.consent();
  await client.flush();
  assert.ok(to.got.length > 0);
  assert.deepEqual(to.got.filter((event) => !allowed.has(event.unit)), []);
});

test('what is taken back in the task that made it is neither stored nor sent, though nobody was told', async () => {
  let granted = true;
  const storage = openStore();
  const written = [];
  const set = (key, value) => (written.push(key), storage.set(key, value));
  const { client, to } = await open({ consent: () => granted, storage: { ...storage, set } });
  client.decide('hero', ask);
  client.track('signup', { unit: 'u1' });
  granted = false;
  await soon(5);
  assert.deepEqual([written, [...storage.all.keys()], to.got, client.queued], [[], [], [], 0]);
});

test('what a task shows before it gives consent is stored when it ends', async () => {
  const { client, stored } = await open({ consent: undefined, collect: () => Promise.reject(new Error('down')) });
  client.decide('hero', ask);
  client.consent(true);
  await null;
  assert.ok(stored().includes('samplit.queue.') && stored().includes('samplit.shown.'));
  client.consent(false);
  client.decide('cta', ask);
  await null;
  assert.deepEqual(stored(), []);
});

test('consent that flips with every question, throws, or is no answer at all', async () => {
  let calls = 0;
  const flipping = await open({ consent: () => calls++ % 2 === 0 });
  for (let i = 0; i < 100; i++) flipping.client.decide('hero', { ...ask, unit: `u${i}` });
  await flipping.client.flush();
  assert.equal(flipping.client.decide('hero', ask).reason.length > 0, true);
  for (const consent of [() => { throw new Error('no'); }, () => 'yes', () => 1, 'yes', 1, {}]) {
    const { client, to, stored } = await open({ consent });
    client.decide('hero', ask);
    await client.flush();
    assert.deepEqual([to.got, stored(), client.consent()], [[], [], false]);
  }
});

test('subscribers hear when consent changes, and only then', async () => {
  const { client } = await open({ consent: undefined });
  const heard = [];
  client.subscribe((signal) => signal.type === 'consent' && heard.push(signal.granted));
  for (const granted of [true, true, false, false, true]) client.consent(granted);
  await soon(1);
  assert.deepEqual(heard, [true, false, true]);
});

test('Do Not Track and Global Privacy Control bar consent where the site honours them', async (t) => {
  const { navigator } = globalThis;
  t.after(() => Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true }));
  const with_ = async (says, options) => {
    Object.defineProperty(globalThis, 'navigator', { value: says, configurable: true });
    const { client, to, stored } = await open(options);
    client.decide('hero', ask);
    await client.flush();
    return [client.consent(), to.got.length > 0, stored().length > 0];
  };
  const [barred, free] = [[false, false, false], [true, true, true]];
  assert.deepEqual(await with_({ doNotTrack: '1' }, { respectDnt: true }), barred);
  assert.deepEqual(await with_({ globalPrivacyControl: true }, { respectGpc: true }), barred);
  assert.deepEqual(await with_({ doNotTrack: '1', globalPrivacyControl: true }, {}), free);
  assert.deepEqual(await with_({ doNotTrack: '0', globalPrivacyControl: false }, { respectDnt: true, respectGpc: true }), free);
  assert.deepEqual(await with_({}, { respectDnt: true, respectGpc: true }), free);
});

test('a visitor keeps the id over pages, and one that somebody made up is not taken', async () => {
  const [storage, sticky] = [openStore(), openStore()];
  const { client } = await open({ storage, sticky });
  const { unit } = client;
  assert.equal((await open({ storage, sticky })).client.unit, unit);
  sticky.set('samplit.unit', '<script>');
  const { client: renewed } = await open({ storage, sticky });
  await until(() => renewed.unit !== '<script>');
  assert.match(renewed.unit, /^[0-9a-f]{32}$/);
  assert.equal((await open({ unit: 7n })).client.unit, '7');
});
