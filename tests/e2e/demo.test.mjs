// SPDX-License-Identifier: MIT
// The demo page in Chromium: what it does and says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { built, inChromium, lacksPage, said, serve, sizes, untilReady } from './page.mjs';
import { program, root } from './program.mjs';

const startVisitors = 500;

/** The status of a request whose path is sent as it stands, without tidying. */
function statusOf(url, path, method = 'GET') {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method }, (response) => resolve(response.resume().statusCode));
    sent.on('error', reject).end();
  });
}

describe('the demo page', { skip: lacksPage, timeout: 120_000 }, () => {
  const { open, at } = inChromium();
  const decided = (page) => page.locator('#tile-visitors').innerText().then((text) => Number(text.replaceAll(',', '')));
  const untilDecided = (page, visitors) =>
    page.waitForFunction((n) => Number(document.querySelector('#tile-visitors').textContent.replaceAll(',', '')) >= n, visitors);

  for (const [name, viewport] of Object.entries(sizes)) {
    test(`decides, draws and explains at the width of a ${name}`, async () => {
      const { page, problems } = await open('', { viewport });
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
    const { page, problems } = await open();
    await untilDecided(page, 20);
    await page.locator('#play').focus();
    await page.keyboard.press('Space');
    const paused = await decided(page);
    await page.waitForTimeout(400);
    assert.equal(await decided(page), paused, 'nothing is decided while paused');
    await said(page, /^Paused: \d/);

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
    const { page } = await open();
    await page.locator('#recent button').first().click();
    const trace = await page.locator('#detail .code').first().innerText();
    const command = (await page.locator('#detail pre').last().innerText()).replace(/^samplit /, '"$SAMPLIT" ');
    const answer = execFileSync('sh', ['-c', `${command} --json`], { cwd: built, env: { ...process.env, SAMPLIT: program } });
    assert.equal(JSON.parse(answer).trace, trace);
    await page.close();
  });

  test('follows the system colours until the button is pressed, and keeps that choice', async () => {
    const { page } = await open('', { colorScheme: 'dark' });
    const scheme = () => page.evaluate(() => document.documentElement.style.colorScheme);
    assert.equal(await scheme(), 'dark');
    await page.locator('#theme').click();
    assert.equal(await scheme(), 'light');
    await page.reload();
    assert.equal(await scheme(), 'light');
    await page.close();
  });

  test('goes down the tree from segment to segment, each with its policy', async () => {
    const { page } = await open();
    await untilReady(page, 'live');
    assert.equal(await page.locator('#segment-title').innerText(), 'All visitors');
    await page.locator('#segment-ways button').filter({ hasText: 'US' }).click();
    assert.equal(await page.locator('#segment-title').innerText(), 'US');
    const policy = await page.locator('#segment-rates tr td:nth-child(2)').allInnerTexts();
    assert.ok(Math.abs(policy.reduce((sum, share) => sum + parseFloat(share), 0) - 100) < 0.2, `policy ${policy}`);
    assert.equal(await page.locator('.card[aria-pressed=true] .label').innerText(), 'US');
    await page.locator('#segment-ways button').first().press('Enter');
    assert.equal(await page.locator('#segment-title').innerText(), 'All visitors');
    await page.close();
  });

  test('plays on only while it is seen', async () => {
    const { page } = await open();
    await untilDecided(page, 20);
    await page.locator('.views a[href="#/map"]').click();
    await untilReady(page, 'map');
    const left = await page.locator('#tile-visitors').textContent();
    await page.waitForTimeout(300);
    assert.equal(await page.locator('#tile-visitors').textContent(), left);
    await page.locator('.views a[href="#/live"]').click();
    await untilDecided(page, Number(left.replaceAll(',', '')) + 20);
    await page.close();
  });

  test('steps through what was learned, and more visitors give more lift', async () => {
    const { page, problems } = await at('learning');
    const lift = () => page.locator('#stage-lift').innerText().then((text) => parseFloat(text.replace('−', '-')));
    assert.ok((await lift()) > 10, `lift of ${await lift()} %`);
    const rows = await page.locator('#stage-tree li').count();
    assert.ok(rows > 10 && rows > (await page.locator('#stage-tree .unknown').count()) + 10);
    await page.locator('#stage input').first().check({ force: true });
    assert.equal(await lift(), 0);
    assert.match(await page.locator('#stage-tree li').first().innerText(), /33%/);
    assert.equal(await page.locator('#stage-tree .unknown').count(), rows - 1, 'what is not in the tree yet keeps its place');
    await page.locator('#stage input').last().check({ force: true });
    await page.locator('#exploration input[value=aggressive]').focus();
    await page.keyboard.press('ArrowLeft');
    assert.equal(await page.locator('#exploration input:checked').inputValue(), 'default');
    assert.equal(await page.locator('#stage-lifts .here').innerText(), await page.locator('#stage-lift').innerText());
    await page.locator('#stage-play').click(); // from the last stage it begins anew
    assert.equal(await page.locator('#stage input:checked').inputValue(), '0');
    await page.waitForFunction(() => document.querySelector('#stage input:checked').value !== '0');
    await said(page, /^Learned from 1,000 visitors, default: lift /);
    assert.deepEqual(problems, []);
    await page.close();
  });

  test('shows every step of a decision, marks what an edit changes, and replays it', async () => {
    const { page, problems } = await at('playground');
    const steps = await page.locator('#steps h2').allInnerTexts();
    assert.deepEqual(steps.map((step) => step.replace(/^\d\. /, '')), ['Raw fields', 'Context', 'Features', 'Embedding', 'Cluster', 'Path', 'Probabilities', 'Variant', 'Event']);
    assert.match(await page.locator('#steps').innerText(), /HeadlessChrome/);
    assert.equal(await page.locator('#steps .badge').count(), 0);

    await page.locator('#field-PageValues').fill('40');
    assert.match(await page.locator('#play-changes').innerText(), /raw fields \(1\), context \(1\), features \(1\), embedding \(32\), cluster \(1\)/);
    assert.match(await page.locator('#steps li.step').nth(4).innerText(), /high PageValues/);
    await page.locator('#field-PageValues').fill('40.0');
    assert.match(await page.locator('#play-changes').innerText(), /Nothing changed/);

    const answer = await page.locator('#play-answer').innerText();
    await page.locator('#play-again').click();
    await page.locator('#play-replay').filter({ hasText: 'Equal.' }).waitFor();
    assert.ok((await page.locator('#play-replay').innerText()).includes(answer.match(/[0-9a-f]{16}/)[0]));

    const path = page.locator('#steps li.step').nth(5);
    assert.match(await path.innerText(), /country: US/);
    await page.locator('#field-country').selectOption('DE');
    assert.doesNotMatch(await path.innerText(), /country: US/);
    assert.deepEqual(problems, []);
    await page.close();
  });

  test('an empty unit gets the control, an odd one a decision, and the page goes on', async () => {
    const { page, problems } = await at('playground');
    await page.locator('#field-unit').fill('');
    assert.match(await page.locator('#play-answer').innerText(), /^control with chance 100/);
    assert.match(await page.locator('#steps').innerText(), /No usable bundle, experiment or unit/);
    await page.locator('#field-unit').fill('🦊'.repeat(200));
    await page.locator('#field-ProductRelated').fill('1e308');
    await page.locator('#field-country').selectOption('');
    assert.match(await page.locator('#steps li.step').nth(7).innerText(), /policy|fallback/);
    assert.match(await page.locator('#steps li.step').nth(5).innerText(), /all visitors/);
    assert.deepEqual(problems, []);
    await page.close();
  });

  test('an edited decision is that of the native program', { skip: !existsSync(program) && `${program} is missing` }, async () => {
    const { page } = await at('playground');
    await page.locator('#play-simulated').click();
    await page.locator('#field-PageValues').fill('12.5');
    const figures = await page.locator('#steps li.step').first().locator('dl > div').evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
    const { unit, ...raw } = Object.fromEntries(figures);
    const context = Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, /^(true|false|-?[\d.]+)$/.test(value) ? JSON.parse(value) : value]));
    const answer = execFileSync(program, ['decide', 'shop.safetensors', '--unit', unit, '--context', JSON.stringify(context), '--json'], { cwd: built });
    assert.ok((await page.locator('#play-answer').innerText()).includes(JSON.parse(answer).trace));
    await page.close();
  });

  test('walks over the map by keyboard and pointer, and takes a visitor to the playground', async () => {
    const { page, problems } = await at('map');
    const first = await page.locator('#map-title').innerText();
    await page.locator('#map-visitor').focus();
    await page.keyboard.press('ArrowRight');
    const second = await page.locator('#map-title').innerText();
    assert.notEqual(second, first);
    assert.match(await page.locator('#map-visitor').getAttribute('aria-valuetext'), new RegExp(`^${second}, `));
    const cosines = (await page.locator('#map-alike .figure').allTextContents()).map((text) => Number(text.replace(', cosine ', '')));
    assert.deepEqual(cosines, [...cosines].sort((a, b) => b - a));
    assert.ok(cosines.length === 8 && cosines[0] <= 1 && cosines[7] > 0.5, cosines.join());

    const { x, y, width, height } = await page.locator('#map-canvas').boundingBox();
    for (let step = 0; step < 20; step++) await page.mouse.move(x + 10 + step * 4, y + height * 0.55, { steps: 2 });
    assert.notEqual(await page.locator('#map-title').innerText(), second, 'the pointer chooses too');
    assert.ok(width > 300);
    await page.locator('#map-colour input[value=segment]').check({ force: true });
    assert.ok((await page.locator('#map-legend li').count()) > 3);

    const chosen = await page.locator('#map-title').innerText();
    await page.locator('#map-play').click();
    await untilReady(page, 'playground');
    assert.equal(await page.locator('#field-unit').inputValue(), chosen);
    assert.deepEqual(problems, []);
    await page.close();
  });

  describe('from a sub-path and with bad files', () => {
    let folder;
    let other;

    const variation = (name, change) => {
      cpSync(built, join(folder, name), { recursive: true });
      change?.(join(folder, name));
    };
    const problemAt = async (name, view = 'live') => {
      const { page } = await open(`${other.url}${name}/#/${view}`);
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
      variation('no-stage', (at) => rmSync(join(at, 'learned-1000-default.safetensors')));
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
    test('a view that lacks a file says so, and the others work', async () => {
      assert.match(await problemAt('no-stage', 'learning'), /^learned-1000-default\.safetensors is missing beside this page/);
      const { page } = await open(`${other.url}no-stage/#/learning`);
      await page.locator('#problem').waitFor({ state: 'visible' });
      await page.locator('.views a').first().click();
      await untilDecided(page, 20);
      assert.ok(await page.locator('#problem').isHidden());
      await page.close();
    });
    test('says what is wrong with the visitors', async () => assert.match(await problemAt('old-visitors'), /^visitors\.json cannot be read: its format is 0/));
    test('says what is wrong with a bundle', async () => assert.match(await problemAt('cut-bundle'), /^bundle\.safetensors is not a bundle that can be served: .+/));
  });
});

describe('the static server', { skip: lacksPage }, () => {
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
