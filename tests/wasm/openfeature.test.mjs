// SPDX-License-Identifier: MIT
// The OpenFeature providers in the SDKs that they are for.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { OpenFeature as Server, ProviderEvents as ServerEvents } from '@openfeature/server-sdk';
import { OpenFeature as Web, ProviderEvents as WebEvents } from '@openfeature/web-sdk';
import { collector, createClient, createClientSync, serveAll, soon, until } from './client_support.mjs';
import { bundleBytes, client as core, dist, moduleOf, shipped } from './support.mjs';

const { SamplitWebProvider } = await import(join(dist, 'openfeature_web.js'));
const { SamplitServerProvider } = await import(join(dist, 'openfeature_server.js'));
const module = moduleOf(shipped[1]);
const bundle = bundleBytes();
const settings = bundleBytes('settings.safetensors');
const wait = { timeout_ms: 60_000 };
let domains = 0;

for (const sdk of [Web, Server]) sdk.setLogger({ error() {}, warn() {}, info() {}, debug() {} });

async function openWeb(samplit, context = {}) {
  const domain = `web${domains++}`;
  await Web.setContext(domain, context);
  const ready = Web.setProviderAndWait(domain, new SamplitWebProvider(samplit));
  await ready.catch(() => {});
  return { domain, ready, features: Web.getClient(domain) };
}

async function openServer(samplit) {
  const domain = `server${domains++}`;
  await Server.setProviderAndWait(domain, new SamplitServerProvider(samplit));
  return Server.getClient(domain);
}

const sync = (options = {}) => createClientSync({ module, bundle, ...options });

test('a page gets what the client decides, with variant, reason and metadata', async () => {
  const { features } = await openWeb(sync(), { targetingKey: 'u1', country: 'US' });
  const own = sync().decide('hero', { unit: 'u1', context: { country: 'US' } });
  const { value, variant, reason, flagMetadata, errorCode } = features.getStringDetails('hero', 'none');
  assert.deepEqual([value, variant, reason, errorCode], [own.variant, own.variant, 'SPLIT', undefined]);
  const { bundle: id, segment, level, matchedLevel, index, propensity, trace } = own;
  const probabilities = own.probabilities.join();
  assert.deepEqual({ ...flagMetadata }, { version: id, bundle: id, segment, level, matchedLevel, index, propensity, probabilities, reason: 'policy', trace });
});

test('a server decides for the unit of each evaluation', async () => {
  const features = await openServer(sync());
  const samplit = core.loadSync(module, bundle);
  const seen = new Set();
  for (let i = 0; i < 100; i++) {
    const { variant, flagMetadata } = await features.getStringDetails('hero', 'none', { targetingKey: `u${i}`, country: 'US' });
    const own = samplit.decide('hero', `u${i}`, { country: 'US' });
    assert.deepEqual([variant, flagMetadata.trace], [own.variant, own.trace]);
    seen.add(variant);
  }
  assert.equal(seen.size, 3);
});

test('values are the payloads, of all four types', async () => {
  const values = { string: ['A', 'B'], number: [10, 12.5], boolean: [false, true], object: [{ columns: 2 }, [3]] };
  for (const [type, [control, bold]] of Object.entries(values)) {
    const features = await openServer(sync({ payloads: { cta: { control, bold } } }));
    const ask = (name, fallback, i) => features[`get${name}Details`]('cta', fallback, { targetingKey: `u${i}` });
    const seen = new Set();
    for (let i = 0; i < 40; i++) {
      for (const [name, fallback] of [['String', ''], ['Number', 0], ['Boolean', true], ['Object', {}]]) {
        const { value, errorCode, reason, variant } = await ask(name, fallback, i);
        if (name.toLowerCase() !== type) assert.deepEqual([value, errorCode, reason], [fallback, 'TYPE_MISMATCH', 'ERROR']);
        else assert.deepEqual([value, seen.add(variant) && errorCode], [variant === 'bold' ? bold : control, undefined]);
      }
    }
    assert.equal(seen.size, 2);
  }
});

test('a type that not all variants have is a mismatch for everybody, and nobody is exposed', async () => {
  const to = collector();
  const samplit = sync({ collect: to.take, payloads: { cta: { bold: true }, hero: { control: null, bold: 1, calm: 2 } } });
  const features = await openServer(samplit);
  for (let i = 0; i < 30; i++) {
    const context = { targetingKey: `u${i}` };
    const { errorCode, errorMessage } = await features.getBooleanDetails('cta', false, context);
    assert.deepEqual([errorCode, errorMessage], ['TYPE_MISMATCH', 'the variant control of cta is worth no boolean: "control"']);
    assert.equal((await features.getNumberDetails('hero', 7, context)).value, 7);
  }
  await samplit.flush();
  assert.deepEqual(to.got, []);
});

