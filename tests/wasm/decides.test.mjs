// SPDX-License-Identifier: MIT
// What a client decides beyond the core's draw: forced, sticky, held out, paused and hydrated variants, payloads, ranked lists,
// and whatever a site may hand in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ask, bundle, createClientSync, openStore } from './client_support.mjs';
import { bundleBytes, bundleOfManifest, client as core, moduleOf, shipped } from './support.mjs';

const module = moduleOf(shipped[1]);
const settings = bundleBytes('settings.safetensors');
const open = (options = {}) => createClientSync({ module, bundle, ...options });
const units = Array.from({ length: 300 }, (_, i) => `u${i}`);

test('a forced variant is served by name or index until that is ended; what is no variant is not', () => {
  const client = open();
  const drawn = client.decide('hero', ask);
  for (const [variant, name] of [['calm', 'calm'], [1, 'bold'], ['2', 'calm'], [0, 'control']]) {
    client.force('hero', variant);
    const { variant: served, reason, propensity, bundle: id } = client.decide('hero', ask);
    assert.deepEqual([served, reason, propensity, id], [name, 'forced', 1, client.bundle]);
    assert.deepEqual(client.forced, { hero: variant });
  }
  assert.equal(client.decide('cta', ask).reason, 'policy');
  for (const variant of ['no such', 3, -1, 1.5, NaN, '', {}, undefined, null]) {
    client.force('hero', variant);
    assert.deepEqual(client.decide('hero', ask), drawn);
  }
  assert.equal(Object.keys(client.forced).length, 0);
});

test('a paused experiment serves the control to all but those who force', () => {
  const client = open({ bundle: settings });
  for (const unit of units) assert.deepEqual([client.decide('paused', { unit }).index, client.decide('paused', { unit }).reason], [0, 'paused']);
  client.force('paused', 3);
  assert.deepEqual([client.decide('paused', ask).index, client.decide('paused', ask).reason], [3, 'forced']);
});

test('who is held out and who does not take part gets the control, always the same', () => {
  const client = open({ bundle: settings });
  const again = open({ bundle: settings });
  const counts = {};
  for (const unit of units) {
    const { reason, index } = client.decide('held', { unit });
    counts[reason] = (counts[reason] ?? 0) + 1;
    assert.equal(again.decide('held', { unit }).reason, reason);
    if (reason !== 'policy' && reason !== 'fallback') assert.equal(index, 0);
  }
  assert.deepEqual(Object.keys(counts).sort(), ['holdout', 'not_eligible', 'policy']);
});

test('in apprentice mode the incumbent is served, by name or index', () => {
  const client = open({ bundle: settings });
  for (const incumbent of ['c', 'd', 3, '3']) {
    const { variant, reason } = client.decide('apprentice', { ...ask, incumbent });
    assert.deepEqual([variant, reason], [incumbent === 'c' ? 'control' : 'd', 'incumbent']);
  }
});

// A unit that another bundle would serve another variant: a sticky variant that is not the one drawn.
function stuck(client, key, version) {
  const unit = units.find((one) => client.peek(key, { unit: one }).reason === 'policy');
  const drawn = client.peek(key, { unit });
  const other = client.experiments.find((one) => one.key === key).variants.find((name) => name !== drawn.variant);
  return { unit, drawn, other, text: JSON.stringify([[unit, { [key]: [other, version] }]]) };
}

test('a sticky variant stands while its bucket version does', () => {
  const plain = open({ bundle: settings, sticky: 'memory' });
  const { unit, other, drawn, text } = stuck(plain, 'held', 2);
  const with_ = (had) => {
    const sticky = openStore();
    sticky.set('samplit.sticky', had);
    return { sticky, client: open({ bundle: settings, sticky }) };
  };
  const { client } = with_(text);
  assert.deepEqual([client.decide('held', { unit }).variant, client.decide('held', { unit }).reason], [other, 'sticky']);
  for (const had of [text.replace(',2]', ',3]'), text.replace(other, 'gone'), text.replace(',2]', ',-1]'), text.replace(',2]', ',"2"]'), text.replace(unit, 'somebody'), '[[1,2],null,[]]']) {
    const { client: renewed } = with_(had);
    const { variant, reason } = renewed.decide('held', { unit });
    assert.deepEqual([variant, reason], [drawn.variant, 'policy'], had);
    assert.equal(renewed.decide('held', { unit }).reason, 'sticky');
  }
});

