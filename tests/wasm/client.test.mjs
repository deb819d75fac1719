// SPDX-License-Identifier: MIT
// The typed client: what it takes, what it answers, and what it does with bad input.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleBytes, bundleWith, client, moduleOf, shipped } from './support.mjs';

const { loadSync, requestContext } = client;
const module = moduleOf(shipped[0]);
const open = () => loadSync(module, bundleBytes());

test('a decision says what, how likely, why and where', () => {
  const decision = open().decide('hero', 'u1', { country: 'US', device: 'mobile', source: 'google' });
  assert.equal(decision.segment, 'country:US|device:mobile|source:google');
  assert.equal(decision.variant, ['control', 'bold', 'calm'][decision.index]);
  assert.equal(decision.propensity, decision.probabilities[decision.index]);
  assert.ok(Math.abs(decision.probabilities.reduce((sum, p) => sum + p) - 1) < 1e-9);
  assert.match(decision.trace, /^[0-9a-f]{16}$/);
});

test('a decision is the same when spread, cloned, or sent as JSON', () => {
  const decision = open().decide('hero', 'u1', { country: 'US' });
  assert.ok(Object.keys(decision).includes('trace'));
  for (const copy of [{ ...decision }, structuredClone(decision), JSON.parse(JSON.stringify(decision))]) {
    assert.deepEqual(copy, decision);
  }
});

test('the same question has the same answer, a different one another trace', () => {
  const samplit = open();
  const ask = (unit, country) => samplit.decide('hero', unit, { country }).trace;
  const first = ask('u1', 'US');
  assert.notEqual(ask('u2', 'US'), first);
  assert.notEqual(ask('u1', 'GB'), first);
  assert.equal(ask('u1', 'US'), first);
});

test('without a bundle the control is served, with the reason default', () => {
  const decision = loadSync(module, null).decide('hero', 'u1', { country: 'US' });
  const { variant, index, propensity, probabilities, reason, segment } = decision;
  assert.deepEqual({ variant, index, propensity, probabilities, reason, segment }, {
    variant: 'control', index: 0, propensity: 1, probabilities: [1], reason: 'default', segment: 'global',
  });
});

test('an unknown experiment gets the control, with the reason default', () => {
  const decision = open().decide('no such experiment', 'u1');
  assert.deepEqual([decision.variant, decision.index, decision.reason], ['control', 0, 'default']);
});

test('the control goes by the name that the bundle gives it', () => {
  const samplit = loadSync(module, bundleWith('controlboldcalm', 'as-is-nboldcalm'));
  assert.equal(samplit.experiments[0].variants[0], 'as-is-n');
  assert.equal(samplit.decide('hero', '').variant, 'as-is-n');
  assert.equal(samplit.decide('hero', 'u1', { get country() { throw new Error('no'); } }).variant, 'as-is-n');
  assert.equal(samplit.decide('no such experiment', 'u1').variant, 'control');
});

test('deciding never throws, whatever the context holds', () => {
  const samplit = open();
  const odd = { a: NaN, b: -Infinity, c: {}, d: [], e: 1n, f: Symbol.iterator, g: () => 1, i: null };
  const strange = { ...odd, h: '\ud800', __proto__: null, '': '' };
  assert.equal(samplit.decide('hero', 'u1', strange).reason, 'policy');
  assert.deepEqual(samplit.explain().attributes, { h: '\ufffd', '': '' });
  const bare = samplit.decide('hero', 'u1');
  for (const other of [undefined, null, 7, 'text', true, [], () => 1, Symbol('s'), new Date(0), new Map([['country', 'US']])]) {
    assert.deepEqual(samplit.decide('hero', 'u1', other), bare);
    assert.equal(samplit.decide(other, 'u1').reason, 'default');
  }
});

test('a decision that failed is not explained by the visitor before', () => {
  const samplit = open();
  const throwing = { plan: 'gold', get country() { throw new Error('no'); } };
  const hostile = new Proxy({}, { ownKeys() { throw new Error('no'); } });
  const known = { country: 'GB' };
  for (const [unit, context, shown] of [['u1', throwing, {}], ['u1', hostile, {}], ['', known, known], [null, known, known]]) {
    assert.equal(samplit.decide('hero', 'before', { country: 'US', user_agent: 'Mozilla/5.0' }).reason, 'policy');
    const { variant, index, propensity, reason } = samplit.decide('hero', unit, context);
    assert.deepEqual({ variant, index, propensity, reason }, { variant: 'control', index: 0, propensity: 1, reason: 'default' });
    const { attributes, ignored, features, embedding } = samplit.explain();
    assert.deepEqual([attributes, ignored, features.length, embedding.length], [shown, 0, 0, 0]);
  }
});

