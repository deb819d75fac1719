// SPDX-License-Identifier: MIT
// Counters that a client keeps of visits: in pages of real Chromium, with and without consent, and what a process makes of the option.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bundle, createClientSync, openStore, until } from './client_support.mjs';
import { head, hero, pageOf, shown, site, skip, startSite, stopSite, visit } from './snippet_site.mjs';
import { bundleBytes, client as core, moduleOf, shipped } from './support.mjs';

before(startSite);
after(stopSite);

// Makes `samplit` in the page, and `granted` for what it asks.
const start = (page, options = {}) =>
  page.evaluate(async (given) => {
    const { createClient } = await import('/samplit.js');
    const consent = 'granted' in globalThis ? { consent: () => globalThis.granted } : {};
    globalThis.samplit = await createClient({ bundle: '/bundle', visits: true, ...consent, ...given });
    return samplit.status;
  }, options);

const counted = (page) => page.evaluate(() => [samplit.context.visits, samplit.context.pageviews]);
const kept = (page) => page.evaluate(() => localStorage['samplit.visit']?.split(' ').slice(0, 2).map(Number));
const blank = pageOf('');

test('pages and visits are counted over reloads, addresses and half hours, also where nothing is decided', { skip }, async () => {
  const { context, page } = await visit(blank);
  assert.equal(await start(page), 'ready');
  assert.deepEqual([await counted(page), await kept(page)], [[1, 1], [1, 1]]);
  await page.reload();
  await start(page);
  assert.deepEqual(await counted(page), [1, 2]);
  await page.evaluate(() => history.pushState(null, '', '/next?a'));
  assert.deepEqual(await kept(page), [1, 3]); // the browser said so
  await page.evaluate(() => history.replaceState(null, '', '/next?a#part'));
  assert.deepEqual(await counted(page), [1, 3]);
  await page.evaluate(() => (location.hash = '#/route'));
  assert.deepEqual(await counted(page), [1, 4]);
  await page.evaluate(() => history.go(-2));
  await until(async () => (await kept(page))[1] === 5);
  const { session_seconds } = await page.evaluate(() => samplit.context);
  assert.ok(session_seconds > 0 && session_seconds < 60, session_seconds);
  await page.evaluate(() => {
    const [visits, pages, begun, seen] = localStorage['samplit.visit'].split(' ').map(Number);
    localStorage['samplit.visit'] = [visits, pages, begun - 1.9e6, seen - 1.9e6].join(' ');
  });
  await page.reload();
  await start(page);
  assert.deepEqual(await counted(page), [2, 1]);
  await context.close();
});

test('the first decision has the counters, and an exposure with context can be replayed with them', { skip }, async () => {
  const { context, page } = await visit(blank);
  await start(page, { collect: '/events', sendContext: true, queue: { delay_ms: 1 } });
  await page.evaluate(() => samplit.decide('hero'));
  await until(() => site.got.length === 1);
  const [{ unit, trace, context: logged }] = site.got;
  assert.deepEqual([logged.visits, logged.pageviews], [1, 1]);
  const again = core.loadSync(moduleOf(shipped[0]), bundleBytes());
  assert.equal(again.decide('hero', unit, logged).trace, trace);
  assert.deepEqual([again.explain().attributes.visits, again.explain().attributes.is_returning], [1, false]);
  await context.close();
});

