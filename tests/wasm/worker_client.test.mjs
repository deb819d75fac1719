// SPDX-License-Identifier: MIT
// createWorkerClient: visits with their cookies, events after the response, and a bundle that many requests share.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundle, collector, holdTime, setCookies, signer, soon } from './client_support.mjs';
import { bundleBytes, bundleWith, client as core, dist, moduleOf, shipped } from './support.mjs';

const { createWorkerClient } = await import(join(dist, 'worker.js'));
const module = moduleOf(shipped[1]);
const id = core.loadSync(module, bundle).bundle;
const newer = bundleWith(id, `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`);
const headers = { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)', 'cf-ipcountry': 'US' };

const request = (cookie = '', path = '/', more = {}) => new Request(`https://shop.example${path}`, { headers: { ...headers, cookie, ...more } });
const cookieOf = (response) => setCookies(response).map((text) => text.split(';')[0]).join('; ');

function open(options = {}) {
  const to = collector();
  const waiting = [];
  const ctx = { waitUntil: (promise) => waiting.push(promise) };
  const worker = createWorkerClient({ module, bundle, collect: to.take, ...options });
  return { worker, to, ctx, waiting, done: () => Promise.all(waiting) };
}

test('a visit decides from its request what the core decides', async () => {
  const { worker } = open();
  const visit = await worker.visit(request('', '/?utm_source=google'), {});
  const { trace, variant } = visit.decide('hero');
  assert.equal(core.loadSync(module, bundle).decide('hero', visit.unit, visit.context).trace, trace);
  assert.deepEqual([visit.context.country, visit.context.is_returning, visit.bundle, visit.experiments.length], ['US', false, id, 5]);
  assert.equal(typeof variant, 'string');
});

test('a visitor gets a cookie, is known by it, and its exposure is logged once over the requests', async () => {
  const { worker, to, ctx, done } = open();
  const first = await worker.visit(request(), {}, ctx);
  const shown = first.decide('hero');
  const response = first.finish(new Response('hello', { status: 201, headers: { 'x-a': 'b' } }));
  assert.deepEqual([response.status, response.headers.get('x-a'), await response.text()], [201, 'b', 'hello']);
  for (const text of setCookies(response)) assert.match(text, /; Path=\/; Max-Age=15552000; SameSite=Lax; Secure$/);
  const cookie = cookieOf(response);
  const second = await worker.visit(request(`theme=dark; ${cookie}`), {}, ctx);
  assert.deepEqual([second.unit, second.context.is_returning], [first.unit, true]);
  assert.equal(second.decide('hero').variant, shown.variant);
  second.track('purchase', { value: 42 });
  const nothing = new Response('x');
  assert.equal(setCookies(second.finish(nothing)).length <= 1, true);
  await done();
  assert.deepEqual(to.got.map((event) => [event.type, event.unit, event.name]), [['exposure', first.unit, undefined], ['outcome', first.unit, 'purchase']]);
  assert.equal(to.got[1].exposure, to.got[0].id);
});

test('of what a visitor was shown, the last counts: another variant or bundle between is shown anew', async () => {
  const unit = 'a'.repeat(32);
  const visitWith = async (shown) => {
    const { worker, to, ctx, done } = open();
    const cookie = `samplit.unit=${unit}; samplit.shown=${encodeURIComponent(JSON.stringify(shown))}`;
    const visit = await worker.visit(request(cookie), {}, ctx);
    const { variant } = visit.decide('hero');
    visit.finish(new Response(''));
    await done();
    return { variant, logged: to.got.length };
  };
  const { variant } = await visitWith([]);
  const same = ['hero', unit, variant, id, 'e1'];
  const cta = ['cta', unit, 'bold', id, 'e2'];
  for (const [shown, logged] of [
    [[], 1], [[same], 0], [[same, cta], 0], [[cta], 1], [[['hero', 'another', variant, id, 'e1']], 1],
    [[same, ['hero', unit, 'else', id, 'e3']], 1], [[same, ['hero', unit, variant, 'else', 'e3']], 1], [[['hero', unit, 'else', id, 'e3'], same], 0],
    [[['hero', unit, `${variant}","${id}`, id, 'e3']], 1],
  ]) assert.equal((await visitWith(shown)).logged, logged, JSON.stringify(shown));
});

