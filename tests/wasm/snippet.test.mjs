// SPDX-License-Identifier: MIT
// The snippet in pages of real Chromium, all under the policy that docs/snippet.md names: what is painted and when, what is logged, and what
// is left alone when something is missing.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { signer, soon, until } from './client_support.mjs';
import { bundleBytes, dist, modules, root } from './support.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : `SKIPPED: no ${executablePath}`;
const policy = "script-src 'self' 'wasm-unsafe-eval'; style-src 'self'";
const types = { js: 'text/javascript', wasm: 'application/wasm', css: 'text/css' };
const bundle = bundleBytes();
const keys = signer();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// Variants of another height than the control: what is swapped after a paint shifts the text below.
const hero = `<h1 data-samplit="hero" elementtiming="control">Sign up</h1>
<template data-samplit-variant="hero:0"><h1 elementtiming="variant" class="tall">Control, by template</h1></template>
<template data-samplit-variant="hero:bold"><h1 elementtiming="variant" class="tall">Get started</h1></template>
<template data-samplit-variant="hero:2"><h1 elementtiming="variant" class="tall">Begin calmly</h1></template>`;
const other = '<p elementtiming="other">What is below, long enough to be painted as text.</p>';
const head = '<script src="/head.js" data-bundle="/bundle" data-collect="/events"></script>';
const alone = '<script type="module" blocking="render" src="/snippet.js" data-bundle="/bundle" data-collect="/events"></script>';

const fresh = () => ({ got: [], asked: [], html: '', bundle, status: 200, collect_ms: 0, gates: {} });
const site = fresh();

/** Holds the answers for a path until the function that this returns is called. */
function gate(path) {
  let open;
  site.gates[path] = new Promise((done) => (open = done));
  return open;
}

const document_ = (body) => `<!doctype html><html lang="en"><title>shop</title><link rel="stylesheet" href="/style.css">${body}`;

async function serve(request, response) {
  const { pathname } = new URL(request.url, 'http://x');
  site.asked.push(pathname);
  await site.gates[pathname];
  if (pathname === '/events') {
    let body = '';
    for await (const part of request) body += part;
    await soon(site.collect_ms);
    for (const line of body.trimEnd().split('\n')) site.got.push(JSON.parse(line));
    return response.writeHead(204).end();
  }
  if (pathname === '/bundle') return response.writeHead(site.status, { etag: '"1"' }).end(site.bundle);
  if (pathname === '/bundle.minisig') return response.end(keys.minisig(bundle));
  if (pathname === '/style.css') return response.writeHead(200, { 'content-type': types.css }).end('.tall { padding: 60px 0 } footer { margin-top: 3000px }');
  if (pathname === '/blank') return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
  const file = join(dist, pathname.slice(1));
  if (pathname !== '/' && existsSync(file)) {
    return response.writeHead(200, { 'content-type': types[file.split('.').pop()], 'cache-control': site.gates[pathname] ? 'no-store' : 'max-age=3600' }).end(readFileSync(file));
  }
  response.writeHead(pathname === '/' ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy });
  for (const part of [site.html].flat()) {
    response.write(part);
    await soon(Array.isArray(site.html) ? 100 : 0);
  }
  response.end();
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

// Runs before anything of the page: keeps what was painted, what moved, and what broke.
function watch() {
  globalThis.seen = { painted: [], moved: 0, refused: [] };
  const observe = (type, then) => new PerformanceObserver((list) => list.getEntries().forEach(then)).observe({ type, buffered: true });
  observe('element', ({ identifier }) => seen.painted.push(identifier));
  observe('layout-shift', ({ value }) => (seen.moved += value));
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => seen.refused.push(`${violatedDirective} ${blockedURI}`));
}

/** A page of a new visitor, with an answer that is held until `open`. `init` runs in it before anything else. */
async function visit(html, { path = '/', held, init, site: how = {}, ...context_ } = {}) {
  Object.assign(site, fresh(), how, { html });
  const open = held && gate(held);
  const context = await browser.newContext(context_);
  await context.addInitScript(watch);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  page.thrown = [];
  page.on('pageerror', (error) => page.thrown.push(error.message));
  await page.goto(origin + path);
  return { context, page, open };
}

