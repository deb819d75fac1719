// SPDX-License-Identifier: MIT
// The worker of docs/client.md, cut out of the page and run in workerd as it stands there.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setCookies } from './client_support.mjs';
import { bundleBytes, client, dist, moduleOf, root, shipped, vectors } from './support.mjs';
import { serve } from './workerd.mjs';

const page = readFileSync(join(root, 'docs/client.md'), 'utf8');

// The code block whose first line is a comment with this file name.
function block(name) {
  const found = page.split('```').find((text) => text.split('\n')[1]?.match(/^(?:\/\/|#) (.*)$/)?.[1] === name);
  return found.slice(found.indexOf('\n') + 1);
}

const { requestContext } = client;
const folder = mkdtempSync(join(tmpdir(), 'samplit-example-'));
let workerd, lines;

before(async () => {
  writeFileSync(join(folder, 'worker.js'), block('worker.js'));
  writeFileSync(join(folder, 'config.capnp'), block('config.capnp').replace('127.0.0.1:8080', '127.0.0.1:0'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(dist, join(folder, 'node_modules/samplit'));
  symlinkSync(join(vectors, 'bundle.safetensors'), join(folder, 'bundle.safetensors'));
  workerd = await serve(folder, 'pipe');
  lines = createInterface({ input: workerd.process.stdout })[Symbol.asyncIterator]();
});

after(() => {
  workerd?.process.kill();
  rmSync(folder, { recursive: true });
});

const headers = {
  'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1',
  referer: 'https://www.google.com/', 'accept-language': 'en-US', 'cf-ipcountry': 'US',
};

async function visit(cookie) {
  const response = await fetch(`${workerd.origin}/landing?utm_campaign=spring`, { headers: { ...headers, ...cookie } });
  assert.equal(response.status, 200);
  const cookies = setCookies(response).map((text) => text.split(';')[0]);
  return { text: await response.text(), cookies };
}

const nextEvent = async () => JSON.parse((await lines.next()).value);

test('the documented worker decides what Node decides, from the same request', async () => {
  const samplit = client.loadSync(moduleOf(shipped[1]), bundleBytes());
  const shown = new Set();
  for (let i = 0; i < 50; i++) {
    const unit = String(i).padStart(32, '0');
    const { text } = await visit({ cookie: `theme=dark; samplit.unit=${unit}` });
    const seen = await nextEvent();
    const request = new Request(`${workerd.origin}/landing?utm_campaign=spring`, { headers });
    const decision = samplit.decide('hero', unit, { ...requestContext(request), is_returning: true });
    assert.equal(decision.segment, 'country:US|device:mobile|source:google');
    assert.equal(text, `hero: ${decision.variant}\n`);
    assert.deepEqual([seen.unit, seen.variant, seen.trace, seen.context.is_returning], [unit, decision.variant, decision.trace, true]);
    shown.add(decision.variant);
  }
  assert.equal(shown.size, 3);
});

test('the documented worker gives a new visitor a cookie, and the same variant with it, exposed once', async () => {
  const first = await visit({});
  const seen = await nextEvent();
  assert.ok(first.cookies.includes(`samplit.unit=${seen.unit}`));
  assert.equal(seen.context.is_returning, false);
  const second = await visit({ cookie: first.cookies.join('; ') });
  assert.deepEqual([second.text, second.cookies], [first.text, []]);
  await visit({});
  assert.notEqual((await nextEvent()).unit, seen.unit); // the second visit logged nothing
});

test('workerd and wrangler are told of every file that the documented worker imports', () => {
  const imported = [...block('worker.js').matchAll(/from '(.*)'/g)].map(([, name]) => name.replace(/^\.\//, ''));
  assert.deepEqual(imported, ['samplit/wasm', 'samplit/worker', 'bundle.safetensors']);
  for (const name of imported) assert.ok(block('config.capnp').includes(`(name = "${name}"`), name);
  assert.match(block('wrangler.toml'), /\*\*\/\*\.safetensors/);
});
