// SPDX-License-Identifier: MIT
// The snippet in pages of real browsers: what is painted and when, and what is left alone when something is missing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { signer, until } from './client_support.mjs';
import { firefoxPath, hasFirefox, openFirefox } from './firefox.mjs';
import { alone, bundle, fresh, gate, head, hero, isKept, keys, other, pageOf, sawOf, shown, site, skip, startSite, stopSite, untouched, visit } from './snippet_site.mjs';
import { dist, modules } from './support.mjs';

before(startSite);
after(stopSite);

// The first paint waits for a fifth of a second; a machine that is busy with other tests may need more.
function waitLonger() {
  const { setTimeout: real } = globalThis;
  globalThis.setTimeout = (act, ms, ...more) => real(act, ms === 200 ? 2000 : ms, ...more);
}

for (const [what, tag] of [['head.js', head], ['the module alone', alone]]) {
  test(`with the bundle kept, ${what} decides before the first paint: the control is never painted, nothing moves`, { skip }, async () => {
    const { context, page } = await visit(pageOf(`${tag}${hero}<p>What is below.</p>`), { init: waitLonger });
    await shown(page);
    await isKept(page);
    for (let round = 0; round < 5; round++) {
      site.status = 500; // decided without the server
      await page.goto(`${site.origin}/`);
      await shown(page);
      const { painted, moved, refused, isFirst } = await sawOf(page);
      assert.deepEqual({ painted, moved, refused, isFirst }, { painted: ['variant'], moved: 0, refused: [], isFirst: true });
    }
    await context.close();
  });
}

test('the first paint waits for code that is late no longer than a fifth of a second, and the element as long as it may', { skip }, async () => {
  const { context, page } = await visit(pageOf(`${head}${hero}${other}`));
  await isKept(page);
  await (await context.newCDPSession(page)).send('Network.clearBrowserCache');
  const open = gate('/snippet.js');
  await page.goto(`${site.origin}/`, { waitUntil: 'commit' });
  await page.waitForFunction(() => seen.painted.length === 2);
  assert.deepEqual(await page.evaluate(() => [seen.painted, 'samplit' in globalThis]), [['other', 'control'], false]);
  open();
  assert.equal(await shown(page), 'control');
  assert.deepEqual((await sawOf(page)).painted, ['other', 'control']);
  await context.close();
});

test('with the bundle in the page, the first paint of the first visit is decided', { skip }, async () => {
  const data = `<script type="text/plain" id="shop">${Buffer.from(bundle).toString('base64')}</script>`;
  const { context, page } = await visit(pageOf(`${data}${head.replace('/bundle', '#shop')}${hero}<p>below`));
  await shown(page);
  const { painted, refused } = await sawOf(page);
  assert.deepEqual([painted, refused, site.asked.includes('/bundle')], [['variant'], [], false]);
  await context.close();
});

test('a first visit holds the element and no other until the bundle comes, and then shows its variant', { skip }, async () => {
  const patient = pageOf(`${head.replace('data-bundle', 'data-timeout="60000" data-bundle')}${hero}${other}`);
  const { context, page, open } = await visit(patient, { held: '/bundle' });
  await page.waitForFunction(() => seen.painted.length);
  assert.deepEqual((await sawOf(page)).painted, ['other']);
  open();
  assert.match(await shown(page), /^(control|bold|calm)$/);
  assert.deepEqual((await sawOf(page)).painted, ['other', 'variant']);
  await context.close();
});

test('one module tag and nothing else shows the variant on a first visit, though it may come after the first paint', { skip }, async () => {
  const { context, page } = await visit(pageOf(`${alone.replace('blocking="render"', 'data-timeout="60000"')}${hero}`));
  await shown(page);
  assert.match(await page.textContent('h1'), /^(Control, by template|Get started|Begin calmly)$/);
  await until(() => site.got.length === 1);
  await context.close();
});