const shown = (page, selector = '[data-samplit]') =>
  page.waitForFunction((one) => document.querySelector(one)?.dataset.samplitShown, selector).then((handle) => handle.jsonValue());
const isKept = (page) => page.waitForFunction(() => localStorage['samplit.bundle']);

// After two more frames, what the page saw.
const sawOf = (page) =>
  page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))));
    const [paint] = performance.getEntriesByName('first-paint');
    return { ...seen, isFirst: performance.getEntriesByName('samplit')[0]?.startTime <= paint?.startTime };
  });

async function untouched({ context, page, open }, text = 'Sign up') {
  assert.equal(await shown(page), 'control');
  assert.equal(await page.textContent('h1'), text);
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('h1')).visibility), 'visible');
  const saw = await sawOf(page);
  assert.deepEqual([saw.painted, saw.moved, page.thrown], [['control'], 0, []]);
  assert.deepEqual(site.got, []);
  open?.();
  await context.close();
}

// The first paint waits for a fifth of a second; a machine that is busy with other tests may need more.
function waitLonger() {
  const { setTimeout: real } = globalThis;
  globalThis.setTimeout = (act, ms, ...more) => real(act, ms === 200 ? 2000 : ms, ...more);
}

for (const [what, tag] of [['head.js', head], ['the module alone', alone]]) {
  test(`with the bundle kept, ${what} decides before the first paint: the control is never painted, nothing moves`, { skip }, async () => {
    const { context, page } = await visit(document_(`${tag}${hero}<p>What is below.</p>`), { init: waitLonger });
    await shown(page);
    await isKept(page);
    for (let round = 0; round < 5; round++) {
      site.status = 500; // decided without the server
      await page.goto(`${origin}/`);
      await shown(page);
      const { painted, moved, refused, isFirst } = await sawOf(page);
      assert.deepEqual({ painted, moved, refused, isFirst }, { painted: ['variant'], moved: 0, refused: [], isFirst: true });
    }
    await context.close();
  });
}

test('the first paint waits for code that is late no longer than a fifth of a second, and the element as long as it may', { skip }, async () => {
  const { context, page } = await visit(document_(`${head}${hero}${other}`));
  await isKept(page);
  await (await context.newCDPSession(page)).send('Network.clearBrowserCache');
  const open = gate('/snippet.js');
  await page.goto(`${origin}/`, { waitUntil: 'commit' });
  await page.waitForFunction(() => seen.painted.length === 2);
  assert.deepEqual(await page.evaluate(() => [seen.painted, 'samplit' in globalThis]), [['other', 'control'], false]);
  open();
  assert.equal(await shown(page), 'control');
  assert.deepEqual((await sawOf(page)).painted, ['other', 'control']);
  await context.close();
});

test('with the bundle in the page, the first paint of the first visit is decided', { skip }, async () => {
  const data = `<script type="text/plain" id="shop">${Buffer.from(bundle).toString('base64')}</script>`;
  const { context, page } = await visit(document_(`${data}${head.replace('/bundle', '#shop')}${hero}<p>below`));
  await shown(page);
  const { painted, refused } = await sawOf(page);
  assert.deepEqual([painted, refused, site.asked.includes('/bundle')], [['variant'], [], false]);
  await context.close();
});

test('a first visit holds the element and no other until the bundle comes, and then shows its variant', { skip }, async () => {
  const patient = document_(`${head.replace('data-bundle', 'data-timeout="60000" data-bundle')}${hero}${other}`);
  const { context, page, open } = await visit(patient, { held: '/bundle' });
  await page.waitForFunction(() => seen.painted.length);
  assert.deepEqual((await sawOf(page)).painted, ['other']);
  open();
  assert.match(await shown(page), /^(control|bold|calm)$/);
  assert.deepEqual((await sawOf(page)).painted, ['other', 'variant']);
  await context.close();
});