test('a visit waits for its collector, and for nothing where there is nothing to send', async () => {
  const waits = async (act) => {
    const waited = [];
    const { worker } = open();
    const visit = await worker.visit(request(), {}, { waitUntil: (promise) => waited.push(promise) });
    act(visit);
    visit.finish(new Response(''));
    visit.finish(new Response('')); // was sent
    return waited.length;
  };
  assert.equal(await waits((visit) => visit.decide('hero')), 1);
  assert.equal(await waits((visit) => visit.peek('hero')), 0);
});

// Visits of new visitors, one after the other; says how many promises they have to wait for.
async function visits({ worker, ctx, waiting }, count) {
  const before = waiting.length;
  for (let i = 0; i < count; i++) {
    const visit = await worker.visit(request(), {}, ctx);
    visit.decide('hero');
    visit.finish(new Response(''));
  }
  return waiting.length - before;
}

test('events of many visits go together: one waits for all, unless they are too many', async (t) => {
  const { tick, settle, set } = holdTime(t, 1e12);
  const site = open({ queue: { delay_ms: 200 } });
  const { to } = site;
  assert.equal(await visits(site, 5), 1);
  await tick(199);
  assert.equal(to.calls, 0);
  await tick(1);
  assert.deepEqual([to.calls, to.got.length], [1, 5]);
  const line = JSON.stringify(to.got[0]).length + 1;
  const full = Math.ceil(64_000 / line);
  assert.equal(await visits(site, full), 2);
  await settle();
  assert.deepEqual([to.calls, to.got.length], [2, full + 5]);
  await tick(200); // nothing is left
  assert.equal(to.calls, 2);
  await visits(site, 1); // waits
  for (const clock of [1e12 + 1e9, 1e11, 1e12 + 2e9]) {
    set(clock);
    assert.equal(await visits(site, 2), 1, 'another one waits, whatever the clock says');
  }
  await tick(200);
  assert.deepEqual([to.calls, to.got.length, new Set(to.got.map(({ id }) => id)).size], [3, full + 12, full + 12]);
  const visit = await site.worker.visit(request(), {});
  visit.decide('hero');
  await visit.flush(); // does not wait
  assert.equal(to.got.length, full + 13);
});

test('what comes while a collector answers goes together too', async (t) => {
  const { tick } = holdTime(t, 1e12);
  const got = [];
  const collect = async (lines) => {
    got.push(lines.match(/\n/g).length);
    await new Promise((done) => setTimeout(done, 30));
  };
  const site = open({ queue: { delay_ms: 200 }, collect });
  for (let ms = 0; ms < 2000; ms += 10) {
    await visits(site, 1);
    await tick(10);
  }
  await tick(200);
  assert.equal(got.reduce((sum, one) => sum + one), 200);
  assert.ok(got.length <= 11, got.join());
});

test('nobody relies on a visit that may be ended', async (t) => {
  const { tick, set } = holdTime(t, 1e12);
  let lose = true;
  const got = [];
  const site = open({ queue: { delay_ms: 200 }, collect: (lines) => (lose ? new Promise(() => {}) : void got.push(lines)) });
  await visits({ ...site, ctx: undefined }, 1); // waits, but for itself
  assert.equal(await visits(site, 1), 1);
  await tick(200); // both are on their way for good
  lose = false;
  await visits(site, 1);
  await tick(200);
  assert.equal(got.length, 1);
  set(1e12 + 31_000);
  await visits(site, 1);
  await tick(200);
  assert.deepEqual(got.map((lines) => lines.match(/\n/g).length), [1, 3], 'sent again with the next one');
});

