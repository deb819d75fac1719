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

test('the native program replays what the client decided', { skip: existsSync(native) ? false : `SKIPPED: no ${native}` }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'samplit-events-'));
  const visits = Array.from({ length: 500 }, (_, i) => ({
    country: ['US', 'GB', 'DE', 'FR'][i % 4],
    user_agent: `Mozilla/5.0 (iPhone; CPU iPhone OS 1${i % 8}_0 like Mac OS X) Version/1${i % 8}.0 Mobile/15E148 Safari/604.1`,
    url: `https://shop.example/?utm_source=instagram&utm_campaign=spring${i}`,
    time_ms: 1.7e12 + i * 1e7,
    pageviews: i / 7,
    is_returning: i % 2 === 0,
    note: 'zoë "quoted" \\ \u0001',
  }));
  const log = visits.map((context, i) => {
    const unit = `visitor-${i}`;
    return JSON.stringify(exposure(samplit.decide(['hero', 'price', 'legacy'][i % 3], unit, context), unit, { context }));
  });
  const replay = (lines) => {
    const file = join(folder, 'events.ndjson');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const { stdout } = spawnSync(native, ['replay', '--json', join(vectors, 'bundle.safetensors'), file], { encoding: 'utf8' });
    return JSON.parse(stdout);
  };
  try {
    const { checked, equal } = replay(log);
    assert.deepEqual({ checked, equal }, { checked: 500, equal: 500 });
    log[7] = log[7].replace(/"trace":"../, (found) => `"trace":"${found.endsWith('00') ? '11' : '00'}`);
    assert.equal(replay(log).first.line, 8);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