test('reasons are OpenFeature\'s, and the metadata has those of the decision', async () => {
  const words = { policy: 'SPLIT', fallback: 'SPLIT', holdout: 'SPLIT', not_eligible: 'DEFAULT', paused: 'DISABLED', incumbent: 'STATIC' };
  const features = await openServer(sync({ bundle: settings }));
  const seen = new Set();
  for (let i = 0; i < 150; i++) {
    for (const key of ['held', 'paused', 'apprentice']) {
      const { reason, flagMetadata } = await features.getStringDetails(key, '', { targetingKey: `u${i}`, country: i % 2 ? 'US' : 'CH', device: 'mobile' });
      if (flagMetadata.reason === 'sticky') assert.equal(reason, 'CACHED');
      else assert.equal(reason, words[flagMetadata.reason], flagMetadata.reason);
      seen.add(flagMetadata.reason);
    }
  }
  assert.deepEqual([...seen].sort(), Object.keys(words).sort());
});

test('forced, sticky and undrawn variants have their reasons', async () => {
  const samplit = sync({ sticky: 'memory' });
  const { features } = await openWeb(samplit, { targetingKey: 'u1', country: 'US' });
  assert.equal(features.getStringDetails('hero', '').reason, 'SPLIT');
  assert.equal(features.getStringDetails('hero', '').reason, 'CACHED');
  samplit.force('hero', 'calm');
  assert.deepEqual([features.getStringValue('hero', ''), features.getStringDetails('hero', '').reason], ['calm', 'STATIC']);
  const decision = sync().decide('hero', { unit: 'u1' });
  for (const [level, reason] of [[2, 'TARGETING_MATCH'], [0, 'STATIC']]) {
    const certain = await openWeb(sync({ hydrate: { hero: { ...decision, propensity: 1, level } } }), { targetingKey: 'u1' });
    assert.equal(certain.features.getStringDetails('hero', '').reason, reason);
  }
});

test('what cannot be decided is the default, with an error', async () => {
  const features = await openServer(sync());
  const code = async (key, context) => {
    const { value, errorCode, reason } = await features.getStringDetails(key, 'mine', context);
    assert.deepEqual([value, reason], ['mine', 'ERROR']);
    return errorCode;
  };
  assert.equal(await code('nothing', { targetingKey: 'u1' }), 'FLAG_NOT_FOUND');
  assert.equal(await code('__proto__', { targetingKey: 'u1' }), 'FLAG_NOT_FOUND');
  assert.equal(await code('hero', {}), 'TARGETING_KEY_MISSING');
  assert.equal(await code('hero', { targetingKey: '' }), 'INVALID_CONTEXT');
  assert.equal(await code('hero', { targetingKey: 'a'.repeat(1025) }), 'INVALID_CONTEXT');
});

test('dates, lists and objects of the context are missing, as everywhere', async () => {
  const features = await openServer(sync());
  const odd = { targetingKey: 'u1', country: ['US'], device: { a: 1 }, plan: new Date(0) };
  const { flagMetadata } = await features.getStringDetails('hero', '', odd);
  assert.equal(flagMetadata.trace, core.loadSync(module, bundle).decide('hero', 'u1', {}).trace);
});

test('a page without a targetingKey decides for its visitor, whose sticky variants an account takes over', async () => {
  const samplit = sync({ sticky: 'memory' });
  const { domain, features } = await openWeb(samplit, { country: 'US' });
  const before = features.getStringDetails('hero', '');
  assert.equal(before.flagMetadata.trace, sync({ unit: samplit.unit }).decide('hero', { context: { country: 'US' } }).trace);
  let changes = 0;
  features.addHandler(WebEvents.ContextChanged, () => changes++);
  for (let i = 0; i < 6; i++) {
    await Web.setContext(domain, { targetingKey: `account${i}`, country: 'US' });
    assert.deepEqual([features.getStringValue('hero', ''), features.getStringDetails('hero', '').reason], [before.value, 'CACHED']);
  }
  assert.equal(changes, 6);
});

test('a changed context changes what is decided', async () => {
  const { domain, features } = await openWeb(sync(), { targetingKey: 'u1', country: 'US' });
  assert.equal(features.getStringDetails('hero', '').flagMetadata.segment, 'country:US');
  await Web.setContext(domain, { targetingKey: 'u1', country: 'XX' });
  assert.equal(features.getStringDetails('hero', '').flagMetadata.segment, 'global');
});

test('evaluations are exposures, once, and track makes outcomes of them', async () => {
  const to = collector();
  const samplit = sync({ collect: to.take });
  const { features } = await openWeb(samplit, { targetingKey: 'u1', country: 'US' });
  for (let i = 0; i < 3; i++) features.getStringValue('hero', '');
  features.getStringValue('cta', '');
  features.track('purchase', { value: 42 });
  features.track('click', { experiment: 'cta' });
  await samplit.flush();
  assert.deepEqual(to.got.map(({ type, experiment, unit, name, value }) => [type, experiment, unit, name, value]), [
    ['exposure', 'hero', 'u1', undefined, undefined], ['exposure', 'cta', 'u1', undefined, undefined],
    ['outcome', 'hero', 'u1', 'purchase', 42], ['outcome', 'cta', 'u1', 'purchase', 42], ['outcome', 'cta', 'u1', 'click', 1],
  ]);
});

