// SPDX-License-Identifier: MIT
// Events made by the client: their form, and that the native program replays the decisions they log.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundleBytes, client, moduleOf, root, shipped, vectors } from './support.mjs';

globalThis.crypto ??= webcrypto; // Node 18

const { exposure, hashUnit, loadSync, outcome } = client;
const samplit = loadSync(moduleOf(shipped[1]), bundleBytes());
const native = process.env.SAMPLIT ?? join(root, 'build/release/samplit');

test('an exposure carries the decision, and the context only when it is given', () => {
  const context = { country: 'US' };
  const decision = samplit.decide('hero', 'u1', context);
  const time = new Date('2026-03-04T05:06:07.089Z');
  const event = exposure(decision, 'u1', { time, region: 'eu' });
  assert.equal(event.type, 'exposure');
  assert.equal(event.time, '2026-03-04T05:06:07.089Z');
  assert.equal(event.trace, decision.trace);
  assert.equal(event.bundle, samplit.bundle);
  assert.equal(event.region, 'eu');
  assert.equal('context' in event, false);
  assert.deepEqual(exposure(decision, 'u1', { context }).context, context);
});

test('ids are UUIDv7 of their time, and differ', () => {
  const decision = samplit.decide('hero', 'u1');
  const time = new Date(0x0123456789ab);
  const ids = Array.from({ length: 1000 }, () => exposure(decision, 'u1', { time }).id);
  for (const id of ids) assert.match(id, /^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(ids).size, ids.length);
});

test('without crypto.randomUUID, as in pages without https, ids are UUIDv7 all the same', (t) => {
  const { crypto } = globalThis;
  t.after(() => Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true, writable: true }));
  const decision = samplit.decide('hero', 'u1');
  for (const value of [undefined, {}]) {
    Object.defineProperty(globalThis, 'crypto', { value, configurable: true, writable: true });
    const ids = Array.from({ length: 1000 }, () => exposure(decision, 'u1', { time: new Date(0x0123456789ab) }).id);
    for (const id of ids) assert.match(id, /^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(new Set(ids).size, ids.length);
  }
});

test('an outcome names its exposure', () => {
  const seen = exposure(samplit.decide('hero', 'u1'), 'u1');
  const event = outcome(seen, 'purchase', 59.9);
  const { exposure: of, experiment, unit, name, value } = event;
  assert.deepEqual([of, experiment, unit, name, value], [seen.id, 'hero', 'u1', 'purchase', 59.9]);
});

test('a hashed unit is HMAC-SHA-256 under the key, cut to 16 bytes', async () => {
  // RFC 4231, test case 2
  const digest = await hashUnit(new TextEncoder().encode('Jefe'), 'what do ya want for nothing?');
  assert.equal(digest, '5bdcc146bf60754e6a042426089575c7');
});

const skip = existsSync(native) ? false : `SKIPPED: no ${native}`;

