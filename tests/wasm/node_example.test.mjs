// SPDX-License-Identifier: MIT
// wasm/examples/node: the server's decision in its page, and in Chromium after it.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { createClient, setCookies, soon, until } from './client_support.mjs';
import { client, dist, moduleOf, root, shipped } from './support.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : `SKIPPED: no ${executablePath}`;
const bundle = readFileSync(join(root, 'models/hero-policy/hero-policy.safetensors'));
const core = client.loadSync(moduleOf(shipped[1]), bundle);
const folder = mkdtempSync(join(tmpdir(), 'samplit-node-'));
const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36';
const got = [];
let makeServer, site, browser;

async function listen(bytes) {
  const server = makeServer(bytes, (lines) => got.push(...lines.trimEnd().split('\n').map((line) => JSON.parse(line))));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

before(async () => {
  cpSync(join(root, 'wasm/examples/node'), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(dist, join(folder, 'node_modules/samplit'));
  ({ makeServer } = await import(join(folder, 'server.mjs')));
  site = await listen(bundle);
  if (!skip) browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
});

after(async () => {
  await browser?.close();
  site.server.closeAllConnections();
  site.server.close();
  rmSync(folder, { recursive: true });
});

const decisionsOf = (html) => JSON.parse(/id="decisions">(.*?)<\/script>/.exec(html)[1]);
const visit = async ({ origin }, cookie = '', path = '/') => {
  const response = await fetch(origin + path, { headers: { 'user-agent': agent, cookie } });
  const html = await response.text();
  return { response, html, ...decisionsOf(html), cookie: setCookies(response).map((text) => text.split(';')[0]).join('; ') };
};

test('the server decides what the core decides from the same request, and keeps the visitor', async () => {
  const first = await visit(site, '', '/?utm_source=google');
  assert.match(first.cookie, new RegExp(`samplit.unit=${first.hero.unit}`));
  const { hero } = await visit(site, first.cookie, '/?utm_source=google');
  const request = new Request(`${site.origin}/?utm_source=google`, { headers: { 'user-agent': agent } });
  const accept = { accept_language: '*' }; // what Node's fetch says
  const own = core.decide('hero', first.hero.unit, { ...client.requestContext(request), ...accept, is_returning: true });
  assert.deepEqual([hero.unit, hero.trace, hero.variant], [first.hero.unit, own.trace, own.variant]);
});

test('a client that gets the decision serves it, whatever it knows itself, and exposes it once', async () => {
  const { hero } = await visit(site);
  const sent = [];
  const collect = async (lines) => void sent.push(...lines.trimEnd().split('\n').map((line) => JSON.parse(line)));
  const samplit = await createClient({ bundle, collect, unit: hero.unit, hydrate: { hero }, context: { country: 'GB', device: 'tablet' } });
  for (let i = 0; i < 3; i++) assert.deepEqual(samplit.decide('hero'), hero);
  await samplit.flush();
  assert.deepEqual(sent.map(({ type, variant, trace, propensity }) => [type, variant, trace, propensity]), [['exposure', hero.variant, hero.trace, hero.propensity]]);
  samplit.close();
});

test('Chromium shows the server\'s variant, logs its decision once over reloads, and the order after it', { skip }, async () => {
  for (let visitor = 0; visitor < 3; visitor++) {
    got.length = 0;
    const context = await browser.newContext();
    const page = await context.newPage();
    const response = await page.goto(site.origin);
    const { hero } = decisionsOf(await response.text());
    const title = await page.textContent('h1');
    await until(() => got.length === 1);
    const [{ type, unit, variant, trace }] = got;
    assert.deepEqual([type, unit, variant, trace], ['exposure', hero.unit, hero.variant, hero.trace]);

    const again = decisionsOf(await (await page.reload()).text()).hero;
    assert.deepEqual([again.unit, again.variant, await page.textContent('h1')], [hero.unit, hero.variant, title]);
    await page.waitForLoadState('networkidle');
    await page.click('button');
    await until(() => got.some((event) => event.type === 'outcome'));
    assert.deepEqual(got.map((event) => [event.type, event.unit, event.name]), [['exposure', hero.unit, undefined], ['outcome', hero.unit, 'purchase']]);
    assert.equal(got[1].exposure, got[0].id);
    await context.close();
  }
});

test('without a bundle the page is the control, and nothing is logged', async (t) => {
  const none = await listen(null);
  t.after(() => (none.server.closeAllConnections(), none.server.close()));
  const before = got.length;
  const { html, hero, response } = await visit(none);
  assert.deepEqual([response.status, hero.variant, hero.reason], [200, 'control', 'default']);
  assert.match(html, /Tea for every day/);
  await soon();
  assert.equal(got.length, before);
});

test('no Host header and no path make the server fail', async () => {
  for (const [path, host] of [['/', 'a b'], ['/', ''], ['/?%', '[::1'], ['/samplit/../server.mjs', 'x'], ['/samplit/%2e%2e/package.json', 'x'], ['/%00', 'x']]) {
    const status = await new Promise((done, fail) => {
      get({ port: site.server.address().port, host: '127.0.0.1', path, headers: { host } }, (answer) => done(answer.resume().statusCode)).on('error', fail);
    });
    assert.ok(status === (path.startsWith('/?') || path === '/' ? 200 : 404), `${path} ${host}: ${status}`);
  }
});

test('what is embedded cannot end its script element', async () => {
  const cookie = `samplit.unit=${'a'.repeat(32)}; samplit.sticky=${encodeURIComponent(JSON.stringify([['a'.repeat(32), { hero: ['</script><b>', 0] }]]))}`;
  const { html, hero } = await visit(site, cookie);
  assert.equal(hero.unit, 'a'.repeat(32));
  assert.equal(html.match(/<\/script>/g).length, 2);
});