test('a bundle that is too late changes nothing that was seen, and decides what comes after', { skip }, async () => {
  const hasty = document_(`${head.replace('data-bundle', 'data-timeout="200" data-bundle')}${hero}<p>below</p>`);
  const { context, page, open } = await visit(hasty, { held: '/bundle' });
  assert.equal(await shown(page), 'control');
  open();
  await page.waitForFunction(async () => (await samplit).status === 'ready');
  const saw = await sawOf(page);
  assert.deepEqual([await page.textContent('h1'), saw.painted, saw.moved], ['Sign up', ['control'], 0]);
  assert.deepEqual(site.got, []);
  await page.evaluate(() => {
    history.pushState(null, '', '/next');
    document.body.insertAdjacentHTML('beforeend', '<b data-samplit="cta" id="new">Buy</b>');
  });
  assert.notEqual(await page.evaluate(() => document.querySelector('#new').dataset.samplitShown), undefined);
  await context.close();
});

for (const [what, how] of [
  ['a bundle 404', { site: { status: 404 } }],
  ['a truncated bundle', { site: { bundle: bundle.subarray(0, 2000) } }],
  ['a bundle that does not come', { held: '/bundle' }],
  ['no WebAssembly', { init: () => delete globalThis.WebAssembly }],
]) {
  test(`${what}: the control, and the page untouched`, { skip }, async () => untouched(await visit(document_(`${head}${hero}`), how)));
}

test('a script that is not there, or a browser of before: the control, and nothing hidden', { skip }, async () => {
  const gone = await visit(document_(`<script src="/head.js" data-bundle="/bundle"></script>${hero}`), {
    init: () => Object.defineProperty(HTMLScriptElement.prototype, 'src', { set() { this.setAttribute('src', '/gone.js'); }, get() { return `${location.origin}/head.js`; } }),
  });
  await until(async () => (await gone.page.evaluate(() => getComputedStyle(document.querySelector('h1')).visibility)) === 'visible', 600);
  await gone.context.close();
  const old = await visit(document_(`${head}${hero}`), { init: () => delete globalThis.CSSStyleSheet, site: { status: 404 } });
  await untouched(old);
});

test('a kept bundle that is broken is fetched anew', { skip }, async () => {
  const { context, page } = await visit(document_(`${head}${hero}`));
  await isKept(page);
  for (const broken of ['/bundle\n"1"\n\n!!', '/bundle\n"1"\n\nAAAA', '/bundle', '\n\n\n']) {
    await page.evaluate((text) => (localStorage['samplit.bundle'] = text), broken);
    await page.reload();
    await shown(page);
    assert.equal(await page.evaluate(async () => (await samplit).status), 'ready', broken);
    await page.waitForFunction((text) => localStorage['samplit.bundle'] !== text, broken);
  }
  assert.deepEqual(page.thrown, []);
  await context.close();
});

test('a signed bundle is checked on every page', { skip }, async () => {
  const signed = head.replace('data-bundle', `data-public-key="${keys.key}" data-bundle`);
  const { context, page } = await visit(document_(`${signed}${hero}`));
  await shown(page);
  await isKept(page);
  await page.reload();
  await shown(page);
  assert.equal(await page.evaluate(async () => (await samplit).status), 'ready');
  await context.close();
  await untouched(await visit(document_(`${signed.replace(keys.key, signer().key)}${hero}`)));
});

test('storage denied, cookies off: a variant all the same, on every page', { skip }, async () => {
  const breaks = [
    () => Object.defineProperty(globalThis, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } }),
    () => (Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }),
    () => Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set() {} }),
  ];
  for (const init of breaks) {
    const { context, page } = await visit(document_(`${head.replace('data-bundle', 'data-sticky="cookie" data-bundle')}${hero}`), { init });
    const variant = await shown(page);
    await until(() => site.got.length === 1);
    assert.deepEqual([site.got[0].variant, page.thrown], [variant, []]);
    await context.close();
  }
});