test('variants are kept for experiments with a bucket version, or for all where the site says where', () => {
  const storage = openStore();
  const client = open({ bundle: settings, storage });
  for (const key of ['held', 'plain', 'paused']) for (const unit of units.slice(0, 9)) client.decide(key, { unit });
  const held = JSON.parse(storage.get('samplit.sticky'));
  assert.deepEqual([...new Set(held.flatMap(([, had]) => Object.keys(had)))], ['held']);
  assert.ok(held.length <= 8);
  const sticky = openStore();
  const all = open({ bundle: settings, sticky });
  all.decide('plain', ask);
  all.decide('paused', ask);
  assert.deepEqual(JSON.parse(sticky.get('samplit.sticky')).map(([unit, had]) => [unit, Object.keys(had)]), [['u1', ['plain']]]);
});

test('at login an account takes over what the visitor had, and keeps it', () => {
  const sticky = openStore();
  const client = open({ sticky });
  const visitor = units.find((one) => open().peek('hero', { unit: one }).variant !== open().peek('hero', { unit: 'account' }).variant);
  const before = client.decide('hero', { unit: visitor }).variant;
  const after = client.decide('hero', { unit: 'account', fallback: visitor });
  assert.deepEqual([after.variant, after.reason, after.unit], [before, 'sticky', 'account']);
  const elsewhere = open({ sticky });
  assert.equal(elsewhere.decide('hero', { unit: 'account' }).variant, before);
  assert.equal(elsewhere.decide('hero', { unit: 'account', fallback: 'another visitor' }).variant, before);
  assert.equal(open().decide('hero', { fallback: visitor }).unit, visitor);
});

test('what the server decided for this page stands for its unit', () => {
  const other = open({ bundle: settings }).decide('plain', ask);
  const server = { ...open().decide('hero', { ...ask, context: { country: 'GB' } }), payload: { text: 'x' } };
  const client = open({ hydrate: { hero: server, plain: other } });
  assert.deepEqual(client.decide('hero', ask), server);
  assert.equal(client.decide('hero', { ...ask, unit: 'u2' }).unit, 'u2');
  client.force('hero', 2);
  assert.equal(client.decide('hero', ask).reason, 'forced');
});

test('payloads come from the site, else from the manifest, else there is none', () => {
  const manifest = { format: 1, experiments: [{ key: 'hero', payloads: [{ text: 'as is' }, { text: 'loud' }, { text: 'low' }] }] };
  const client = open({ bundle: bundleOfManifest(manifest), payloads: { hero: { bold: 'mine' }, cta: { nothing: 1 } } });
  const served = [0, 1, 2].map((index) => {
    client.force('hero', index);
    return client.decide('hero', ask).payload;
  });
  assert.deepEqual(served, [{ text: 'as is' }, 'mine', { text: 'low' }]);
  assert.equal('payload' in client.decide('cta', ask), false);
  for (const odd of [{ experiments: 7 }, { experiments: [null, 7, {}, { key: 'hero', payloads: 7 }] }, [], 'text', null]) {
    assert.equal('payload' in open({ bundle: bundleOfManifest(odd) }).decide('hero', ask), false);
  }
});

test('a ranked list begins with the decision, holds every variant once, with its chance', () => {
  const client = open({ bundle: settings });
  for (const unit of units.slice(0, 50)) {
    for (const { key, variants } of client.experiments) {
      const decision = client.peek(key, { unit });
      const ranked = client.rank(key, { unit });
      assert.equal(ranked[0].variant, decision.variant);
      assert.deepEqual(ranked.map((one) => one.variant).sort(), [...variants].sort());
      for (const { index, propensity } of ranked) assert.equal(propensity, decision.probabilities[index]);
    }
  }
  assert.deepEqual(client.rank('no such', ask), [{ variant: 'control', index: 0, propensity: 1 }]);
});

test('decideAll is every experiment as it is peeked at', () => {
  const client = open();
  const all = client.decideAll(ask);
  assert.deepEqual(Object.keys(all), client.experiments.map(({ key }) => key));
  for (const [key, decision] of Object.entries(all)) assert.deepEqual(client.peek(key, ask), decision);
});

test('what is known of the visit lies under what is asked with, and may be a function', () => {
  const context = { country: 'US', plan: 'gold' };
  const trace = core.loadSync(module, bundle).decide('hero', 'u1', { country: 'GB', plan: 'gold' }).trace;
  for (const given of [context, () => context]) {
    const client = open({ context: given });
    assert.equal(client.decide('hero', { unit: 'u1', context: { country: 'GB' } }).trace, trace);
    assert.equal(client.decide('hero', { unit: 'u1' }).trace, core.loadSync(module, bundle).decide('hero', 'u1', context).trace);
  }
  const failing = open({ context() { throw new Error('no'); } });
  assert.equal(failing.decide('hero', ask).reason, 'default');
});