// What the native program says of the lines as a log of this bundle.
function replay(lines) {
  const folder = mkdtempSync(join(tmpdir(), 'samplit-events-'));
  const file = join(folder, 'events.ndjson');
  try {
    writeFileSync(file, `${lines.join('\n')}\n`);
    const { stdout, stderr } = spawnSync(native, ['replay', '--json', join(vectors, 'bundle.safetensors'), file], { encoding: 'utf8' });
    return { ...JSON.parse(stdout), stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function logOf(experiment, unit, context) {
  return JSON.stringify(exposure(samplit.decide(experiment, unit, context), unit, { context }));
}

test('the native program replays what the client decided', { skip }, () => {
  const log = Array.from({ length: 500 }, (_, i) => logOf(['hero', 'price', 'legacy'][i % 3], `visitor-${i}`, {
    country: ['US', 'GB', 'DE', 'FR'][i % 4],
    user_agent: `Mozilla/5.0 (iPhone; CPU iPhone OS 1${i % 8}_0 like Mac OS X) Version/1${i % 8}.0 Mobile/15E148 Safari/604.1`,
    url: `https://shop.example/?utm_source=instagram&utm_campaign=spring${i}`,
    time_ms: 1.7e12 + i * 1e7,
    pageviews: i / 7,
    is_returning: i % 2 === 0,
    note: 'zoë "quoted" \\ \u0001',
  }));
  const { checked, equal } = replay(log);
  assert.deepEqual({ checked, equal }, { checked: 500, equal: 500 });
  log[7] = log[7].replace(/"trace":"../, (found) => `"trace":"${found.endsWith('00') ? '11' : '00'}`);
  assert.equal(replay(log).first.line, 8);
});

// Park and Miller's generator: the same odd contexts every time.
function drawing(seed) {
  let state = seed;
  const below = (n) => (state = (state * 48271) % 2147483647) % n;
  const pick = (...items) => items[below(items.length)];
  return { below, pick };
}

const PIECES = [
  'a', 'Z', ' ', '"', '\\', '/', '\u0000', '\u0001', '\n', '\u007f', '\u2028', 'ü', 'ß', '€', '\ufeff', '\uffff', '\ufffd', '😀',
  '\ud800', '\udbff', '\udc00', '\udfff', '%41', '&utm_source=x', '-', '0',
];
const NAMES = [
  'country', 'device', 'source', 'hour', 'dow', 'pageviews', 'is_returning', 'user_agent', 'referrer', 'url', 'utm_source', 'gclid',
  'language', 'accept_language', 'sec_ch_ua', 'sec_ch_ua_mobile', 'sec_ch_ua_platform', 'time_ms', 'utc_offset_minutes', 'campaign',
  '', '0', '17', '__proto__', 'toJSON', 'constructor', 'length', '\ud800', '\udc00', 'ü', '\u0000', '"',
];
const NUMBERS = [0, -0, 1, -1, 0.1, 23, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 2 ** 53, -(2 ** 53) - 2, 1.7e12, NaN, Infinity, -Infinity];
const OTHERS = () => [null, undefined, {}, { a: 1 }, [], [1, 'x'], new Date(0), 1n, Symbol('s'), () => 1, Object('text'), Object(7)];

function drawText({ below, pick }) {
  const length = pick(0, 1, 2, 8, 40, 319, 320, 321, 700, 1024, 2047, 2048, 2049, 4000);
  if (below(2)) return pick(...PIECES).repeat(length);
  let text = '';
  while (text.length < length) text += pick(...PIECES) + 'a'.repeat(below(40));
  return text;
}

function drawValue(draw) {
  const { below, pick } = draw;
  switch (below(5)) {
    case 0: return drawText(draw);
    case 1: return pick('US', 'GB', 'mobile', 'google', 'https://www.google.com/', '?1', 'true', '9');
    case 2: return pick(...NUMBERS, below(100), below(1e6) / 7);
    case 3: return below(2) === 0;
    default: return pick(...OTHERS());
  }
}

function drawContext(draw) {
  const { below, pick } = draw;
  const name = () => (below(6) === 0 ? drawText(draw) : below(4) === 0 ? `a${below(400)}` : pick(...NAMES));
  const count = pick(0, 1, 5, 20, 100, 300, 600);
  const parent = below(4) === 0 ? { country: 'DE', 0: 'inherited' } : Object.prototype;
  const context = Object.create(parent);
  const set = (key, value) => Object.defineProperty(context, key, { value, enumerable: true, configurable: true, writable: true });
  for (let i = 0; i < count; i++) set(count > 100 ? `a${below(900)}` : name(), drawValue(draw));
  return context;
}

function drawUnit(draw) {
  const { below, pick } = draw;
  return below(3) ? pick(`visitor-${below(1e6)}`, below(1e6), below(1e6) / 7, BigInt(below(1e9)) ** 3n) : pick(drawText(draw), drawValue(draw));
}

test('whatever is decided from is logged so that the native program reads it and finds the same trace', { skip }, () => {
  const draw = drawing(20261121);
  const expected = { exposures: 0, checked: 0, outside_policy: 0, without_context: 0 };
  const log = Array.from({ length: 3000 }, () => {
    const [unit, context] = [drawUnit(draw), draw.below(10) ? drawContext(draw) : draw.pick(null, undefined, 7, 'text', [1, 'x'], new Date(0))];
    const line = logOf(draw.pick('hero', 'price', 'legacy', 'ported', 'not here', ''), unit, context);
    const event = JSON.parse(line);
    expected.exposures++;
    if (event.reason === 'default') expected.outside_policy++;
    else if (!event.context) expected.without_context++;
    else expected.checked++;
    return line;
  });
  assert.ok(Math.min(...Object.values(expected)) > 50, JSON.stringify(expected));
  const { exposures, checked, different, first, outside_policy, without_context, bad_lines, stderr } = replay(log);
  assert.equal(bad_lines, 0, stderr);
  assert.deepEqual({ exposures, checked, outside_policy, without_context }, expected);
  assert.deepEqual({ different, first }, { different: 0, first: null });
});

test('a context that cannot be read is logged as an empty one, a unit that is none as unknown', () => {
  const context = { country: 'US', get plan() { throw new Error('no'); } };
  assert.deepEqual(exposure(samplit.decide('hero', 'u1', context), 'u1', { context }).context, {});
  for (const unit of ['', null, undefined, NaN, {}, 'a'.repeat(1025), 'ü'.repeat(513)]) {
    const event = exposure(samplit.decide('hero', unit), unit);
    assert.deepEqual([event.unit, event.reason], ['unknown', 'default']);
  }
  assert.equal(exposure(samplit.decide('hero', 'ü'.repeat(512)), 'ü'.repeat(512)).unit, 'ü'.repeat(512));
  assert.equal(exposure(samplit.decide('hero', 12345), 12345).unit, '12345');
});

test('an outcome has a finite value or is an error', () => {
  const seen = exposure(samplit.decide('hero', 'u1'), 'u1');
  for (const value of [NaN, Infinity, '59.90', null]) {
    assert.throws(() => outcome(seen, 'purchase', value), { name: 'SamplitError', status: 'INVALID_ARGUMENT' });
  }
});