test('a collector that is down is asked once a second, and gets what it missed, in order', async (t) => {
  const { tick } = holdTime(t, 1e12);
  for (const [delay_ms, answer_ms] of [[0, 0], [200, 0], [0, 300], [200, 300]]) {
    const heard = [];
    const asked = [];
    const got = [];
    let isDown = true;
    async function collect(lines) {
      asked.push(Date.now());
      if (answer_ms) await new Promise((done) => setTimeout(done, answer_ms));
      if (isDown) throw new TypeError('fetch failed');
      for (const line of lines.trimEnd().split('\n')) got.push(JSON.parse(line).unit);
    }
    const site = open({ queue: { delay_ms }, collect, onError: ({ message }) => heard.push(message) });
    const units = [];
    const visitOne = async () => {
      const visit = await site.worker.visit(request(), {}, site.ctx);
      visit.decide('hero');
      visit.finish(new Response(''));
      units.push(visit.unit);
    };
    for (let ms = 0; ms < 5000; ms += 100) {
      await visitOne();
      if (ms === 4900) isDown = false;
      await tick(100);
    }
    const first = asked.filter((at) => at <= asked[0] + answer_ms).length; // before it was known
    assert.ok(first <= 4 && asked.length - first <= 5, `asked ${first} and ${asked.length - first} times with ${delay_ms} and ${answer_ms} ms`);
    assert.ok(heard.length > 2 && heard.every((message) => message === 'the collector cannot be reached'));
    for (let i = 0; i < 3; i++) await tick(1100);
    assert.deepEqual(got, units);
  }
});

test('what waits is bounded, and the oldest go; so is what one request holds', async (t) => {
  const { tick } = holdTime(t, 1e12);
  const to = collector();
  let longest = 0;
  const collect = (lines) => ((longest = Math.max(longest, lines.length)), to.take(lines));
  const site = open({ sendContext: true, context: () => ({ note: 'x'.repeat(200) }), queue: { delay_ms: 100 }, collect });
  to.down = true;
  await visits(site, 1);
  await tick(100);
  const units = [];
  for (let i = 0; i < 600; i++) {
    const visit = await site.worker.visit(request(), {}, site.ctx);
    visit.decide('hero');
    visit.finish(new Response(''));
    units.push(visit.unit);
  }
  to.down = false;
  await tick(1100);
  const sizes = to.got.map((event) => JSON.stringify(event).length + 1);
  const size = Math.max(...sizes);
  const all = sizes.reduce((sum, one) => sum + one);
  assert.ok(all <= 256_000 && all > 256_000 - size, String(all));
  assert.deepEqual(to.got.map(({ unit }) => unit), units.slice(-to.got.length));
  assert.ok(longest >= 64_000 && longest < 64_000 + size, String(longest));
});

test('what a collector refuses is dropped; what it had no time for is sent again', async (t) => {
  const { tick } = holdTime(t, 1e12);
  for (const [status, left] of [[400, 0], [413, 0], [408, 1], [429, 1], [500, 1], [503, 1], [304, 1], [200, 0]]) {
    const got = [];
    const heard = [];
    const answers = [status, 200].map((status) => new Response(null, { status }));
    const site = open({ collect: (lines) => (got.push(lines), answers[got.length - 1]), onError: ({ cause }) => heard.push(cause) });
    for (const wait_ms of [1001, 0]) {
      await visits(site, 1);
      await tick(0);
      await tick(wait_ms);
    }
    assert.deepEqual(got.map((lines) => lines.match(/\n/g).length), [1, 1 + left], String(status));
    assert.deepEqual(heard, status === 200 ? [] : [status]);
    if (left) assert.ok(got[1].startsWith(got[0]));
  }
});

test('an event that cannot be written is reported, and keeps nobody from sending', async () => {
  const heard = [];
  const { worker, to } = open({ onError: ({ status }) => heard.push(status) });
  const visit = await worker.visit(request(), {});
  visit.expose({ ...visit.peek('hero'), segment: 1n });
  visit.decide('cta');
  await visit.flush();
  assert.deepEqual([to.got.map(({ experiment }) => experiment), heard], [['cta'], ['INVALID_ARGUMENT']]);
});

