// SPDX-License-Identifier: MIT
// The demo page on its own server, for tests that open it in Chromium: as scripts/run leaves it in build/web-demo
// (SAMPLIT_DEMO names another folder, CHROMIUM another browser).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { root } from './program.mjs';

export const built = process.env.SAMPLIT_DEMO || join(root, 'build/web-demo');
const browserPath = process.env.CHROMIUM || '/usr/bin/chromium';
const missing = [join(built, 'index.html'), browserPath].find((file) => !existsSync(file));
if (missing) console.error(`SKIPPED: the demo page is not tested, for ${missing} is missing (scripts/run --no-serve, scripts/setup)`);
export const lacksPage = missing && `${missing} is missing`;

export const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
export const views = ['live', 'learning', 'playground', 'map'];

/** Runs serve.mjs until it has printed its address or ended. */
export async function serve(folder, port = 0) {
  const child = spawn(process.execPath, [join(root, 'web-demo/serve.mjs'), folder, String(port)]);
  const server = { url: '', error: '', ended: new Promise((resolve) => child.on('close', resolve)), stop: () => child.kill() };
  child.stderr.on('data', (data) => (server.error += data));
  const address = new Promise((resolve) => child.stdout.on('data', (data) => (server.url += data).endsWith('\n') && resolve()));
  await Promise.race([address, server.ended]);
  server.url = server.url.trim();
  return server;
}

/** What each view shows once it is ready. */
const READY = { live: '#recent li', learning: '#stage-lifts td', playground: '#steps .step', map: '#map-alike li' };
export const untilReady = (page, view) => page.locator(READY[view]).first().waitFor();

/** Serves the page and starts Chromium before the tests of a suite and ends both after them; what it returns opens the page, and notes all that
 * goes wrong in it: `open` at an address, of this server or another, and `at` in a view, once that is ready. */
export function inChromium() {
  let browser;
  let server;

  before(async () => {
    server = await serve(built);
    browser = await chromium.launch({ executablePath: browserPath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  });
  after(async () => {
    await browser?.close();
    server?.stop();
  });

  const open = async (address = '', options = {}) => {
    const page = await browser.newPage({ viewport: sizes.desktop, ...options });
    const problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(new URL(address, server.url).href);
    return { page, problems };
  };
  const at = async (view, options) => {
    const opened = await open(`#/${view}`, options);
    await untilReady(opened.page, view);
    return opened;
  };
  return { open, at };
}

/** Waits for words that are said to those who hear the page. */
export const said = (page, words) => page.waitForFunction(({ source }) => new RegExp(source).test(document.querySelector('#said').textContent), { source: words.source }, { timeout: 10_000 });
