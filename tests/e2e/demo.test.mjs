// SPDX-License-Identifier: MIT
// The demo page in Chromium, as scripts/run leaves it in build/web-demo (SAMPLIT_DEMO names another folder, CHROMIUM
// another browser).
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { program, root } from './program.mjs';

const built = process.env.SAMPLIT_DEMO || join(root, 'build/web-demo');
const browserPath = process.env.CHROMIUM || '/usr/bin/chromium';
const missing = [join(built, 'index.html'), browserPath].find((file) => !existsSync(file));
if (missing) console.error(`SKIPPED: the demo page is not tested, for ${missing} is missing (scripts/run --no-serve, scripts/setup)`);

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const startVisitors = 500;

/** Runs serve.mjs until it has printed its address or ended. */
async function serve(folder, port = 0) {
  const child = spawn(process.execPath, [join(root, 'web-demo/serve.mjs'), folder, String(port)]);
  const server = { url: '', error: '', ended: new Promise((resolve) => child.on('close', resolve)), stop: () => child.kill() };
  child.stderr.on('data', (data) => (server.error += data));
  const address = new Promise((resolve) => child.stdout.on('data', (data) => (server.url += data).endsWith('\n') && resolve()));
  await Promise.race([address, server.ended]);
  server.url = server.url.trim();
  return server;
}

/** The status of a request whose path is sent as it stands, without tidying. */
function statusOf(url, path, method = 'GET') {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method }, (response) => resolve(response.resume().statusCode));
    sent.on('error', reject).end();
  });
}

