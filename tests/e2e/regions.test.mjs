// SPDX-License-Identifier: MIT
// The demo's region switch: what a region serves comes from its own events, and the switch puts one bundle in the place of another
// in one step or not at all.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { REGIONS, route } from '../../web-demo/regions.mjs';
import { built, inChromium, lacksPage, said, serve, untilReady } from './page.mjs';
import { program, root, samplitOk, temporaryFolder } from './program.mjs';

const lacksProgram = !existsSync(program) && `${program} is missing`;
const line = (text) => text.trimEnd().split('\n');

describe('the stores of the regions', { skip: lacksProgram }, () => {
  const folder = temporaryFolder();
  const stored = (code) => line(readFileSync(join(folder, `stage-${code}.ndjson`), 'utf8')).map((text) => JSON.parse(text));

  before(() => {
    samplitOk(folder, ['simulate', '--visitors', '1000', '--seed', '1', '--out', 'stage.ndjson']);
    execFileSync(process.execPath, [join(root, 'web-demo/regions.mjs'), join(folder, 'stage.ndjson')]);
  });

  test('hold every event once: exposures of their own countries, and the outcomes of these', () => {
    const all = line(readFileSync(join(folder, 'stage.ndjson'), 'utf8')).map((text) => JSON.parse(text).id);
    assert.deepEqual(REGIONS.flatMap(({ code }) => stored(code).map(({ id }) => id)).sort(), all.sort());
    for (const { code, countries } of REGIONS) {
      const exposures = stored(code).filter(({ type }) => type === 'exposure');
      const outcomes = stored(code).filter(({ type }) => type === 'outcome');
      const ids = new Set(exposures.map(({ id }) => id));
      assert.ok(exposures.length > 20, `${code} has ${exposures.length} exposures`);
      for (const { region, context } of exposures) assert.ok(region === code && countries.includes(context.country));
      for (const { exposure } of outcomes) assert.ok(ids.has(exposure));
    }
  });

  test('are what their bundles are learned from: learned again, the bytes are those of the page', { skip: lacksPage }, () => {
    for (const { code, levels } of REGIONS) {
      const name = `learned-1000-default-${code}.safetensors`;
      samplitOk(folder, ['learn', `stage-${code}.ndjson`, '--levels', levels[0], '--min-samples', '500,200', '--exploration', 'default', '--out', name]);
      assert.deepEqual(readFileSync(join(folder, name)), readFileSync(join(built, name)), name);
    }
  });

  test('an event of no region is refused', async () => {
    const nowhere = ['{"type":"exposure","id":"e1","context":{"country":"FR"}}', '{"type":"outcome","id":"o1","exposure":"e0"}'];
    for (const event of nowhere) await assert.rejects(route([event], () => assert.fail('stored')), /belongs to no region/);
  });
});