test('outcomes go to the newest exposure of each experiment of their unit, of this visit and of those before', async () => {
  const heard = [];
  const onError = ({ status }) => heard.push(status);
  const { worker, to, ctx, done } = open({ bundle: bundleBytes('settings.safetensors'), region: 'eu', sendContext: true, onError });
  const who = `samplit.unit=${'0'.repeat(32)}`; // is in most experiments
  const first = await worker.visit(request(who), {}, ctx);
  for (const { key } of first.experiments) first.decide(key);
  first.decide('plain', { unit: 'another' });
  const cookie = `${who}; ${cookieOf(first.finish(new Response('')))}`;
  await done();
  const shown = to.got.splice(0);
  assert.deepEqual(shown.map(({ region, context }) => [region, context.country]), shown.map(() => ['eu', 'US']));
  const keys = shown.filter(({ unit }) => unit === first.unit).map(({ experiment }) => experiment);
  assert.ok(keys.includes('plain') && keys.includes('held') && keys.length < 8, keys.join());
  const modes = Object.fromEntries(first.experiments.map(({ key, mode }) => [key, mode]));
  assert.deepEqual(shown.map(({ mode }) => mode), shown.map(({ experiment }) => modes[experiment]));

  const second = await worker.visit(request(cookie), {}, ctx);
  const other = second.experiments.find(({ key }) => key === 'plain').variants.find((name) => name !== second.peek('plain').variant);
  second.expose({ ...second.peek('plain'), variant: other });
  second.track('all', { value: 2 });
  second.track('one', { experiment: 'held' });
  second.track('theirs', { unit: 'another' });
  second.track('nobody', { unit: 'nobody' });
  second.track('');
  second.finish(new Response(''));
  await done();
  assert.deepEqual(heard, ['INVALID_ARGUMENT']);
  const [again, ...outcomes] = to.got;
  assert.deepEqual([again.experiment, again.variant], ['plain', other]);
  const idOf = (key) => (key === 'plain' ? again.id : shown.find(({ experiment, unit }) => experiment === key && unit === first.unit).id);
  assert.deepEqual(
    outcomes.map(({ name, value, experiment, exposure, unit }) => [name, value, experiment, exposure, unit]).sort(),
    [
      ...keys.map((key) => ['all', 2, key, idOf(key), first.unit]),
      ['one', 1, 'held', idOf('held'), first.unit],
      ['theirs', 1, 'plain', shown.at(-1).id, 'another'],
    ].sort(),
  );
});

test('what somebody made of the cookie becomes no outcome', async () => {
  const odd = ['5', 'null', '"text"', '{', '{"length":1}', '[null]', '[1]', '[[]]', '["abcde"]', '[{"length":5,"0":"hero","1":"UNIT"}]',
    '[[{"x":1},"UNIT","a","b",{"y":2}]]', '[["hero","UNIT","a","b",7]]', '[["hero","UNIT","a","b","<script>"]]', '[["hero","UNIT","a","b","e1","e2"]]'];
  const unit = '0'.repeat(32);
  for (const text of odd) {
    const { worker, to, ctx, done } = open();
    const cookie = `samplit.unit=${unit}; samplit.shown=${encodeURIComponent(text.replace('UNIT', unit))}`;
    const visit = await worker.visit(request(cookie), {}, ctx);
    visit.track('purchase');
    visit.decide('hero');
    visit.finish(new Response(''));
    await done();
    assert.deepEqual(to.got.map(({ type }) => type), ['exposure'], text);
  }
});

test('a cookie keeps the newest eight exposures', async () => {
  const { worker } = open();
  const visit = await worker.visit(request(), {});
  for (let i = 0; i < 12; i++) visit.decide('hero', { unit: `u${i}` });
  const [, text] = /samplit\.shown=([^;]*)/.exec(visit.cookies().join(' ')) ?? [];
  assert.deepEqual(JSON.parse(decodeURIComponent(text)).map(([, unit]) => unit), [4, 5, 6, 7, 8, 9, 10, 11].map((i) => `u${i}`));
});