test('nothing is explained before the first decision, and no features where none were made', () => {
  const samplit = open();
  assert.equal(samplit.explain().features.length, 0);
  samplit.decide('hero', 'u1', { country: 'US' });
  assert.equal(samplit.explain().features.length, 20);
  samplit.decide('no such experiment', 'u1', { country: 'GB' });
  const { attributes, features, embedding } = samplit.explain();
  assert.deepEqual([attributes, features.length, embedding.length], [{ country: 'GB' }, 0, 0]);
});

test('the first 256 entries that say something count, the others are ignored', () => {
  const samplit = open();
  const entries = Array.from({ length: 300 }, (_, i) => [`a${i}`, i % 3 ? i : `text ${i}`]);
  const nothing = Array.from({ length: 300 }, (_, i) => [`n${i}`, null]);
  samplit.decide('hero', 'u1', Object.fromEntries([...nothing, ...entries]));
  const { attributes, ignored } = samplit.explain();
  assert.deepEqual(attributes, Object.fromEntries(entries.slice(0, 256)));
  assert.equal(ignored, 44);
});

test('long texts count up to 2,048 bytes, cut between characters', () => {
  const samplit = open();
  const cut = (note) => {
    samplit.decide('hero', 'u1', { note });
    return samplit.explain().attributes.note;
  };
  assert.equal(cut('a'.repeat(3000)), 'a'.repeat(2048));
  assert.equal(cut('ü'.repeat(3000)), 'ü'.repeat(1024));
  assert.equal(cut(`a${'ü'.repeat(3000)}`), `a${'ü'.repeat(1023)}`);
  assert.equal(cut('€'.repeat(3000)), '€'.repeat(682));
  assert.equal(cut('😀'.repeat(3000)), '😀'.repeat(512));
  assert.equal(cut(`\ufeff${'a'.repeat(321)}`), `\ufeff${'a'.repeat(321)}`);
});

test('nothing that is decided makes the memory grow', () => {
  const samplit = open();
  const bytes = samplit.memoryBytes;
  const long = 'ü'.repeat(5 << 20);
  assert.equal(samplit.decide('hero', 'u1', { user_agent: long, country: 'US' }).segment.startsWith('country:US'), true);
  assert.equal(samplit.decide('hero', 'u1', { [long]: 'x', country: 'US' }).segment, 'country:US');
  assert.deepEqual(samplit.explain().attributes, { country: 'US' });
  assert.equal(samplit.decide('hero', long).reason, 'default');
  const full = Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`${i}${'€'.repeat(256 - `${i}`.length)}`, long]));
  assert.equal(samplit.decide('hero', 'ü'.repeat(512), full).reason, 'policy');
  assert.equal(Object.keys(samplit.explain().attributes).length, 256);
  assert.equal(samplit.memoryBytes, bytes);
});

test('memory stays as it is over a million decisions', () => {
  const samplit = open();
  const web = { utm_source: 'google', url: 'https://x.example/?a=1' };
  const contexts = [{ country: 'US', device: 'mobile', pageviews: 3 }, web, {}];
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

test('a manifest that is no JSON is undefined; the core does not read it', () => {
  const samplit = loadSync(module, bundleWith('\\"note\\":', '\\"note\\"!'));
  assert.equal(samplit.manifest, undefined);
  assert.equal(samplit.decide('hero', 'u1').reason, 'policy');
});

test('a request says what its headers, its address and Cloudflare say', () => {
  const headers = {
    'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1',
    referer: 'https://www.google.com/', 'accept-language': 'de-CH,en;q=0.5', 'cf-ipcountry': 'CH',
    'sec-ch-ua': '"Chromium";v="126"', 'sec-ch-ua-mobile': '?1', 'sec-ch-ua-platform': '"iOS"',
  };
  const request = new Request('https://shop.example/?utm_campaign=spring', { headers });
  assert.deepEqual(requestContext(request), {
    url: 'https://shop.example/?utm_campaign=spring', referrer: headers.referer, user_agent: headers['user-agent'],
    accept_language: headers['accept-language'], sec_ch_ua: headers['sec-ch-ua'], sec_ch_ua_mobile: '?1',
    sec_ch_ua_platform: '"iOS"', sec_ch_ua_platform_version: null, sec_ch_ua_form_factors: null, viewport_width: NaN,
    connection: null, country: 'CH',
  });
  request.cf = { get country() { throw new Error('is dear, and says the same'); } };
  assert.equal(requestContext(request).country, 'CH');
  request.headers.delete('cf-ipcountry');
  request.cf = { country: 'DE' };
  assert.equal(requestContext(request).country, 'DE');
  const samplit = open();
  samplit.decide('hero', 'u1', requestContext(request));
  const { device, source, medium, campaign, language, country } = samplit.explain().attributes;
  assert.deepEqual([device, source, medium, campaign, language, country], ['mobile', 'google', 'organic', 'spring', 'de', 'DE']);
  samplit.decide('hero', 'u1', requestContext(new Request('https://shop.example/')));
  assert.deepEqual([samplit.explain().attributes.source, samplit.explain().attributes.medium], ['direct', 'none']);
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