test('a bundle that is too late changes nothing that was seen, and decides what comes after', { skip }, async () => {
  const hasty = pageOf(`${head.replace('data-bundle', 'data-timeout="200" data-bundle')}${hero}<p>below</p>`);
  const { context, page, open } = await visit(hasty, { held: '/bundle' });
  assert.equal(await shown(page), 'control');
  open();
  await page.waitForFunction(async () => (await samplit).status === 'ready');
  const saw = await sawOf(page);
  assert.deepEqual([await page.textContent('h1'), saw.painted, saw.moved], ['Sign up', ['control'], 0]);
  assert.deepEqual(site.got, []);
  await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<b data-samplit="hero" id="beside">Sign up</b>'));
  assert.equal(await page.evaluate(() => document.querySelector('#beside').outerHTML), '<b data-samplit="hero" id="beside" data-samplit-shown="control">Sign up</b>');
  await page.evaluate(() => {
    history.pushState(null, '', '/next');
    document.body.insertAdjacentHTML('beforeend', '<b data-samplit="cta" id="new">Buy</b>');
  });
  assert.notEqual(await page.evaluate(() => document.querySelector('#new').dataset.samplitShown), undefined);
  await until(() => site.got.length === 1); // of what came after; later, it would come in the next test
  await context.close();
});

for (const [what, how] of [
  ['a bundle 404', { site: { status: 404 } }],
  ['a truncated bundle', { site: { bundle: bundle.subarray(0, 2000) } }],
  ['a bundle that does not come', { held: '/bundle' }],
  ['a policy without WebAssembly', { site: { policy: "script-src 'self'; style-src 'self'" } }],
  ['no WebAssembly', { init: () => delete globalThis.WebAssembly }],
]) {
  test(`${what}: the control, and the page untouched`, { skip }, async () => untouched(await visit(pageOf(`${head}${hero}`), how)));
}

test('a script that is not there, or a browser of before: the control, and nothing hidden', { skip }, async () => {
  const gone = await visit(pageOf(`<script src="/head.js" data-bundle="/bundle"></script>${hero}`), {
    init: () => Object.defineProperty(HTMLScriptElement.prototype, 'src', { set() { this.setAttribute('src', '/gone.js'); }, get() { return `${location.origin}/head.js`; } }),
  });
  await until(async () => (await gone.page.evaluate(() => getComputedStyle(document.querySelector('h1')).visibility)) === 'visible', 600);
  await gone.context.close();
  const old = await visit(pageOf(`${head}${hero}`), { init: () => delete globalThis.CSSStyleSheet, site: { status: 404 } });
  await untouched(old);
});

test('a kept bundle that is broken is fetched anew', { skip }, async () => {
  const { context, page } = await visit(pageOf(`${head}${hero}`));
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
  const { context, page } = await visit(pageOf(`${signed}${hero}`));
  await shown(page);
  await isKept(page);
  await page.reload();
  await shown(page);
  assert.equal(await page.evaluate(async () => (await samplit).status), 'ready');
  await context.close();
  await untouched(await visit(pageOf(`${signed.replace(keys.key, signer().key)}${hero}`)));
});

test('storage denied, cookies off: a variant all the same, on every page', { skip }, async () => {
  const breaks = [
    () => Object.defineProperty(globalThis, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } }),
    () => (Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }),
    () => Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set() {} }),
  ];
  for (const init of breaks) {
    const { context, page } = await visit(pageOf(`${head.replace('data-bundle', 'data-sticky="cookie" data-bundle')}${hero}`), { init });
    const variant = await shown(page);
    await until(() => site.got.length === 1);
    assert.deepEqual([site.got[0].variant, page.thrown], [variant, []]);
    await context.close();
  }
});

test('Firefox, which does not let the paint wait, never shows the control before the variant', { skip: hasFirefox ? false : `SKIPPED: no ${firefoxPath}` }, async () => {
  Object.assign(site, fresh(), { html: pageOf(`${head.replace('data-bundle', 'data-timeout="20000" data-bundle')}${hero}`) });
  const firefox = await openFirefox(`${site.origin}/blank`);
  try {
    // The page is in a frame, because its policy forbids the eval that drives Firefox.
    const views = await firefox.run(async () => {
      const frame = document.body.appendChild(document.createElement('iframe'));
      const seen = [];
      for (let round = 0; round < 4; round++) {
        const texts = new Set();
        frame.src = `/?${round}`;
        for (let isDone = false; !isDone; await new Promise(requestAnimationFrame)) {
          const h1 = frame.contentDocument?.querySelector('h1');
          if (!h1 || !frame.contentWindow.location.search.endsWith(round)) continue;
          if (getComputedStyle(h1).visibility === 'visible') texts.add(h1.textContent);
          isDone = h1.dataset.samplitShown !== undefined && !!frame.contentWindow.localStorage['samplit.bundle'];
        }
        seen.push([...texts]);
      }
      return seen;
    });
    assert.equal(views.length, 4);
    for (const texts of views) assert.match(texts.join('|'), /^(Control, by template|Get started|Begin calmly)$/);
  } finally {
    await firefox.close();
  }
});

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
