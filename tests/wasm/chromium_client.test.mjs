// SPDX-License-Identifier: MIT
// createClient in pages of real Chromium: real stores and caches, beacons of pages that go, two clients on one page.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { signer, soon, until } from './client_support.mjs';
import { bundleBytes, dist } from './support.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : `SKIPPED: no ${executablePath}`;
const types = { js: 'text/javascript', wasm: 'application/wasm' };
const bundle = bundleBytes();
const keys = signer();

const site = { got: [], asked: [], collects: 204, bundle: 200, hold_ms: 0, log_ms: 0 };

async function serve(request, response) {
  const { pathname } = new URL(request.url, 'http://x');
  site.asked.push(pathname);
  if (pathname === '/events') {
    let body = '';
    for await (const part of request) body += part;
    await soon(site.hold_ms);
    if (site.collects === 204) for (const line of body.trimEnd().split('\n')) site.got.push(JSON.parse(line));
    return response.writeHead(site.collects).end();
  }
  if (pathname === '/log.js') await soon(site.log_ms);
  if (pathname === '/next') await soon(100);
  if (pathname === '/bundle') return response.writeHead(site.bundle, { etag: '"1"' }).end(bundle);
  if (pathname === '/bundle.minisig') return response.end(keys.minisig(bundle));
  const file = join(dist, pathname.slice(1));
  if (pathname !== '/' && existsSync(file)) return response.writeHead(200, { 'content-type': types[file.split('.').pop()] }).end(readFileSync(file));
  const csp = "script-src 'self' 'wasm-unsafe-eval'";
  const link = pathname === '/preloads' ? '<link rel="modulepreload" href="/log.js">' : '';
  response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': csp }).end(`<!doctype html><title>samplit</title>${link}`);
}

const server = createServer(serve);
let browser, origin;