test('an exposure is logged when the element is seen, not before, once; outcomes follow it', { skip }, async () => {
  const low = `<footer><b data-samplit="cta">Buy</b></footer>
    <button data-samplit-track="signup" data-samplit-value="42"><i>Go</i></button>
    <form action="/blank" target="frame" data-samplit-track="order"><input type="submit" value="Order"></form><iframe name="frame"></iframe>`;
  const { context, page } = await visit(document_(`${head}${hero}${hero.replace('<h1', '<h1 id="two"')}${low}`));
  const variant = await shown(page);
  await until(() => site.got.length === 1);
  assert.deepEqual([site.got[0].experiment, site.got[0].variant, 'context' in site.got[0]], ['hero', variant, false]);
  await page.evaluate(() => scrollTo(0, 9999));
  await until(() => site.got.length === 2);
  assert.equal(site.got[1].experiment, 'cta');
  await page.click('button i');
  await page.click('input');
  await page.evaluate(async () => (await samplit).track('read'));
  await until(() => site.got.length === 8); // three outcomes for each of two exposures
  assert.deepEqual(site.got.slice(2).map(({ name, value }) => `${name} ${value}`), ['signup 42', 'signup 42', 'order 1', 'order 1', 'read 1', 'read 1']);
  await context.close();
});

test('raw context goes with the exposure where the tag says so', { skip }, async () => {
  const { context } = await visit(document_(`${head.replace('data-bundle', 'data-send-context data-bundle')}${hero}`));
  await until(() => site.got.length === 1);
  assert.match(JSON.stringify(site.got[0].context), /127\.0\.0\.1/);
  await context.close();
});

test('elements that come later are decided before they are painted, and as those before them', { skip }, async () => {
  const { context, page } = await visit(document_(`${head}${hero}`));
  const variant = await shown(page);
  const made = await page.evaluate(async (html) => {
    seen.painted.length = 0;
    const results = [];
    for (const path of ['/two?utm_source=google', '/three']) {
      history.pushState(null, '', path);
      document.body.innerHTML = html;
      await Promise.resolve();
      results.push(document.querySelector('h1').dataset.samplitShown);
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))));
    }
    return [results, seen.painted.includes('control')];
  }, hero);
  assert.deepEqual(made, [[variant, variant], false]);
  await context.close();
});

test('a page that comes in parts is decided part by part, templates only when they are whole', { skip }, async () => {
  const [start, ...rest] = `${hero}`.split('<template');
  const parts = [document_(`${head}<p>top</p>`), start, ...rest.flatMap((one) => [`<template${one.slice(0, 60)}`, one.slice(60)]), '<p>end</p>'];
  const first = await visit(document_(`${head}${hero}`));
  await isKept(first.page);
  site.html = parts;
  await first.page.goto(`${origin}/`);
  await shown(first.page);
  assert.match(await first.page.textContent('h1'), /^(Control, by template|Get started|Begin calmly)$/);
  assert.ok(!(await sawOf(first.page)).painted.includes('control'));
  await first.context.close();
});

test('what a template holds: one element, a text, nothing; without one the element stays, and says its variant', { skip }, async () => {
  const body = `<div data-samplit="hero" class="box"><i>old</i></div><template data-samplit-variant="hero:1">New <b>text</b></template>
    <p data-samplit="cta">Gone</p><template data-samplit-variant="cta:1"> </template>
    <section><em data-samplit="hero">Stays</em></section>`;
  const { context, page } = await visit(document_(`${head}${body}`), { path: '/?samplit_force=hero:1,cta:1' });
  await shown(page);
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('[data-samplit]')].map((one) => [one.localName, one.className, one.textContent])), [
    ['div', 'box', 'New text'],
    ['span', '', ''],
    ['em', '', 'New text'],
  ]);
  await context.close();
});