test('cookies are as small as cookies must be, whatever was shown', async () => {
  const { worker } = open({ bundle: bundleBytes('settings.safetensors'), sticky: true });
  let cookie = '';
  for (let i = 0; i < 12; i++) {
    const visit = await worker.visit(request(cookie), {});
    for (const { key } of visit.experiments) for (let n = 0; n < 9; n++) visit.decide(key, { unit: n ? `${visit.unit}${n}` : undefined });
    const texts = setCookies(visit.finish(new Response('')));
    for (const text of texts) assert.ok(text.length < 4096, `${text.length}: ${text.slice(0, 60)}`);
    cookie = texts.map((text) => text.split(';')[0]).join('; ') || cookie;
  }
});

test('sticky variants and forced ones come with the request', async () => {
  const { worker, to, ctx, done } = open({ sticky: true });
  const had = (unit, variant) => `samplit.unit=${unit}; samplit.sticky=${encodeURIComponent(JSON.stringify([[unit, { hero: [variant, 0] }]]))}`;
  for (const variant of ['control', 'bold', 'calm']) {
    const visit = await worker.visit(request(had('0'.repeat(32), variant)), {}, ctx);
    assert.deepEqual([visit.decide('hero').variant, visit.decide('hero').reason], [variant, 'sticky']);
  }
  const forced = await worker.visit(request('', '/?samplit_force=hero:calm,cta:0'), {}, ctx);
  assert.deepEqual(forced.forced, { hero: 'calm', cta: '0' });
  assert.deepEqual([forced.decide('hero').variant, forced.decide('hero').reason, forced.decide('cta').index], ['calm', 'forced', 0]);
  forced.finish(new Response(''));
  await done();
  assert.deepEqual(to.got, []);
  const off = createWorkerClient({ module, bundle, forceParameter: false });
  assert.deepEqual((await off.visit(request('', '/?samplit_force=hero:calm'), {})).forced, {});
});

test('without consent no cookie is set and nothing is sent; refused, the cookies of before go', async () => {
  for (const consent of [false, () => false, () => undefined, () => { throw new Error('no'); }]) {
    const { worker, to, ctx, done } = open({ consent, sticky: true });
    const visit = await worker.visit(request(), {}, ctx);
    visit.decide('hero');
    visit.track('purchase');
    assert.deepEqual(setCookies(visit.finish(new Response(''))), []);
    await done();
    assert.deepEqual(to.got, []);
  }
  const { worker } = open({ consent: ({ headers: given }) => given.get('cookie').includes('agreed') });
  const cookie = `samplit.unit=${'a'.repeat(32)}; samplit.shown=x; samplit.sticky=y`;
  const gone = setCookies((await worker.visit(request(cookie), {})).finish(new Response('')));
  assert.deepEqual(gone.map((text) => /^(.*?)=;.*Max-Age=0/.exec(text)[1]).sort(), ['samplit.shown', 'samplit.sticky', 'samplit.unit']);
  const kept = await worker.visit(request(`${cookie}; agreed=1`), {});
  assert.equal(kept.unit, 'a'.repeat(32));
});

test('a bundle comes from the environment, is shared, and a newer one replaces it after the response', async () => {
  let now = bundle;
  let asked = 0;
  const { worker, ctx, done } = open({ bundle: async (env) => (asked++, assert.equal(env.name, 'kv'), now), maxAge_ms: 500 });
  for (let i = 0; i < 9; i++) assert.equal((await worker.visit(request(), { name: 'kv' }, ctx)).bundle, id);
  assert.equal(asked, 1);
  now = newer;
  await soon(520);
  assert.equal((await worker.visit(request(), { name: 'kv' }, ctx)).bundle, id); // serves at once
  await done();
  assert.notEqual((await worker.visit(request(), { name: 'kv' }, ctx)).bundle, id);
  assert.equal(asked, 2);
});

