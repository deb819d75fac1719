// SPDX-License-Identifier: MIT
// The typed client: what it takes, what it answers, and what it does with bad input.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleBytes, client, moduleOf, shipped } from './support.mjs';

const { Decision, SamplitError, load, loadSync, moduleName } = client;
const module = moduleOf(shipped[0]);
const open = () => loadSync(module, bundleBytes());

test('a decision says what, how likely, why and where', () => {
  const decision = open().decide('hero', 'u1', { country: 'US', device: 'mobile', source: 'google' });
  assert.ok(decision instanceof Decision);
  assert.equal(decision.segment, 'country:US|device:mobile|source:google');
  assert.equal(decision.variant, ['control', 'bold', 'calm'][decision.index]);
  assert.equal(decision.propensity, decision.probabilities[decision.index]);
  assert.ok(Math.abs(decision.probabilities.reduce((sum, p) => sum + p) - 1) < 1e-9);
  assert.match(decision.trace, /^[0-9a-f]{16}$/);
  assert.equal(JSON.parse(JSON.stringify(decision)).trace, decision.trace);
});

test('the same question has the same answer, a different one another trace', () => {
  const samplit = open();
  const ask = (unit, country) => samplit.decide('hero', unit, { country }).trace;
  const first = ask('u1', 'US');
  assert.notEqual(ask('u2', 'US'), first);
  assert.notEqual(ask('u1', 'GB'), first);
  assert.equal(ask('u1', 'US'), first);
});

test('a module comes compiled, as bytes, as a response, or as a promise of those', async () => {
  const { readFileSync } = await import('node:fs');
  const { modules } = await import('./support.mjs');
  const bytes = readFileSync(`${modules}/${moduleName()}`);
  const headers = { 'content-type': 'application/wasm' };
  for (const source of [module, bytes, Promise.resolve(bytes), new Response(bytes, { headers })]) {
    const samplit = await load(source, Promise.resolve(bundleBytes()));
    assert.equal(samplit.decide('hero', 'u1').reason, 'policy');
  }
});

test('without a bundle the control is served, with the reason default', async () => {
  const decision = (await load(module, null)).decide('hero', 'u1', { country: 'US' });
  const { variant, index, propensity, probabilities, reason, segment } = decision;
  assert.deepEqual({ variant, index, propensity, probabilities, reason, segment }, {
    variant: 'control', index: 0, propensity: 1, probabilities: [1], reason: 'default', segment: 'global',
  });
});

test('an unknown experiment gets the control, with the reason default', () => {
  const decision = open().decide('no such experiment', 'u1');
  assert.equal(decision.reason, 'default');
  assert.equal(decision.index, 0);
});

const refuse = (bundle) => assert.rejects(load(module, bundle), SamplitError).then(() => load(module, bundle).catch((e) => e));

test('a truncated bundle is refused by name of what is missing', async () => {
  const error = await refuse(bundleBytes().slice(0, -1));
  assert.equal(error.status, 'BAD_OFFSETS');
  assert.equal((await refuse(new Uint8Array(3))).status, 'TRUNCATED');
  assert.equal((await refuse(new Uint8Array(0))).status, 'TRUNCATED');
});

test('a NaN among the weights is refused with its tensor and place', async () => {
  const bundle = bundleBytes();
  const view = new DataView(bundle.buffer);
  const headerSize = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bundle.subarray(8, 8 + headerSize)));
  view.setFloat32(8 + headerSize + header['encoder.1.weight'].data_offsets[0] + 4 * 17, NaN, true);
  const error = await refuse(bundle);
  assert.equal(error.status, 'BAD_VALUE');
  assert.equal(error.tensor, 'encoder.1.weight');
  assert.equal(error.at, 17);
  assert.match(error.message, /encoder\.1\.weight\[17\].*finite/);
});

test('every flipped bit of the header is refused or harmless, never a trap', () => {
  const sound = bundleBytes();
  const size = 8 + Number(new DataView(sound.buffer).getBigUint64(0, true));
  for (let i = 0; i < size; i++) {
    const bundle = sound.slice();
    bundle[i] ^= 1 << i % 8;
    try {
      assert.equal(typeof loadSync(module, bundle).decide('hero', 'u1').propensity, 'number');
    } catch (error) {
      assert.ok(error instanceof SamplitError, `byte ${i}: ${error}`);
    }
  }
});

test('a module that is not Samplit is refused', async () => {
  const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  await assert.rejects(load(empty, null), { name: 'SamplitError', status: 'INVALID_ARGUMENT' });
});