describe('the region switch', { skip: lacksPage, timeout: 120_000 }, () => {
  const { open, at } = inChromium();
  const nameOf = (code) => REGIONS.find((region) => region.code === code)?.name ?? 'One store';
  const choose = async (page, code) => {
    await page.locator(`#region input[value=${code}]`).check({ force: true });
    await page.locator('#region-name').filter({ hasText: nameOf(code) }).waitFor();
  };
  const bundle = (page) => page.locator('#region-bundle code').innerText();
  const answer = (page) => page.locator('#play-answer').innerText();
  const event = async (page) => JSON.parse(await page.locator('#steps .event').innerText());

  test('gives the same visitor to what each region learned, and says whose bundle it is', async () => {
    const { page, problems } = await at('playground');
    const unit = await page.locator('#field-unit').inputValue();
    const seen = { all: [await answer(page), await bundle(page)] };
    assert.equal((await event(page)).region, undefined, 'a site without regions states none');
    for (const { code } of REGIONS) {
      await choose(page, code);
      const logged = await event(page);
      assert.equal(logged.region, code);
      assert.equal(logged.context, undefined, 'the context stays with the visitor');
      assert.equal(logged.bundle.slice(0, 12), await bundle(page), 'the bundle that is named is the one that decided');
      assert.match(await page.locator('.region').innerText(), new RegExp(`learned from [\\d,]+ visits stored in ${code}, and no others`));
      seen[code] = [await answer(page), await bundle(page)];
    }
    assert.equal(new Set(Object.values(seen).map(([, id]) => id)).size, 5, 'five bundles');
    assert.equal(await page.locator('#field-unit').inputValue(), unit);
    assert.equal(await page.locator('#field-country').inputValue(), 'US', 'the visitor is the same');
    assert.match(seen.us[0], /^social-proof with chance 9/);
    assert.match(seen.eu[0], /^control with chance 9/);
    assert.match(seen.sa[0], /^urgency with chance 9/);
    await choose(page, 'all');
    assert.deepEqual([await answer(page), await bundle(page)], seen.all, 'and back');
    assert.deepEqual(problems, []);
    await page.close();
  });

  test('shows beside each other what the regions would serve, as the native program does', { skip: lacksProgram }, async () => {
    const { page } = await at('playground');
    await page.locator('#regions tr').nth(4).waitFor();
    await page.locator('#field-PageValues').fill('40');
    for (const [i, { code }] of REGIONS.entries()) {
      const cells = await page.locator('#regions tr').nth(i + 1).locator('td').allInnerTexts();
      await page.locator('#regions button').nth(i + 1).press('Enter');
      await page.locator('#region-name').filter({ hasText: nameOf(code) }).waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.dataset.region), code, 'the focus stays');
      assert.ok((await answer(page)).startsWith(`${cells[0].trim()} with chance`), 'choosing a region serves what its row said');
      const raw = JSON.parse(await page.evaluate(() => JSON.stringify(Object.fromEntries([...document.querySelectorAll('#steps .step:first-child dl > div')].map((row) => [...row.children].map((cell) => cell.textContent))))));
      const { unit, ...context } = raw;
      for (const [name, value] of Object.entries(context)) if (/^(true|false|-?[\d.]+)$/.test(value)) context[name] = JSON.parse(value);
      const native = JSON.parse(execFileSync(program, ['decide', `shop-${code}.safetensors`, '--unit', unit, '--context', JSON.stringify(context), '--json'], { cwd: built }));
      assert.ok((await answer(page)).includes(native.trace), `${code}: ${native.trace}`);
    }
    await page.close();
  });

  test('lets the live world go on with the visitors, the tree and the bundle of the region', async () => {
    const { page, problems } = await at('live');
    await page.locator('#speed input').last().check({ force: true });
    await choose(page, 'sa');
    assert.match(await page.locator('#tile-visitors-note').innerText(), /^of 2,\d{3}, /);
    assert.doesNotMatch(await page.locator('#tree').innerText(), /US|DE/);
    await page.locator('#play').filter({ hasText: 'Replay' }).waitFor();
    await page.locator('#recent button').first().click();
    const detail = await page.locator('#detail').innerText();
    assert.match(detail, /country\s+BR/);
    assert.match(detail, /samplit decide bundle-sa\.safetensors /);
    assert.match(detail, /just now: the same trace/);
    await page.keyboard.press('Escape');
    await choose(page, 'ap'); // what had come to its end begins anew
    await page.waitForFunction(() => Number(document.querySelector('#tile-visitors').textContent) > 20);
    await page.locator('#play').click();
    await choose(page, 'us'); // what was paused stays so
    assert.equal(await page.locator('#tile-visitors').innerText(), '0');
    assert.equal(await page.locator('#play').innerText(), 'Play');
    assert.deepEqual(problems, []);
    await page.close();
  });

  test('is followed by learning and map, also where another view was looked at meanwhile', async () => {
    const { page, problems } = await at('map');
    assert.match(await page.locator('#map-readout').innerText(), /of 800$/);
    await choose(page, 'eu');
    assert.match(await page.locator('#map-readout').innerText(), /of [23]\d\d$/);
    assert.match(await page.locator('#map-facts').innerText(), /Country\s+(DE|GB)/);
    const ofTheShop = await bundle(page);
    await page.locator('.views a[href="#/learning"]').click();
    await untilReady(page, 'learning');
    const ofLearning = await bundle(page);
    assert.notEqual(ofLearning, ofTheShop);
    assert.match(await page.locator('#stage-tree').innerText(), /GB/);
    assert.doesNotMatch(await page.locator('#stage-tree').innerText(), /US/);
    await choose(page, 'ap');
    await page.locator('.views a[href="#/map"]').click();
    await untilReady(page, 'map');
    assert.match(await page.locator('#map-facts').innerText(), /Country\s+IN/);
    assert.deepEqual(problems, []);
    await page.close();
  });

  test('of two choices in a hurry the last one decides', async () => {
    const { page } = await open();
    let slow;
    await page.route('**/bundle-eu.safetensors', (request) => (slow = request));
    await untilReady(page, 'live');
    await page.locator('#region input[value=eu]').check({ force: true });
    await page.waitForFunction(() => document.querySelector('#region input[value=eu]').checked);
    await choose(page, 'us');
    const id = await bundle(page);
    await slow.continue();
    await page.waitForTimeout(500);
    assert.equal(await page.locator('#region input:checked').inputValue(), 'us');
    assert.equal(await bundle(page), id);
    await page.close();
  });

  test('leaves all as it was where a region cannot be had, says so, and goes on to one that can', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'samplit-regions-'));
    cpSync(built, folder, { recursive: true });
    rmSync(join(folder, 'shop-ap.safetensors'));
    writeFileSync(join(folder, 'shop-sa.safetensors'), readFileSync(join(folder, 'shop-sa.safetensors')).subarray(0, -8));
    const other = await serve(folder);
    const { page } = await open(`${other.url}#/playground`);
    await untilReady(page, 'playground');
    await choose(page, 'us');
    const before = [await answer(page), await bundle(page)];
    const bad = { ap: /^shop-ap\.safetensors is missing beside this page/, sa: /^shop-sa\.safetensors is not a bundle that can be served/ };
    for (const [code, words] of Object.entries(bad)) {
      await page.locator(`#region input[value=${code}]`).check({ force: true }).catch(() => {}); // it springs back
      await page.locator('#region-problem').filter({ hasText: words }).waitFor();
      assert.equal(await page.locator('#region input:checked').inputValue(), 'us');
      assert.deepEqual([await answer(page), await bundle(page)], before);
    }
    await choose(page, 'eu');
    assert.ok(await page.locator('#region-problem').isHidden());
    await said(page, /^Europe decides, by what it learned in its own store\. control, chance/);
    await page.close();
    other.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});