test('a bundle that cannot be had is the control and an error; one that was had goes on serving', async () => {
  let now = null;
  const heard = [];
  const { worker, ctx, done } = open({
    bundle: async () => now ?? Promise.reject(new Error('KV is down')), maxAge_ms: 1, onError: (error) => heard.push(error.message),
  });
  assert.deepEqual([(await worker.visit(request(), {}, ctx)).decide('hero').reason, heard.length], ['default', 1]);
  now = bundle;
  assert.equal((await worker.visit(request(), {}, ctx)).decide('hero').reason, 'fallback');
  for (const worse of [null, new Uint8Array(9), new Response('gone', { status: 404 }), 'text']) {
    now = worse;
    await soon(3);
    assert.equal((await worker.visit(request(), {}, ctx)).decide('hero').reason, 'fallback');
    await done();
  }
  assert.equal(heard.length, 5);
});

test('a pinned key is checked', async () => {
  const keys = signer();
  const heard = [];
  const reason = async (options) => {
    const { worker } = open({ onError: (error) => heard.push(error.status), publicKey: keys.key, ...options });
    return (await worker.visit(request(), {})).decide('hero').reason;
  };
  assert.equal(await reason({ signature: keys.minisig(bundle) }), 'fallback');
  assert.equal(await reason({ signature: async () => keys.minisig(bundle) }), 'fallback');
  assert.equal(await reason({ signature: keys.minisig(newer) }), 'default');
  assert.equal(await reason({}), 'default');
  assert.deepEqual(heard, ['BAD_SIGNATURE', 'BAD_SIGNATURE']);
});

test('no request, cookie, context or collector makes a visit fail', async () => {
  const odd = ['samplit.unit=%', 'samplit.unit=<b>; samplit.sticky=%7B', `samplit.sticky=${'x'.repeat(9999)}`, ';;;=;', 'samplit.shown=%5B1%5D'];
  const heard = [];
  const fail = () => { throw new Error('no'); };
  for (const cookie of odd) {
    const { worker, ctx, done } = open({ collect: fail, context: fail, onError: (error) => heard.push(error) });
    const visit = await worker.visit(request(cookie), {}, ctx);
    assert.match(visit.unit, /^[0-9a-f]{32}$/);
    visit.decide('hero', { context: { get a() { throw new Error('no'); } } });
    assert.equal(visit.decide('hero').reason, 'fallback');
    visit.finish(new Response(null, { status: 304 }));
    await done();
  }
  assert.ok(heard.length >= odd.length && heard.every((error) => error.name === 'SamplitError'));
});

test('what a site does to its options later changes no visit; a hydrated decision is for pages', async () => {
  const options = { payloads: { hero: { bold: 'B', calm: 'C', control: 'A' } }, cookie: { name: 'mine' }, hydrate: { hero: { unit: 'u1', variant: 'none' } } };
  const to = collector();
  const given = { module, bundle, collect: to.take, ...options };
  const worker = createWorkerClient(given);
  Object.assign(given, { payloads: {}, cookie: { name: 'yours', domain: 'else.example' }, collect: undefined, sticky: true, forceParameter: 'f' });
  const visit = await worker.visit(request('', '/?f=hero:calm'), {});
  const { variant, payload, reason } = visit.decide('hero', { unit: 'u1' });
  assert.deepEqual([payload, reason, visit.forced], [options.payloads.hero[variant], 'fallback', {}]);
  const texts = setCookies(visit.finish(new Response('')));
  assert.ok(texts.length > 0 && texts.every((text) => text.startsWith('mine.') && !text.includes('Domain')), texts.join());
});

test('a method without its visit is heard of', async () => {
  const { decide, peek, decideAll, rank, expose, track } = await open().worker.visit(request(), {});
  for (const method of [decide, peek, decideAll, rank, expose, track]) assert.throws(() => method('hero'), TypeError);
});