test('a failed answer for the bundle is an error, not a bundle', async () => {
  await assert.rejects(load(module, new Response('gone', { status: 404 })), { status: 'NOT_FOUND' });
});

test('deciding never throws, whatever the context holds', () => {
  const samplit = open();
  const odd = { a: NaN, b: -Infinity, c: {}, d: [], e: 1n, f: Symbol.iterator, g: () => 1, i: null };
  const strange = { ...odd, h: '\ud800', __proto__: null, '': '' };
  assert.equal(samplit.decide('hero', 'u1', strange).reason, 'policy');
  assert.deepEqual(Object.keys(samplit.explain().attributes).sort(), ['', 'h']);
  const throwing = { get country() { throw new Error('no'); } };
  assert.equal(samplit.decide('hero', 'u1', throwing).reason, 'default');
  for (const other of [undefined, null, 7, 'text', []]) {
    assert.ok(samplit.decide('hero', 'u1', other).propensity > 0);
    assert.ok(samplit.decide('hero', other).propensity > 0);
    assert.equal(samplit.decide(other, 'u1').reason, 'default');
  }
});

test('more fields than staging was laid out for are all staged', () => {
  const samplit = open();
  const wide = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`a${i}`, i % 3 ? i : `text ${i}`]));
  const attributes = (context) => {
    samplit.decide('hero', 'u1', context);
    return samplit.explain().attributes;
  };
  const made = attributes(wide);
  for (const [name, value] of Object.entries(wide)) assert.equal(made[name], value);
  const wider = { ...wide, ...Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`b${i}`, true])) };
  samplit.decide('hero', 'u1', wider);
  assert.ok(samplit.explain().ignored > 4000);
});

test('a ten megabyte user agent and a ten megabyte unit are decided', () => {
  const samplit = open();
  const long = 'ü'.repeat(5 << 20);
  assert.equal(samplit.decide('hero', 'u1', { user_agent: long, country: 'US' }).segment.startsWith('country:US'), true);
  const unit = samplit.decide('hero', long);
  assert.equal(unit.reason, 'policy');
  assert.notEqual(samplit.decide('hero', long + '!').trace, unit.trace);
});

test('memory stays as it is over a million decisions', () => {
  const samplit = open();
  const web = { utm_source: 'google', url: 'https://x.example/?a=1' };
  const contexts = [{ country: 'US', device: 'mobile', pageviews: 3 }, web, {}];
  for (let i = 0; i < 3; i++) samplit.decide('hero', `u${i}`, contexts[i]);
  const bytes = samplit.memoryBytes;
  for (let i = 0; i < 1_000_000; i++) samplit.decide('hero', `u${i}`, contexts[i % 3]);
  assert.equal(samplit.memoryBytes, bytes);
});

test('the open bundle can be read: experiments, segments, probabilities, manifest', () => {
  const samplit = open();
  assert.deepEqual(samplit.experiments.map((e) => e.key), ['hero', 'cta', 'price', 'legacy', 'ported']);
  assert.deepEqual(samplit.experiments[2].variants.length, 8);
  assert.equal(samplit.segments[0].key, 'global');
  for (const [i, { parent, level, children }] of samplit.segments.entries()) {
    if (i > 0) assert.ok(samplit.segments[parent].children.includes(i) && level === samplit.segments[parent].level + 1);
    for (const child of children) assert.equal(samplit.segments[child].parent, i);
  }
  assert.equal(samplit.probabilities('hero', 0).length, 3);
  assert.equal(samplit.probabilities('cta', 2), null);
  assert.equal(samplit.probabilities('nope', 0), null);
  assert.match(samplit.bundle, /^[0-9a-f]{32}$/);
  assert.equal(samplit.manifest.note, 'test vectors ✓');
});

test('an explanation shows attributes, features and a unit embedding', () => {
  const samplit = open();
  samplit.decide('hero', 'u1', { country: 'US', device: 'mobile', is_returning: true, plan: 'gold', pageviews: 2 });
  const { attributes, features, embedding } = samplit.explain();
  assert.equal(attributes.device, 'mobile');
  assert.equal(attributes.plan, 'gold');
  assert.equal(attributes.is_returning, true);
  assert.equal(attributes.pageviews, 2);
  assert.equal(features.length, 20);
  assert.equal(features[0], 1);
  assert.equal(embedding.length, 32);
  assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-6);
});