describe('the demo page', { skip: missing && `${missing} is missing`, timeout: 120_000 }, () => {
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

  async function open(url, options = {}) {
    const page = await browser.newPage({ viewport: sizes.desktop, ...options });
    const problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(url);
    return { page, problems };
  }

  const decided = (page) => page.locator('#tile-visitors').innerText().then((text) => Number(text.replaceAll(',', '')));
  const untilDecided = (page, visitors) =>
    page.waitForFunction((n) => Number(document.querySelector('#tile-visitors').textContent.replaceAll(',', '')) >= n, visitors);

  for (const [name, viewport] of Object.entries(sizes)) {
    test(`decides, draws and explains at the width of a ${name}`, async () => {
      const { page, problems } = await open(server.url, { viewport });
      await untilDecided(page, startVisitors);

      const figures = await page.evaluate(() => ({
        shares: [...document.querySelectorAll('#segment-rates tr td:nth-child(2)')].map((cell) => parseFloat(cell.textContent)),
        bars: [...document.querySelectorAll('.card .split')].map((bar) => [...bar.children].reduce((sum, piece) => sum + Number(piece.style.flexGrow), 0)),
        cards: document.querySelectorAll('.card').length,
        serving: document.querySelectorAll('.card.serving').length,
        labelled: [...document.querySelectorAll('.chart')].every((chart) => chart.getAttribute('aria-label')),
        overflow: document.documentElement.scrollWidth - innerWidth,
      }));
      assert.ok(Math.abs(figures.shares.reduce((sum, share) => sum + share, 0) - 100) < 0.2, `shares ${figures.shares}`);
      assert.ok(figures.cards >= 2 && figures.bars.length >= 2, `a tree of ${figures.cards} segments, ${figures.bars.length} with a policy`);
      for (const sum of figures.bars) assert.ok(Math.abs(sum - 1) < 1e-5, `probabilities sum to ${sum}`);
      assert.equal(figures.serving, 1, 'one segment is lit as serving');
      assert.ok(figures.labelled, 'every chart says in words what it shows');
      assert.ok(figures.overflow <= 0, `scrolls sideways by ${figures.overflow} px`);

      await page.locator('#recent button').first().focus();
      await page.keyboard.press('Enter');
      const detail = page.locator('#detail');
      await detail.waitFor({ state: 'visible' });
      assert.match(await detail.innerText(), /just now: the same trace/);
      assert.match(await detail.innerText(), /user_agent/);
      await page.keyboard.press('Escape');
      await detail.waitFor({ state: 'hidden' });
      assert.ok(await page.evaluate(() => document.activeElement.closest('#recent') !== null), 'the focus is back in the list');
      assert.deepEqual(problems, []);
      await page.close();
    });
  }

  test('pauses, restarts and changes speed by keyboard', async () => {
    const { page, problems } = await open(server.url);
    await untilDecided(page, 20);
    await page.locator('#play').focus();
    await page.keyboard.press('Space');
    const paused = await decided(page);
    await page.waitForTimeout(400);
    assert.equal(await decided(page), paused, 'nothing is decided while paused');
    assert.match(await page.locator('#status').textContent(), /^Paused: \d/);

    await page.locator('#speed input:checked').focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.locator('#speed input:checked').inputValue(), '500');
    await page.locator('#restart').focus();
    await page.keyboard.press('Enter');
    await untilDecided(page, paused + startVisitors);
    assert.deepEqual(problems, []);
    await page.close();
  });

  test('decides as the native program does, trace for trace', { skip: !existsSync(program) && `${program} is missing` }, async () => {
    const { page } = await open(server.url);
    await page.locator('#recent button').first().click();
    const trace = await page.locator('#detail .code').first().innerText();
    const command = (await page.locator('#detail pre').last().innerText()).replace(/^samplit /, '"$SAMPLIT" ');
    const answer = execFileSync('sh', ['-c', `${command} --json`], { cwd: built, env: { ...process.env, SAMPLIT: program } });
    assert.equal(JSON.parse(answer).trace, trace);
    await page.close();
  });

  test('follows the system colours until the button is pressed, and keeps that choice', async () => {
    const { page } = await open(server.url, { colorScheme: 'dark' });
    const scheme = () => page.evaluate(() => document.documentElement.style.colorScheme);
    assert.equal(await scheme(), 'dark');
    await page.locator('#theme').click();
    assert.equal(await scheme(), 'light');
    await page.reload();
    assert.equal(await scheme(), 'light');
    await page.close();
  });

  describe('from a sub-path and with bad files', () => {
    let folder;
    let other;

    const variation = (name, change) => {
      cpSync(built, join(folder, name), { recursive: true });
      change?.(join(folder, name));
    };
    const problemAt = async (name) => {
      const { page } = await open(`${other.url}${name}/`);
      await page.locator('#problem').waitFor({ state: 'visible' });
      const text = await page.locator('#problem').innerText();
      await page.close();
      return text;
    };

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'samplit-demo-'));
      writeFileSync(join(folder, 'index.html'), '');
      mkdirSync(join(folder, 'deep'));
      variation('deep/page');
      variation('no-visitors', (at) => rmSync(join(at, 'visitors.json')));
      variation('old-visitors', (at) => writeFileSync(join(at, 'visitors.json'), '{"format":0}'));
      variation('cut-bundle', (at) => writeFileSync(join(at, 'bundle.safetensors'), readFileSync(join(at, 'bundle.safetensors')).subarray(0, -8)));
      other = await serve(folder);
    });
    after(() => {
      other?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test('works below another path', async () => {
      const { page, problems } = await open(`${other.url}deep/page/`);
      await untilDecided(page, 50);
      assert.deepEqual(problems, []);
      await page.close();
    });
    test('says which file is missing', async () => assert.match(await problemAt('no-visitors'), /^visitors\.json is missing beside this page\. scripts\/run/));
    test('says what is wrong with the visitors', async () => assert.match(await problemAt('old-visitors'), /^visitors\.json cannot be read: its format is 0/));
    test('says what is wrong with a bundle', async () => assert.match(await problemAt('cut-bundle'), /^bundle\.safetensors is not a bundle that can be served: .+/));
  });
});

describe('the static server', { skip: missing && `${missing} is missing` }, () => {
  test('gives files with their types, and nothing outside its folder', async () => {
    const server = await serve(built);
    const types = { '': 'text/html; charset=utf-8', 'main.js': 'text/javascript; charset=utf-8', 'samplit.wasm': 'application/wasm' };
    for (const [file, type] of Object.entries(types)) {
      assert.equal((await fetch(server.url + file)).headers.get('content-type'), type);
    }
    for (const path of ['/../package.json', '/..%2fpackage.json', '/%2e%2e/%2e%2e/package.json', '//etc/passwd', '/%00', '/%zz', '/none']) {
      assert.equal(await statusOf(server.url, path), 404, path);
    }
    assert.equal(await statusOf(server.url, '/', 'POST'), 405);
    server.stop();
    await server.ended;
  });

  test('says that its port is in use, and that a folder holds no page', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.on('listening', resolve));
    const refused = await serve(built, taken.address().port);
    assert.equal(await refused.ended, 1);
    assert.match(refused.error, /port \d+ is in use/);
    taken.close();
    const empty = await serve(join(root, 'docs'));
    assert.equal(await empty.ended, 1);
    assert.match(empty.error, /holds no index\.html/);
  });
});