before(async () => {
  if (skip) return;
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${server.address().port}`;
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
});

after(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

/** A page of a new visitor, on the site. `how.init` runs in it before anything else. */
async function visit({ path = '/', init, log_ms = 0, ...how } = {}) {
  Object.assign(site, { got: [], asked: [], collects: 204, bundle: 200, hold_ms: 0, log_ms });
  const context = await browser.newContext(how);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  await page.goto(origin + path);
  return { context, page };
}

// Makes `samplit` in the page.
const start = (page, options = {}) =>
  page.evaluate(async (given) => {
    const { createClient } = await import('/samplit.js');
    globalThis.samplit = await createClient({ bundle: '/bundle', collect: '/events', queue: { delay_ms: 10 }, ...given });
    return samplit.status;
  }, options);

test('a page decides from an address, under a strict policy, with what it knows, and loads no more than it needs', { skip }, async () => {
  const { context, page } = await visit({ path: '/?utm_source=google' });
  assert.equal(await start(page), 'ready');
  const decision = await page.evaluate(() => samplit.decide('hero'));
  assert.match(decision.reason, /policy|fallback/);
  await until(() => site.got.length === 1);
  assert.deepEqual([site.got[0].unit, site.got[0].trace, 'context' in site.got[0]], [decision.unit, decision.trace, false]);
  const asked = site.asked.filter((path) => path !== '/' && path !== '/favicon.ico');
  assert.deepEqual(asked.sort(), ['/bundle', '/events', '/log.js', '/samplit.js', '/samplit.simd.wasm']);
  await context.close();
});

test('a signed bundle is checked by the browser', { skip }, async () => {
  const { context, page } = await visit();
  assert.equal(await start(page, { publicKey: keys.key }), 'ready');
  assert.equal(await start(page, { publicKey: signer().key, name: 'other', offline: false }), 'default');
  assert.equal(await page.evaluate(() => samplit.error.status), 'BAD_SIGNATURE');
  await context.close();
});

test('without simd128 the page loads the scalar module, without WebAssembly it serves the control', { skip }, async () => {
  const scalar = await visit({ init: () => (WebAssembly.validate = () => false) });
  assert.equal(await start(scalar.page), 'ready');
  assert.ok(site.asked.includes('/samplit.wasm') && !site.asked.includes('/samplit.simd.wasm'));
  await scalar.context.close();
  const none = await visit({ init: () => delete globalThis.WebAssembly });
  assert.equal(await start(none.page), 'default');
  const { variant, reason, error } = await none.page.evaluate(() => ({ ...samplit.decide('hero'), error: samplit.error.status }));
  assert.deepEqual([variant, reason, error], ['control', 'default', 'UNSUPPORTED']);
  await none.context.close();
});

test('the next page knows the visitor, has the bundle without the server, and logs no exposure twice', { skip }, async () => {
  const { context, page } = await visit();
  await start(page, { publicKey: keys.key });
  const before = await page.evaluate(() => samplit.decide('hero').unit);
  await until(() => site.got.length === 1);
  await page.waitForFunction(async () => (await (await caches.open('samplit')).keys()).length === 1);
  site.bundle = 500;
  await page.reload();
  await start(page, { publicKey: keys.key });
  const again = await page.evaluate(() => samplit.decide('hero'));
  assert.deepEqual([again.unit, again.reason === 'default'], [before, false]);
  await page.waitForFunction(() => samplit.status === 'stale');
  await page.evaluate(() => samplit.flush());
  assert.equal(site.got.length, 1);
  await context.close();
});

test('a page that is left sends what waits by beacon, once, also in the middle of a flush', { skip }, async () => {
  const { context, page } = await visit();
  site.hold_ms = 150;
  await start(page, { queue: { delay_ms: 60_000 } });
  await page.evaluate(async () => {
    samplit.decide('hero');
    await samplit.flush; // the log's file may still be on its way
    samplit.flush();
    await new Promise((done) => setTimeout(done, 50));
    samplit.decide('cta');
    samplit.track('signup');
  });
  await page.goto('about:blank');
  await until(() => site.got.length >= 4);
  await soon(300);
  const ids = site.got.map((event) => event.id);
  assert.deepEqual([ids.length, new Set(ids).size], [4, 4]); // two exposures, an outcome for each
  await context.close();
});

test('what is shown in the task that hides the page goes by beacon too', { skip }, async () => {
  const { context, page } = await visit();
  await start(page, { queue: { delay_ms: 60_000 } });
  const waits = await page.evaluate(async () => {
    await samplit.flush();
    samplit.decide('hero');
    dispatchEvent(new Event('pagehide'));
    return samplit.queued;
  });
  assert.equal(waits, 0);
  await until(() => site.got.length === 1);
  await context.close();
});

test('what waits goes by beacon also where it has pushed out of the queue what is on its way', { skip }, async () => {
  const { context, page } = await visit();
  site.hold_ms = 300;
  await start(page, { queue: { delay_ms: 60_000, max: 2 } });
  const waits = await page.evaluate(async () => {
    for (const unit of ['a', 'b']) samplit.decide('hero', { unit });
    samplit.flush();
    await new Promise((done) => setTimeout(done, 50));
    for (const unit of ['c', 'd', 'e']) samplit.decide('hero', { unit });
    dispatchEvent(new Event('pagehide'));
    return samplit.queued;
  });
  assert.equal(waits, 0);
  await until(() => site.got.length === 4);
  assert.deepEqual(site.got.map((event) => event.unit).sort(), ['a', 'b', 'd', 'e']);
  await context.close();
});

test('a page that preloads what logs has it when the visitor goes on at once', { skip }, async () => {
  const { context, page } = await visit({ path: '/preloads', log_ms: 500 });
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/log.js')));
  await page.evaluate(async () => {
    const { createClient } = await import('/samplit.js');
    const samplit = await createClient({ bundle: '/bundle', collect: '/events', queue: { delay_ms: 60_000 } });
    samplit.decide('hero');
    location.href = '/next';
  });
  await until(() => site.got.length === 1);
  await context.close();
});

test('what the collector did not take is sent by the next page', { skip }, async () => {
  const { context, page } = await visit();
  site.collects = 503;
  await start(page, { queue: { delay_ms: 1, retry_ms: 60_000 } });
  await page.evaluate(() => samplit.decide('hero'));
  await until(() => site.asked.filter((path) => path === '/events').length === 1);
  await page.waitForFunction(() => localStorage['samplit.queue./events']);
  await page.evaluate(() => (navigator.sendBeacon = () => false));
  await page.reload();
  site.collects = 204;
  await start(page);
  await until(() => site.got.length === 1);
  await page.waitForFunction(() => !localStorage['samplit.queue./events']);
  await context.close();
});

test('before consent a page stores nothing at all; refused, nothing is left', { skip }, async () => {
  const { context, page } = await visit();
  const stored = () => page.evaluate(async () => [Object.keys(localStorage).length, document.cookie, (await caches.keys()).length]);
  await page.evaluate(() => (globalThis.granted = undefined));
  await page.evaluate(async () => {
    const { createClient } = await import('/samplit.js');
    globalThis.samplit = await createClient({ bundle: '/bundle', collect: '/events', sticky: 'cookie', consent: () => globalThis.granted });
    samplit.decide('hero');
    await samplit.flush();
  });
  assert.deepEqual([await stored(), site.got.length], [[0, '', 0], 0]);
  await page.evaluate(() => {
    globalThis.granted = true;
    samplit.consent();
  });
  await page.evaluate(() => samplit.flush());
  await until(async () => site.got.length === 1 && (await stored())[2] === 1);
  const [keys_, cookie] = await stored();
  assert.ok(keys_ > 0 && /samplit\.unit=[0-9a-f]{32}/.test(cookie) && /samplit\.sticky=/.test(cookie), cookie);
  await page.evaluate(() => samplit.consent(false));
  await page.waitForFunction(async () => !(await (await caches.open('samplit')).keys()).length);
  assert.deepEqual((await stored()).slice(0, 2), [0, '']);
  await context.close();
  const refusing = await visit();
  await start(refusing.page, { sticky: 'cookie', consent: false });
  await refusing.page.evaluate(() => samplit.decide('hero'));
  await refusing.page.evaluate(() => samplit.flush());
  const left = await refusing.page.evaluate(async () => [localStorage.length, document.cookie, (await caches.keys()).length]);
  assert.deepEqual([left, site.got.length], [[0, '', 0], 0]);
  await refusing.context.close();
});

test('cookies off, storage denied or full: the page decides and logs all the same', { skip }, async () => {
  const breaks = [
    () => Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set() {} }),
    () => Object.defineProperty(globalThis, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } }),
    () => (Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }),
    () => Object.defineProperty(globalThis, 'caches', { value: { open: () => Promise.reject(new DOMException('denied', 'SecurityError')) } }),
    () => delete globalThis.caches,
  ];
  for (const init of breaks) {
    for (const sticky of ['cookie', 'local']) {
      const { context, page } = await visit({ init });
      assert.equal(await start(page, { sticky }), 'ready');
      const [one, two] = await page.evaluate(() => [samplit.decide('hero'), samplit.decide('hero')]);
      assert.deepEqual([two.unit, two.variant], [one.unit, one.variant]);
      await until(() => site.got.length === 1);
      await context.close();
    }
  }
});

test('two clients on one page keep to themselves, and share the visitor', { skip }, async () => {
  const { context, page } = await visit({ path: '/?samplit_force=cta:1' });
  const made = await page.evaluate(async () => {
    const { createClient } = await import('/samplit.js');
    const options = { bundle: '/bundle', queue: { delay_ms: 10 } };
    const [one, two] = await Promise.all([createClient({ ...options, collect: '/events' }), createClient({ ...options, collect: '/events?2' })]);
    one.force('hero', 'calm');
    return [one.decide('hero'), two.decide('hero'), one.decide('cta'), two.decide('cta'), { ...one.forced }, { ...two.forced }];
  });
  const [hero, other, cta, otherCta, forced, otherForced] = made;
  assert.deepEqual([hero.variant, hero.reason, cta.reason, otherCta.reason], ['calm', 'forced', 'forced', 'forced']);
  assert.equal(hero.unit, other.unit);
  assert.deepEqual([forced, otherForced], [{ cta: '1', hero: 'calm' }, { cta: '1' }]);
  await until(() => site.got.length === 1);
  assert.deepEqual([site.got[0].experiment, site.got[0].variant], ['hero', other.variant]);
  await context.close();
});

test('nothing is thrown into the page, whatever is wrong with addresses', { skip }, async () => {
  const { context, page } = await visit();
  const thrown = [];
  page.on('pageerror', (error) => thrown.push(error.message));
  for (const wrong of [{ collect: 'http://[' }, { bundle: 'http://[' }, { module: 'http://[' }, { bundle: 'data:,x' }, { collect: 'blob:x' }, { offline: {} }, { publicKey: 'x' }]) {
    await start(page, wrong);
    await page.evaluate(async () => {
      samplit.decide('hero');
      samplit.track('signup');
      await samplit.flush();
      dispatchEvent(new Event('pagehide'));
      dispatchEvent(new Event('online'));
      samplit.consent(false);
      samplit.close();
    });
  }
  await soon(50);
  assert.deepEqual(thrown, []);
  await context.close();
});

test('a page that comes online asks again', { skip }, async () => {
  const { context, page } = await visit();
  site.bundle = 503;
  assert.equal(await start(page), 'default');
  site.bundle = 200;
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await page.waitForFunction(() => samplit.status === 'ready');
  await context.close();
});
