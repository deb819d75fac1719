// SPDX-License-Identifier: MIT
// The snippet in pages of real Chromium: what it puts where, what is logged and stored, consent, several on a page, and the panel.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { soon, until } from './client_support.mjs';
import { alone, bundle, head, hero, isKept, pageOf, sawOf, shown, site, skip, startSite, stopSite, visit } from './snippet_site.mjs';
import { root } from './support.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

before(startSite);
after(stopSite);

test('an exposure is logged when the element is seen, not before, once; outcomes follow it', { skip }, async () => {
  const low = `<footer><b data-samplit="cta">Buy</b></footer>
    <button data-samplit-track="signup" data-samplit-value="42"><i>Go</i></button>
    <form action="/blank" target="frame" data-samplit-track="order"><input type="submit" value="Order"></form><iframe name="frame"></iframe>`;
  const { context, page } = await visit(pageOf(`${head}${hero}${hero.replace('<h1', '<h1 id="two"')}${low}`));
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
  const { context } = await visit(pageOf(`${head.replace('data-bundle', 'data-send-context data-bundle')}${hero}`));
  await until(() => site.got.length === 1);
  assert.match(JSON.stringify(site.got[0].context), /127\.0\.0\.1/);
  await context.close();
});

test('elements that come later are decided before they are painted, and as those before them', { skip }, async () => {
  const { context, page } = await visit(pageOf(`${head}${hero}`));
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
  const parts = [pageOf(`${head}<p>top</p>`), start, ...rest.flatMap((one) => [`<template${one.slice(0, 60)}`, one.slice(60)]), '<p>end</p>'];
  const first = await visit(pageOf(`${head}${hero}`));
  await isKept(first.page);
  site.html = parts;
  await first.page.goto(`${site.origin}/`);
  await shown(first.page);
  assert.match(await first.page.textContent('h1'), /^(Control, by template|Get started|Begin calmly)$/);
  assert.ok(!(await sawOf(first.page)).painted.includes('control'));
  await first.context.close();
});

test('what a template holds: one element, a text, nothing; without one the element stays, and says its variant', { skip }, async () => {
  const body = `<div data-samplit="hero" class="box"><i>old</i></div><template data-samplit-variant="hero:1">New <b>text</b></template>
    <p data-samplit="cta">Gone</p><template data-samplit-variant="cta:1"> </template>
    <section><em data-samplit="hero">Stays</em></section>`;
  const { context, page } = await visit(pageOf(`${head}${body}`), { path: '/?samplit_force=hero:1,cta:1' });
  await shown(page);
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('[data-samplit]')].map((one) => [one.localName, one.className, one.textContent])), [
    ['div', 'box', 'New text'],
    ['span', '', ''],
    ['em', '', 'New text'],
  ]);
  await context.close();
});

test('an experiment in a template of itself ends there', { skip }, async () => {
  const body = '<p data-samplit="hero">Old</p><template data-samplit-variant="hero:1"><section>New <b data-samplit="hero">inner</b></section></template>';
  const { context, page } = await visit(pageOf(`${head}${body}`), { path: '/?samplit_force=hero:1' });
  assert.equal(await shown(page, 'b'), 'control');
  assert.deepEqual(await page.evaluate(() => [document.querySelectorAll('section').length, document.body.innerText]), [1, 'New inner']);
  await context.close();
});

test('payloads go into texts and attributes, and nowhere that runs', { skip }, async () => {
  const body = '<a data-samplit="hero" data-samplit-set="href:link text:title onclick:title title:title" href="/old">Old</a>';
  const { context, page } = await visit(pageOf(body));
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
  assert.deepEqual(made, [['C', 'C', null, '/old'], ['B', 'B', null, '/new'], ['7', '7', null, '/old']]);
  await context.close();
});

test('a variant begins with what the page has, not with the payload of another', { skip }, async () => {
  const inner = '<b data-samplit-set="class:style">more</b>';
  const body = `<a data-samplit="hero" data-samplit-set="text:text href:link title:title">See ${inner}</a>
    <p data-samplit="hero" data-samplit-set="title:title">P</p><template data-samplit-variant="hero:calm">Q</template>`;
  const { context, page } = await visit(pageOf(body));
  const made = await page.evaluate(async (bytes) => {
    const { start } = await import('/snippet.js');
    document.body.insertAdjacentHTML('beforeend', `<i id="inline">${bytes}</i>`);
    const hero = { bold: { text: 'T', link: '/new', title: 'B', style: 'x' }, control: { style: 'y' } };
    const client = await start({ bundle: '#inline', payloads: { hero } });
    const made = [];
    for (const variant of ['control', 'bold', 'calm', 'bold', 'control']) {
      client.force('hero', variant);
      await Promise.resolve();
      const [link, text] = document.querySelectorAll('a, p');
      const { 0: inside } = link.children;
      made.push([link.textContent, link.getAttribute('href'), link.title, inside?.className, text.textContent, text.title]);
    }
    return made;
  }, Buffer.from(bundle).toString('base64'));
  assert.deepEqual(made, [
    ['See more', null, '', 'y', 'P', ''],
    ['T', '/new', 'B', undefined, 'P', 'B'],
    ['Q', null, '', undefined, 'Q', ''],
    ['T', '/new', 'B', undefined, 'P', 'B'],
    ['See more', null, '', 'y', 'P', ''],
  ]);
  await context.close();
});

test('before consent nothing is stored or sent; consent may come and go, fast', { skip }, async () => {
  const stored = () => page.evaluate(async () => [Object.keys(localStorage), document.cookie, await caches.keys()]);
  const say = (detail) => page.evaluate((given) => dispatchEvent(new CustomEvent('samplit:consent', { detail: given })), detail);
  const { context, page } = await visit(pageOf(`${head.replace('data-bundle', 'data-consent="ask" data-bundle')}${hero}`));
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
  const denied = await visit(pageOf(`${head.replace('data-bundle', 'data-consent="denied" data-bundle')}${hero}`));
  await shown(denied.page);
  await soon(200);
  assert.deepEqual([await denied.page.evaluate(() => localStorage.length), site.got], [0, []]);
  await denied.context.close();
});

test('the page says consent by a function, and a kept bundle is not read before', { skip }, async () => {
  const asking = pageOf(`${head.replace('data-bundle', 'data-consent="ask" data-bundle')}${hero}`);
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
  const { context, page } = await visit(pageOf(`${head}${alone.replace('snippet.js', 'snippet.js?2')}${hero}`));
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
  const { context, page } = await visit(pageOf(`${head}${hero}`), { site: { collect_ms: 200 } });
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
  const { context, page } = await visit(pageOf(`${head}${hero}`), { path: '/?samplit_force=hero:bold' });
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
    const { context, page } = await visit(pageOf(`${head}<main>${hero}</main>`), { path: '/?samplit_devtools', colorScheme });
    await page.locator('samplit-devtools section').waitFor();
    await page.evaluate(axe); // by the debugger, whom the policy does not bind
    const { violations, passes } = await page.evaluate(() => globalThis.axe.run('samplit-devtools'));
    assert.ok(passes.length > 10, `${passes.length} rules passed`);
    assert.deepEqual(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id} ${nodes[0].html}`), []);
    await context.close();
  });
}
