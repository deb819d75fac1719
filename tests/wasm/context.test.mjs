// SPDX-License-Identifier: MIT
// The same visit told by the page and by the headers of its request gives the same attributes; what a page asks for and
// counts beside it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { bundleBytes, client, dist, moduleOf, root } from './support.mjs';

const { browserContext, loadSync, requestContext } = client;
const { askHints, countVisit, countVisits } = await import(join(dist, 'visit.js'));

const file = join(env.SAMPLIT_DATA ?? join(root, '../shared/data'), 'useragents/user-agents.json.gz');
const skip = existsSync(file) ? false : `SKIPPED: the data set ${file} is not there; set SAMPLIT_DATA`;
const samplit = loadSync(moduleOf('samplit.simd.wasm'), bundleBytes());

function attributesOf(context) {
  samplit.decide('hero', 'u1', context);
  return samplit.explain().attributes;
}

// Puts globals of a page in place while `read` runs.
async function inPage(globals, read) {
  const before = Object.keys(globals).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true });
  try {
    return await read();
  } finally {
    for (const [name, was] of before) was ? Object.defineProperty(globalThis, name, was) : delete globalThis[name];
  }
}

const referrers = ['', 'https://www.google.com/', 'https://chatgpt.com/', 'https://shop.example/', 'https://mail.google.com/mail/u/0'];
const queries = ['', '?utm_source=ig&utm_medium=paid', '?gclid=1', '?fbclid=1', '?srsltid=1'];
const systems = [['"Windows"', '"15.0.0"', '"Desktop"', '?0'], ['"Android"', '"14.0.0"', '"Tablet"', '?0'], ['"macOS"', '"26.1"', '"Desktop"', '?0']];

const bare = (text) => text.slice(1, -1);

test('real visits have the same attributes from the page and from the headers', { skip }, async () => {
  const visits = JSON.parse(gunzipSync(readFileSync(file)));
  for (const [i, { userAgent, language = 'en', viewportWidth, connection }] of visits.entries()) {
    const address = `https://shop.example/p/${queries[i % 5]}`;
    const referrer = referrers[(i >> 2) % 5];
    const hints = / Chrome\//.test(userAgent) ? systems[i % 3] : undefined;
    const headers = { 'user-agent': userAgent, 'accept-language': `${language},en;q=0.5`, 'sec-ch-viewport-width': `${viewportWidth}` };
    if (referrer) headers.referer = referrer;
    if (connection?.effectiveType) headers.ect = connection.effectiveType;
    const page = { userAgent, language, connection };
    if (hints) {
      const [platform, version, form, mobile] = hints;
      Object.assign(headers, {
        'sec-ch-ua': '"Chromium";v="142", "Google Chrome";v="142"', 'sec-ch-ua-platform': platform, 'sec-ch-ua-mobile': mobile,
        'sec-ch-ua-platform-version': version, 'sec-ch-ua-form-factors': form,
      });
      page.userAgentData = {
        brands: [{ brand: 'Chromium', version: '142' }, { brand: 'Google Chrome', version: '142' }], platform: bare(platform),
        mobile: mobile === '?1', getHighEntropyValues: async () => ({ platformVersion: bare(version), formFactors: [bare(form)] }),
      };
    }
    const told = await inPage({ navigator: page, location: { href: address }, document: { referrer }, innerWidth: viewportWidth },
      async () => ({ ...browserContext(), ...(await askHints()) }));
    const { hour, dow, is_weekend, ...fromPage } = attributesOf(told);
    assert.equal(typeof hour + typeof dow + typeof is_weekend, 'numbernumberboolean');
    assert.deepEqual(fromPage, attributesOf(requestContext(new Request(address, { headers }))), userAgent);
    assert.equal(fromPage.viewport_width, viewportWidth);
    if (hints) assert.equal(fromPage.os_version, [11, 14, 26][i % 3]);
  }
});

test('a browser that says no more, or must not, leaves the hints out', async () => {
  const ask = (userAgentData) => inPage({ navigator: { userAgentData } }, askHints);
  const none = { sec_ch_ua_platform_version: undefined, sec_ch_ua_form_factors: undefined };
  assert.deepEqual(await ask(undefined), none);
  assert.deepEqual(await ask({}), none);
  assert.deepEqual(await ask({ getHighEntropyValues: async () => ({}) }), none);
  assert.deepEqual(await ask({ getHighEntropyValues: () => Promise.reject(new Error('policy')) }), {});
});