test('a server tracks for the unit of the context, and for nobody without one', async () => {
  const to = collector();
  const samplit = sync({ collect: to.take });
  const features = await openServer(samplit);
  for (const targetingKey of ['u1', 'u2']) await features.getStringValue('hero', '', { targetingKey });
  features.track('purchase', { targetingKey: 'u2' }, { value: 5 });
  features.track('purchase', {}, { value: 6 });
  features.track('purchase', { targetingKey: 'u3' }, { value: 7 });
  await samplit.flush();
  assert.deepEqual(to.got.filter(({ type }) => type === 'outcome').map(({ unit, value }) => [unit, value]), [['u2', 5]]);
});

// A server whose bundle comes and goes.
async function unsteady(t) {
  const state = { now: null };
  const answer = (_, response) => (state.now ? response.end(state.now) : response.writeHead(503).end());
  const { origin, close } = await serveAll({ '/b': answer });
  t.after(close);
  return Object.assign(state, { url: `${origin}/b` });
}

const listenTo = (features, names) => {
  const heard = [];
  for (const [word, name] of Object.entries(names)) features.addHandler(name, (details) => heard.push([word, details?.flagsChanged?.length]));
  return heard;
};

for (const [what, names, make] of [
  ['a page', WebEvents, (samplit) => openWeb(samplit, { targetingKey: 'u1' })],
  ['a server', ServerEvents, async (samplit) => {
    const domain = `late${domains++}`;
    return { ready: Server.setProviderAndWait(domain, new SamplitServerProvider(samplit)), features: Server.getClient(domain) };
  }],
]) {
  test(`${what} without a bundle is in error, ready when one comes, stale when it is old`, async (t) => {
    const state = await unsteady(t);
    const samplit = await createClient({ bundle: state.url, ...wait });
    const { ready, features } = await make(samplit);
    await assert.rejects(ready);
    assert.equal(features.providerStatus, 'ERROR');
    const details = async () => features.getStringDetails('hero', 'mine', { targetingKey: 'u1' });
    assert.deepEqual([(await details()).errorCode, (await details()).value], ['PROVIDER_NOT_READY', 'mine']);

    const heard = listenTo(features, { ready: names.Ready, stale: names.Stale, changed: names.ConfigurationChanged });
    state.now = bundle;
    await samplit.refresh();
    await until(() => heard.length >= 2);
    assert.deepEqual([features.providerStatus, heard], ['READY', [['changed', 5], ['ready', undefined]]]);
    assert.equal((await details()).reason, 'SPLIT');

    state.now = null;
    await samplit.refresh();
    await until(() => heard.length === 3);
    assert.deepEqual([features.providerStatus, heard[2][0]], ['STALE', 'stale']);
    assert.equal((await details()).reason, 'STALE');
    assert.equal((await details()).flagMetadata.reason, 'policy');
  });
}

test('a page that is stale or in error stays so when its context changes', async (t) => {
  const state = await unsteady(t);
  const samplit = await createClient({ bundle: state.url, ...wait });
  const { domain, ready, features } = await openWeb(samplit);
  await assert.rejects(ready);
  await Web.setContext(domain, { targetingKey: 'u2' });
  assert.equal(features.providerStatus, 'ERROR');
  state.now = bundle;
  await samplit.refresh();
  state.now = null;
  await samplit.refresh();
  await Web.setContext(domain, { targetingKey: 'u3' });
  await until(() => features.providerStatus === 'STALE');
});

test('a provider may be handed a client that is still to come', async () => {
  const domain = `web${domains++}`;
  const ready = Web.setProviderAndWait(domain, new SamplitWebProvider(soon(30).then(() => sync())));
  const features = Web.getClient(domain);
  assert.equal(features.getStringDetails('hero', 'mine').errorCode, 'PROVIDER_NOT_READY');
  await ready;
  assert.notEqual(features.getStringValue('hero', 'mine'), 'mine');
});

test('a forced variant is a change of the configuration, and closing sends what waits', async () => {
  const to = collector();
  const samplit = sync({ collect: to.take });
  const { domain, features } = await openWeb(samplit, { targetingKey: 'u1' });
  const heard = listenTo(features, { changed: WebEvents.ConfigurationChanged });
  samplit.force('hero', 'bold');
  await until(() => heard.length === 1);
  samplit.force('hero', null);
  features.getStringValue('cta', '');
  await Web.setProviderAndWait(domain, new SamplitWebProvider(sync()));
  await until(() => to.got.length === 1);
});
