// SPDX-License-Identifier: MIT
// Every view of the demo page by axe-core, on a desktop and a phone, light and dark; by keyboard; and at rest.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { inChromium, lacksPage, sizes, untilReady, views } from './page.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const GRAVE = ['serious', 'critical'];

/** What axe finds, gravest only unless told, as lines that say where. */
async function findings(page, impacts = GRAVE) {
  await page.evaluate(axe); // by the debugger, whom the page's policy does not bind
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations', 'passes'] }));
  assert.ok(passes.length > 15, `axe looked at the page: ${passes.length} rules passed`);
  return violations.filter(({ impact }) => impacts.includes(impact)).map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(' ')}`);
}

describe('accessibility of the demo page', { skip: lacksPage, timeout: 180_000 }, () => {
  const { open, at } = inChromium();

  for (const view of views) {
    for (const [size, viewport] of Object.entries(sizes)) {
      for (const colorScheme of ['light', 'dark']) {
        test(`axe finds nothing serious on ${view}, ${size}, ${colorScheme}`, async () => {
          const { page, problems } = await at(view, { viewport, colorScheme, reducedMotion: 'reduce' });
          assert.deepEqual(await findings(page), []);
          assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, 'does not scroll sideways');
          assert.deepEqual(problems, []);
          await page.close();
        });
      }
    }
  }

  test('axe finds nothing serious on an open decision', async () => {
    const { page } = await open('', { reducedMotion: 'reduce' });
    await untilReady(page, 'live');
    await page.locator('#recent button').first().click();
    await page.locator('#detail').waitFor({ state: 'visible' });
    assert.deepEqual(await findings(page), []);
    await page.close();
  });

  test('axe does find a control without a name', async () => {
    const { page } = await at('map');
    await page.evaluate(() => document.querySelector('#map-visitor').closest('label').replaceWith(document.querySelector('#map-visitor')));
    assert.match((await findings(page)).join(), /label/);
    await page.close();
  });

  for (const [size, viewport] of Object.entries(sizes)) {
    test(`nothing moves while the views load, on a ${size}`, async () => {
      for (const view of views) {
        const { page } = await at(view, { viewport });
        await page.waitForTimeout(300);
        const shift = await page.evaluate(
          () =>
            new Promise((resolve) => {
              new PerformanceObserver((list) => resolve(list.getEntries().reduce((sum, { value }) => sum + value, 0))).observe({ type: 'layout-shift', buffered: true });
              setTimeout(() => resolve(0), 500);
            }),
        );
        assert.ok(shift < 0.01, `${view} shifts by ${shift}`);
        await page.close();
      }
    });
  }

  test('the views are reached by keyboard, announced by their headings, and left by going back', async () => {
    const { page } = await open();
    await untilReady(page, 'live');
    await page.locator('.views a').nth(2).focus();
    await page.keyboard.press('Enter');
    await untilReady(page, 'playground');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'playground-title');
    assert.match(await page.title(), /^Playground/);
    assert.equal(await page.locator('.views a[aria-current]').innerText(), 'Playground');
    await page.goBack();
    await page.locator('#view-live').waitFor({ state: 'visible' });
    await page.locator('.skip').focus();
    await page.keyboard.press('Enter');
    assert.ok(await page.locator('#view-live').isVisible(), 'the skip link leads within the view');
    await page.close();
  });
});