test('payloads go into texts and attributes, and nowhere that runs', { skip }, async () => {
  const body = '<a data-samplit="hero" data-samplit-set="href:link text:title onclick:title title:title" href="/old">Old</a>';
  const { context, page } = await visit(document_(body));
  const made = await page.evaluate(async (bytes) => {
    const { start } = await import('/snippet.js');
    document.body.insertAdjacentHTML('beforeend', `<i id="inline">${bytes}</i>`);
    const links = { control: { link: 'javascript:alert(1)', title: 'C' }, bold: { link: '/new', title: 'B' }, calm: { link: 'http://[', title: 7 } };
    const client = await start({ bundle: '#inline', payloads: { hero: links } });
    const made = [];
    for (const variant of ['control', 'bold', 'calm']) {
      client.force('hero', variant);
      await Promise.resolve();
      const link = document.querySelector('a');
      made.push([link.textContent, link.title, link.onclick, link.getAttribute('href')]);
    }
    return made;
  }, Buffer.from(bundle).toString('base64'));
  assert.deepEqual(made, [['C', 'C', null, '/old'], ['B', 'B', null, '/new'], ['7', '7', null, '/new']]);
  await context.close();
});

test('before consent nothing is stored or sent; consent may come and go, fast', { skip }, async () => {
  const stored = () => page.evaluate(async () => [Object.keys(localStorage), document.cookie, await caches.keys()]);
  const say = (detail) => page.evaluate((given) => dispatchEvent(new CustomEvent('samplit:consent', { detail: given })), detail);
  const { context, page } = await visit(document_(`${head.replace('data-bundle', 'data-consent="ask" data-bundle')}${hero}`));
  await shown(page);
  await soon(200);
  assert.deepEqual([await stored(), site.got], [[[], '', []], []]);
  await say(true);
  await until(() => site.got.length === 1);
  await isKept(page);
  await page.evaluate(() => {
    for (let i = 0; i < 100; i++) dispatchEvent(new CustomEvent('samplit:consent', { detail: i % 2 === 0 }));
  });
  await until(async () => !(await stored())[0].length);
  await page.evaluate(() => (globalThis.samplitConsent = () => true));
  await page.reload();
  await shown(page);
  await soon(100);
  assert.deepEqual([(await stored())[0], page.thrown], [[], []]); // the function was gone with the page
  await context.close();
  const denied = await visit(document_(`${head.replace('data-bundle', 'data-consent="denied" data-bundle')}${hero}`));
  await shown(denied.page);
  await soon(200);
  assert.deepEqual([await denied.page.evaluate(() => localStorage.length), site.got], [0, []]);
  await denied.context.close();
});

test('the page says consent by a function, and a kept bundle is not read before', { skip }, async () => {
  const asking = document_(`${head.replace('data-bundle', 'data-consent="ask" data-bundle')}${hero}`);
  const { context, page } = await visit(asking, { init: () => (globalThis.samplitConsent = () => JSON.parse(globalThis.name || 'true')) });
  await isKept(page);
  await until(() => site.got.length === 1);
  await page.evaluate(() => (globalThis.name = 'null'));
  site.asked = [];
  await page.reload();
  await shown(page);
  assert.ok(site.asked.includes('/bundle'));
  await context.close();
});

test('two tags, and a client of the page beside them, keep to themselves', { skip }, async () => {
  const { context, page } = await visit(document_(`${head}${alone.replace('snippet.js', 'snippet.js?2')}${hero}`));
  const variant = await shown(page);
  const other = await page.evaluate(async () => {
    const { createClient } = await import('/snippet.js');
    const client = await createClient({ bundle: '/bundle', collect: '/events?2' });
    return [(await samplit).unit === client.unit, client.peek('hero').reason !== 'default', client !== (await samplit)];
  });
  assert.deepEqual(other, [true, true, true]);
  await until(() => site.got.length === 1);
  await soon(100);
  assert.deepEqual([site.got.length, site.got[0].variant, page.thrown], [1, variant, []]);
  await context.close();
});

