// SPDX-License-Identifier: MIT
// A site with the snippet, on loopback, and visits to it in real Chromium, all under the policy that docs/snippet.md names.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { signer, soon } from './client_support.mjs';
import { bundleBytes, dist } from './support.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const skip = existsSync(executablePath) ? false : `SKIPPED: no ${executablePath}`;
const policy = "script-src 'self' 'wasm-unsafe-eval'; style-src 'self'";
const types = { js: 'text/javascript', wasm: 'application/wasm', css: 'text/css' };
export const bundle = bundleBytes();
export const keys = signer();

// Variants of another height than the control: what is swapped after a paint shifts the text below.
export const hero = `<h1 data-samplit="hero" elementtiming="control">Sign up</h1>
<template data-samplit-variant="hero:0"><h1 elementtiming="variant" class="tall">Control, by template</h1></template>
<template data-samplit-variant="hero:bold"><h1 elementtiming="variant" class="tall">Get started</h1></template>
<template data-samplit-variant="hero:2"><h1 elementtiming="variant" class="tall">Begin calmly</h1></template>`;
export const other = '<p elementtiming="other">What is below, long enough to be painted as text.</p>';
export const head = '<script src="/head.js" data-bundle="/bundle" data-collect="/events"></script>';
export const alone = '<script type="module" blocking="render" src="/snippet.js" data-bundle="/bundle" data-collect="/events"></script>';

export const fresh = () => ({ got: [], asked: [], html: '', bundle, status: 200, collect_ms: 0, gates: {}, policy });
export const site = fresh();

/** Holds the answers for a path until the function that this returns is called. */
export function gate(path) {
  let open;
  site.gates[path] = new Promise((done) => (open = done));
  return open;
}

export const pageOf = (body) => `<!doctype html><html lang="en"><title>shop</title><link rel="stylesheet" href="/style.css">${body}`;

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
  response.writeHead(pathname === '/' ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': site.policy });
  for (const part of [site.html].flat()) {
    response.write(part);
    await soon(Array.isArray(site.html) ? 100 : 0);
  }
  response.end();
}

const server = createServer(serve);
let browser;

/** Serves the site, once, at `site.origin`. */
export async function startSite() {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  site.origin = `http://127.0.0.1:${server.address().port}`;
  if (!skip) browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

export async function stopSite() {
  await browser?.close();
  server.closeAllConnections();
  server.close();
}

// Runs before anything of the page: keeps what was painted, what moved, and what broke.
function watch() {
  globalThis.seen = { painted: [], moved: 0, refused: [] };
  const observe = (type, then) => new PerformanceObserver((list) => list.getEntries().forEach(then)).observe({ type, buffered: true });
  observe('element', ({ identifier }) => seen.painted.push(identifier));
  observe('layout-shift', ({ value }) => (seen.moved += value));
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => seen.refused.push(`${violatedDirective} ${blockedURI}`));
}

/** A page of a new visitor, with an answer that is held until `open`. `init` runs in it before anything else. */
export async function visit(html, { path = '/', held, init, site: how = {}, ...context_ } = {}) {
  Object.assign(site, fresh(), how, { html });
  const open = held && gate(held);
  const context = await browser.newContext(context_);
  await context.addInitScript(watch);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  page.thrown = [];
  page.on('pageerror', (error) => page.thrown.push(error.message));
  await page.goto(site.origin + path);
  return { context, page, open };
}

export const shown = (page, selector = '[data-samplit]') =>
  page.waitForFunction((one) => document.querySelector(one)?.dataset.samplitShown, selector).then((handle) => handle.jsonValue());
export const isKept = (page) => page.waitForFunction(() => localStorage['samplit.bundle']);

// After two more frames, what the page saw.
export const sawOf = (page) =>
  page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))));
    const [paint] = performance.getEntriesByName('first-paint');
    return { ...seen, isFirst: performance.getEntriesByName('samplit')[0]?.startTime <= paint?.startTime };
  });

export async function untouched({ context, page, open }, text = 'Sign up') {
  assert.equal(await shown(page), 'control');
  assert.equal(await page.textContent('h1'), text);
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('h1')).visibility), 'visible');
  const saw = await sawOf(page);
  assert.deepEqual([saw.painted, saw.moved, page.thrown], [['control'], 0, []]);
  assert.deepEqual(site.got, []);
  open?.();
  await context.close();
}