test('pages and visits are counted, half an hour without a page ends a visit', () => {
  const kept = new Map();
  const store = { get: (key) => kept.get(key) ?? null, set: (key, value) => kept.set(key, value), remove: () => {} };
  const at = (minutes) => countVisit(store, 'v', 1.7e12 + minutes * 60_000);
  assert.deepEqual(at(0), { visits: 1, pageviews: 1, session_seconds: 0 });
  assert.deepEqual(at(2), { visits: 1, pageviews: 2, session_seconds: 120 });
  assert.deepEqual(at(32), { visits: 1, pageviews: 3, session_seconds: 1920 });
  assert.deepEqual(at(63), { visits: 2, pageviews: 1, session_seconds: 0 });
  assert.deepEqual([attributesOf(at(63)).is_returning, attributesOf({ visits: 1 }).is_returning], [true, false]);
  assert.deepEqual(at(-5e6), { visits: 1, pageviews: 1, session_seconds: 0 }); // the clock was wrong
  for (const odd of ['', 'x', '1 2 3', '1 2 9 3', '-1 1 0 0', '1 1 0 9e99']) {
    kept.set('v', odd);
    assert.deepEqual(at(0), { visits: 1, pageviews: 1, session_seconds: 0 }, odd);
  }
  const denied = { get() { throw new Error('denied'); }, set() { throw new Error('full'); }, remove() {} };
  assert.deepEqual(countVisit(denied), { visits: 1, pageviews: 1, session_seconds: 0 });
});

test('where no browser tells of new addresses, the next decision counts the page', async () => {
  const kept = new Map();
  const own = { get: (key) => kept.get(key) ?? null, set: (key, value) => kept.set(key, value), remove: (key) => kept.delete(key) };
  const location = { href: 'https://shop.example/' };
  const site = { context: { plan: 'gold' }, heard: [], open: true, closed: 0 };
  await inPage({ document: {}, location, addEventListener: (what) => site.heard.push(what), removeEventListener: () => site.heard.pop() }, () => {
    const client = {
      options: { name: 'shop' }, stores: { own }, consent: { isOpen: () => site.open }, signals: { add: () => () => {} },
      context: () => site.context, close: () => site.closed++,
    };
    countVisits(client);
    const first = client.context();
    assert.deepEqual(first, { visits: 1, pageviews: 1, session_seconds: first.session_seconds, plan: 'gold' });
    assert.equal(client.context(), first); // the same object, as long as nothing is new
    location.href = 'https://shop.example/#part';
    assert.equal(client.context(), first);
    for (const [next, pageviews] of [['/next', 2], ['/next?page=2', 3], ['/next?page=2#/route', 4], ['/next?page=2#!/old', 5]]) {
      location.href = `https://shop.example${next}`;
      assert.equal(client.context().pageviews, pageviews, next);
    }
    site.context = { visits: 9 };
    assert.deepEqual([client.context().visits, client.context().pageviews], [9, 5]);
    site.open = false;
    assert.equal(client.context(), site.context);
    assert.deepEqual([...kept.keys(), ...site.heard], ['shop.visit', 'popstate']);
    client.close();
    assert.deepEqual([site.heard.length, site.closed], [0, 1]);
  });
});

test('messages and steps of a funnel go the same way as visits', () => {
  const email = attributesOf({ email_list: 'Weekly', utm_campaign: 'Spring', engagement_score: 120, previous_opens: '4' });
  assert.deepEqual(email, { channel: 'email', source: 'weekly', medium: 'email', campaign: 'spring', engagement_score: 100, previous_opens: 4 });
  const funnel = attributesOf({ funnel_id: 'Checkout', funnel_stage: 'Pay', drop_risk: 0.25, minutes_in_funnel: 3 });
  assert.deepEqual(funnel, { channel: 'funnel', funnel_id: 'checkout', funnel_stage: 'pay', drop_risk: 0.25, minutes_in_funnel: 3 });
  const push = attributesOf({ push_app: 'shop', push_platform: 'android', opt_in_days: 30 });
  assert.deepEqual(push, { channel: 'push', source: 'shop', medium: 'push', device: 'mobile', os: 'android', opt_in_days: 30 });
});