test('a page that is left in the middle of a flush loses nothing', { skip }, async () => {
  const { context, page } = await visit(document_(`${head}${hero}`), { site: { collect_ms: 200 } });
  await shown(page);
  await page.waitForFunction(async () => (await samplit).queued === 1);
  await page.evaluate(async () => {
    const client = await samplit;
    void client.flush();
    await new Promise((done) => setTimeout(done, 30));
    client.track('signup');
  });
  await page.goto('about:blank');
  await until(() => site.got.length >= 2);
  await soon(300);
  assert.deepEqual(site.got.map(({ id }) => id).length, new Set(site.got.map(({ type, id }) => `${type} ${id}`)).size);
  await context.close();
});

test('variants are forced by the address and by the panel, before the eyes; the panel comes when it is asked for', { skip }, async () => {
  const { context, page } = await visit(document_(`${head}${hero}`), { path: '/?samplit_force=hero:bold' });
  assert.equal(await shown(page), 'bold');
  assert.ok(!site.asked.includes('/devtools.js'));
  await page.keyboard.press('Alt+Shift+S');
  const panel = page.locator('samplit-devtools section');
  await panel.waitFor();
  assert.match(await panel.innerText(), /hero[\s\S]*forced/);
  await panel.locator('select').first().selectOption({ label: 'calm' });
  assert.equal(await page.textContent('h1'), 'Begin calmly');
  await panel.locator('select').first().selectOption({ label: 'as decided' });
  const { variant, trace } = await page.evaluate(async () => (await samplit).peek('hero'));
  assert.equal(await shown(page), variant);
  await page.waitForFunction((text) => document.querySelector('samplit-devtools').shadowRoot.textContent.includes(text), trace);
  await panel.getByRole('button', { name: 'Refuse consent' }).click();
  await page.waitForFunction(() => document.querySelector('samplit-devtools').shadowRoot.textContent.includes('refused'));
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('samplit-devtools').count(), 0);
  const { refused } = await sawOf(page);
  assert.deepEqual([refused, page.thrown], [[], []]);
  await context.close();
});

test('the page of docs/snippet.md works as it stands', { skip }, async () => {
  const [, html] = /```html\n(<!doctype[^]*?)```/.exec(readFileSync(join(root, 'docs/snippet.md'), 'utf8'));
  const here = html.replace('/samplit/', '/').replace('/b/shop.safetensors', '/bundle').replace('/v1/events', '/events');
  for (const [variant, text] of [['control', 'Sign up'], ['bold', 'Get started'], ['calm', 'Begin when you like']]) {
    const { context, page } = await visit(here, { path: `/?samplit_force=hero:${variant}` });
    assert.equal(await shown(page), variant);
    assert.deepEqual([await page.textContent('h1'), (await sawOf(page)).refused], [text, []]);
    await context.close();
  }
  const { context, page } = await visit(here);
  await shown(page);
  await page.click('button');
  await until(() => site.got.length === 2);
  assert.equal(site.got[1].name, 'signup');
  await context.close();
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing serious in the panel, ${colorScheme}`, { skip }, async () => {
    const { context, page } = await visit(document_(`${head}<main>${hero}</main>`), { path: '/?samplit_devtools', colorScheme });
    await page.locator('samplit-devtools section').waitFor();
    await page.evaluate(axe); // by the debugger, whom the policy does not bind
    const { violations, passes } = await page.evaluate(() => globalThis.axe.run('samplit-devtools'));
    assert.ok(passes.length > 10, `${passes.length} rules passed`);
    assert.deepEqual(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id} ${nodes[0].html}`), []);
    await context.close();
  });
}

test('the module in the snippet is the one that ships', () => {
  const text = readFileSync(join(dist, 'snippet.js'), 'utf8');
  const start = text.indexOf('\\0asm') >= 0 ? text.indexOf('\\0asm') : text.search(/(\0|\\x00)asm/);
  assert.ok(start > 0);
  const quote = text[start - 1];
  let end = start;
  while (text[end] !== quote) end += text[end] === '\\' ? 2 : 1;
  const literal = text.slice(start - 1, end + 1);
  assert.deepEqual(Buffer.from(Function(`return ${literal}`)(), 'latin1'), readFileSync(join(modules, 'samplit.wasm')));
});