test('before consent nothing is counted, with it from the page at hand on, and without it nothing is left', { skip }, async () => {
  const { context, page } = await visit(blank);
  await page.evaluate(() => (globalThis.granted = undefined));
  await start(page);
  assert.deepEqual([await counted(page), await page.evaluate(() => localStorage.length)], [[undefined, undefined], 0]);
  await page.evaluate(() => history.pushState(null, '', '/next'));
  await page.evaluate(() => samplit.consent(true));
  assert.deepEqual([await kept(page), await counted(page)], [[1, 1], [1, 1]]);
  await page.evaluate(() => history.pushState(null, '', '/third'));
  assert.deepEqual(await counted(page), [1, 2]);
  await page.evaluate(() => samplit.consent(false));
  assert.deepEqual([await counted(page), await kept(page)], [[undefined, undefined], undefined]);
  await page.evaluate(() => history.pushState(null, '', '/fourth'));
  for (let i = 0; i < 20; i++) await page.evaluate((is) => samplit.consent(is), i % 2 > 0);
  assert.deepEqual([await counted(page), await kept(page)], [[1, 1], [1, 1]]); // as if never seen before
  await page.evaluate(() => history.pushState(null, '', '/fifth'));
  await page.evaluate(() => {
    samplit.consent(false);
    samplit.consent(true); // and nobody looked meanwhile
  });
  assert.deepEqual([await kept(page), await counted(page)], [[1, 1], [1, 1]]);
  await page.reload();
  await start(page, { visits: false, consent: false });
  assert.deepEqual([await counted(page), await kept(page)], [[undefined, undefined], undefined]);
  await context.close();
});

test('two clients count a page once, and one that is closed counts no more', { skip }, async () => {
  const { context, page } = await visit(blank);
  await start(page);
  await page.evaluate(() => (globalThis.first = samplit));
  await start(page);
  await page.evaluate(() => history.pushState(null, '', '/next'));
  assert.deepEqual(await page.evaluate(() => [first.context.pageviews, samplit.context.pageviews]), [2, 2]);
  await start(page, { name: 'other' });
  assert.deepEqual(await counted(page), [1, 1]);
  await page.evaluate(() => {
    samplit.close();
    history.pushState(null, '', '/third');
  });
  assert.deepEqual([await kept(page), await page.evaluate(() => localStorage['other.visit'].split(' ')[1])], [[1, 3], '1']);
  await context.close();
});

test('what the site says itself counts, and the counters may be in a cookie', { skip }, async () => {
  const { context, page } = await visit(blank);
  await start(page, { sticky: 'cookie', context: { visits: 7, plan: 'gold' } });
  const { visits, pageviews, plan, url } = await page.evaluate(() => samplit.context);
  assert.deepEqual([visits, pageviews, plan, url], [7, 1, 'gold', undefined]);
  assert.match(await page.evaluate(() => document.cookie), /samplit\.visit=1%201%20\d+%20\d+/);
  await context.close();
});

test('where the code does not come, the page decides without counters and says so', { skip }, async () => {
  const { context, page } = await visit(blank);
  await page.route('**/visit.js', (route) => route.abort());
  const [status, error, visits] = await page.evaluate(async () => {
    const { createClient } = await import('/samplit.js');
    let heard;
    const samplit = await createClient({ bundle: '/bundle', visits: true, onError: (error) => (heard = error.message) });
    return [samplit.status, heard, samplit.context.visits];
  });
  assert.deepEqual([status, visits], ['ready', undefined]);
  assert.match(error, /^visits: /);
  await context.close();
});

test('the snippet counts by an attribute, in the breath in which it decides', { skip }, async () => {
  const tag = head.replace('data-bundle', 'data-visits data-send-context data-bundle');
  const { context, page } = await visit(pageOf(`${tag}${hero}`));
  await shown(page);
  await page.waitForFunction(() => localStorage['samplit.bundle']);
  await page.evaluate(() => localStorage.removeItem('samplit.shown./events')); // so that the next page logs again
  await page.reload();
  await shown(page);
  await until(() => site.got.length === 2);
  assert.deepEqual(site.got.map((event) => [event.context.visits, event.context.pageviews]), [[1, 1], [1, 2]]);
  assert.ok(!site.asked.includes('/visit.js'));
  const again = core.loadSync(moduleOf(shipped[1]), bundleBytes());
  for (const { unit, trace, context: logged } of site.got) assert.equal(again.decide('hero', unit, logged).trace, trace);
  await context.close();
});

test('a process, which has many visitors, counts none', async () => {
  const storage = openStore();
  const samplit = createClientSync({ module: moduleOf(shipped[0]), bundle, storage, visits: true });
  await new Promise((done) => setTimeout(done, 50));
  assert.deepEqual([samplit.context, samplit.decide('hero').reason === 'default', [...storage.all.keys()]], [undefined, false, ['samplit.unit']]);
  samplit.close();
});
