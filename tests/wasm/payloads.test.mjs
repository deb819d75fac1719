// SPDX-License-Identifier: MIT
// What `samplit bundle set --payloads` attaches to variants comes out of the client.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClientSync } from './client_support.mjs';
import { bundleBytes, moduleOf, root, shipped, vectors } from './support.mjs';

const native = process.env.SAMPLIT ?? join(root, 'build/release/samplit');
const skip = existsSync(native) ? false : `SKIPPED: no ${native}`;
const open = (bundle) => createClientSync({ module: moduleOf(shipped[1]), bundle });

test('payloads of a bundle come with its decisions, byte for byte what was attached', { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'samplit-payloads-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const plain = open(bundleBytes());
  const ranked = plain.rank('hero', { unit: 'u1' });
  const values = [{ title: 'Zoë "said" \\ so\n', href: '/plans?a=1&b=2', list: [1, -0.5, 1e21, true, null] }, 'Buy \u{1f600}', 0.1, { __proto__: null, constructor: 'x' }];
  const payloads = Object.fromEntries(ranked.map(({ variant }, i) => [variant, values[i % values.length]]));
  writeFileSync(join(folder, 'p.json'), JSON.stringify(payloads));
  execFileSync(native, ['bundle', 'set', join(vectors, 'bundle.safetensors'), '--experiment', 'hero', '--payloads', join(folder, 'p.json'), '--out', join(folder, 'b.safetensors')]);
  const client = open(new Uint8Array(readFileSync(join(folder, 'b.safetensors'))));
  const sameJson = (a, b) => assert.equal(JSON.stringify(a), JSON.stringify(b));
  for (const { variant, payload } of client.rank('hero', { unit: 'u1' })) sameJson(payload, payloads[variant]);
  for (const unit of ['u1', 'u2', 'u3', 'u4', 'u5']) {
    const { variant, payload, trace } = client.decide('hero', { unit });
    sameJson(payload, payloads[variant]);
    assert.equal(variant, plain.peek('hero', { unit }).variant);
    assert.match(trace, /^[0-9a-f]{16}$/);
  }
  assert.equal('payload' in client.peek('price', { unit: 'u1' }), false);
});