const cycle = { country: 'US' };
cycle.self = cycle;
const huge = 'x'.repeat(1 << 20);
const contexts = [
  undefined, null, 7, 'text', true, Symbol('s'), () => 1, [], [[]], new Date(), new Map([['a', 1]]), cycle, { a: Symbol('s'), b: 1n, c: () => 1 },
  { [Symbol('s')]: 1 }, { get country() { throw new Error('no'); } }, new Proxy({}, { ownKeys() { throw new Error('no'); }, get() { throw new Error('no'); } }),
  { user_agent: huge }, { [huge]: 1 }, Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`a${i}`, huge])), Object.create(null), JSON.parse('{"__proto__":1}'),
  { user_agent: '\ud800', country: '😀', language: '\0' }, new (class { country = 'US'; })(),
];
const odds = ['', ' ', '😀'.repeat(99), '\ud800', huge, 0, -0, NaN, 1e400, 10n ** 50n, null, undefined, true, {}, [], Symbol('u'), () => 1, new Date()];

test('no unit, context, experiment or question makes a client throw', () => {
  const to = [];
  const client = open({ collect: async (lines) => to.push(lines), sendContext: true, sticky: 'memory' });
  const hostile = new Proxy({}, { get() { throw new Error('no'); } });
  const each = (act) => {
    for (const unit of odds) act('hero', { unit, fallback: unit });
    for (const context of contexts) act('hero', { unit: 'u1', context });
    for (const key of [...odds, '__proto__', 'constructor', 'toString']) act(key, ask);
    for (const asked of [null, 7, 'u1', hostile, [], { incumbent: Symbol('s') }, { incumbent: {} }, { incumbent: NaN }]) act('hero', asked);
  };
  for (const how of ['decide', 'peek', 'rank']) {
    each((experiment, asked) => {
      const made = client[how](experiment, asked);
      const { variant, propensity } = how === 'rank' ? made[0] : made;
      assert.equal(typeof variant, 'string');
      assert.ok(propensity > 0 && propensity <= 1);
    });
  }
  for (const asked of [...contexts, hostile]) {
    client.decideAll(asked);
    client.decideAll({ context: asked });
    client.track('purchase', asked ?? undefined);
  }
  for (const key of odds) client.force(key, 1);
  assert.equal(client.decide('hero', { unit: '' }).reason, 'default');
  assert.equal(client.decide('hero', { unit: huge }).reason, 'default');
  assert.equal(client.decide('hero', { unit: null }).reason, 'default');
  assert.equal(client.decide('hero', { unit: '😀' }).reason, 'policy');
  assert.equal(client.decide('hero', { unit: 'u1', context: cycle }).trace, client.peek('hero', ask).trace);
});

test('a decision is one call of the module, once names are known', () => {
  const calls = [];
  const { exports } = new WebAssembly.Instance(module, {});
  const counted = Object.fromEntries(Object.entries(exports).map(([name, what]) => [
    name, typeof what === 'function' ? (...args) => (calls.push(name), what(...args)) : what,
  ]));
  const engine = new core.Engine({ exports: counted }, bundle);
  const context = { user_agent: 'Mozilla/5.0', country: 'US', plan: 'ü', pageviews: 3, is_returning: true };
  engine.decide('hero', 'u1', context);
  calls.length = 0;
  engine.decide('hero', 'u2', { ...context, country: 'GB' }, { forced: 1, sticky: 2, stickyVersion: 0 });
  assert.deepEqual(calls, ['spl_wasm_decide']);
});

test('300,000 decisions through a client leave no memory behind, in the module or beside it', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc');
  const { Instance } = WebAssembly;
  let memory;
  WebAssembly.Instance = class extends Instance {
    constructor(...given) {
      super(...given);
      ({ memory } = this.exports);
    }
  };
  const client = createClientSync({ module, bundle, collect: async () => {}, queue: { delay_ms: 1 } });
  WebAssembly.Instance = Instance;
  const fresh = memory.buffer.byteLength;
  const decideAll = (count) => {
    for (let i = 0; i < count; i++) client.decide('hero', { ...ask, unit: `u${i % 50}` });
  };
  decideAll(10_000);
  await client.flush();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  decideAll(300_000);
  await client.flush();
  collectGarbage();
  const grown = process.memoryUsage().heapUsed - before;
  assert.equal(memory.buffer.byteLength, fresh);
  assert.ok(grown < 1 << 20, `${grown} bytes`);
});
