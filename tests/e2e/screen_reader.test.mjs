// SPDX-License-Identifier: MIT
// What a screen reader has to go by: Chromium's accessibility tree at every stop of the tab key, and what is announced. (What Orca
// makes of it was listened to; docs/demo.md says when and how.)
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inChromium, lacksPage, said, untilReady, views } from './page.mjs';

const CONTROLS = ['link', 'button', 'radio', 'textbox', 'combobox', 'slider'];

/** What the accessibility tree says of the element that has the focus. */
async function focused(page, cdp) {
  const { result } = await cdp.send('Runtime.evaluate', { expression: 'document.activeElement' });
  const { nodes } = await cdp.send('Accessibility.getPartialAXTree', { objectId: result.objectId, fetchRelatives: false });
  const [node] = nodes;
  const states = Object.fromEntries((node.properties ?? []).map(({ name, value }) => [name, value.value]));
  const place = await page.evaluate(() => [...document.querySelectorAll('*')].indexOf(document.activeElement));
  const words = await page.evaluate(() => document.activeElement.getAttribute('aria-valuetext')); // instead of the value
  return { role: node.role?.value, name: node.name?.value ?? '', value: words ?? node.value?.value, states, place };
}

/** Where the tab key leads, from the head of the page to its end. */
async function walk(page, cdp) {
  await page.locator('.skip').focus();
  const stops = [await focused(page, cdp)];
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement === document.body)) return stops;
    stops.push(await focused(page, cdp));
  }
  throw new Error('the tab key never comes to the end');
}

/** How many controls can be used: a group of radio buttons is one. */
const usable = (page) =>
  page.evaluate(() => {
    const seen = [...document.querySelectorAll('a[href], button, input, select, [tabindex="0"]')].filter((one) => one.checkVisibility() && !one.matches(':disabled'));
    return new Set(seen.map((one) => (one.type === 'radio' ? `radio ${one.name}` : one))).size;
  });

describe('the demo page as a screen reader has it', { skip: lacksPage, timeout: 180_000 }, () => {
  const demo = inChromium();
  const at = async (view) => {
    const opened = await demo.at(view, { reducedMotion: 'reduce' });
    return { ...opened, cdp: await opened.page.context().newCDPSession(opened.page) };
  };

  for (const view of views) {
    test(`every control of ${view} is reached by the tab key, in order, with a role, a name and its state`, async () => {
      const { page, cdp } = await at(view);
      if (view === 'live') await page.locator('#play').press('Enter'); // what moves would be counted anew all the time
      if (view === 'playground') await page.locator('#regions tr').nth(4).waitFor();
      const stops = await walk(page, cdp);
      assert.equal(stops.length, await usable(page));
      for (const { role, name, states, value } of stops) {
        assert.ok(CONTROLS.includes(role), `${name} is a ${role}`);
        assert.ok(name.trim().length > 1, `a ${role} without a name`);
        assert.ok(!/^[0-9a-f]{12,}$/.test(name), `${name} says nothing`);
        if (role === 'radio') assert.equal(states.checked, 'true', `${name} is where its group is entered`);
        if (role === 'slider') assert.match(String(value), /, .+, /);
      }
      const places = stops.map(({ place }) => place);
      assert.deepEqual(places, [...places].sort((a, b) => a - b), 'in the order of the page');
      await page.close();
    });
  }

  test('a number that is missing is not heard as 0, and one that is none is heard as wrong', async () => {
    const { page, cdp } = await at('playground');
    await page.locator('#field-ProductRelated_Duration').focus();
    const empty = await focused(page, cdp);
    assert.deepEqual([empty.role, empty.name, empty.value ?? ''], ['textbox', 'Seconds on products', '']);
    await page.keyboard.type('1O');
    assert.equal((await focused(page, cdp)).states.invalid, 'true');
    await said(page, /Seconds on products: not a number, so it is missing\.$/);
    assert.doesNotMatch(await page.locator('#steps li').first().innerText(), /ProductRelated_Duration/);
    await page.locator('#field-ProductRelated_Duration').fill('10');
    assert.equal((await focused(page, cdp)).states.invalid, 'false');
    await page.close();
  });

  test('what is announced is in one polite live region that is always there, and empty at first', async () => {
    const { page, cdp } = await at('playground');
    const { nodes } = await cdp.send('Accessibility.getFullAXTree');
    const live = nodes.filter(({ role, ignored }) => !ignored && role?.value === 'status');
    assert.equal(live.length, 1);
    const states = Object.fromEntries(live[0].properties.map(({ name, value }) => [name, value.value]));
    assert.deepEqual([states.live, states.atomic], ['polite', true]);
    assert.equal(await page.locator('#said').textContent(), '');
    await page.close();
  });

  test('decisions are announced: by edits, once they settle; by region; by replay, each time', async () => {
    const { page, problems } = await at('playground');
    await page.evaluate(() => {
      globalThis.heard = [];
      new MutationObserver(() => {
        const words = document.querySelector('#said').textContent;
        if (words) globalThis.heard.push(words);
      }).observe(document.querySelector('#said'), { childList: true });
    });
    await page.locator('#field-PageValues').pressSequentially('40.5', { delay: 20 });
    await said(page, /^[\w-]+, chance \d+\.\d%\. Changed: raw fields \(1\), /);
    assert.equal((await page.evaluate(() => globalThis.heard)).length, 1, 'not every key');
    await page.locator('#region input:checked').press('ArrowRight');
    await said(page, /^United States decides, by what it learned in its own store\. [\w-]+, chance \d/);
    for (let i = 0; i < 2; i++) {
      await page.evaluate(() => (globalThis.heard = []));
      await page.locator('#play-again').press('Enter');
      await page.waitForFunction(() => globalThis.heard.length === 1);
      assert.match((await page.evaluate(() => globalThis.heard))[0], /^Replayed in a new module, .* Equal\.$/);
    }
    assert.deepEqual(problems, []);
    await page.close();
  });

  test('what changes by a control of its own is said where it is: slider, segment, stage', async () => {
    const { page, cdp } = await at('map');
    await page.locator('#map-visitor').focus();
    const first = (await focused(page, cdp)).value;
    await page.keyboard.press('ArrowRight');
    assert.notEqual((await focused(page, cdp)).value, first);
    await page.locator('.views a[href="#/live"]').press('Enter');
    await untilReady(page, 'live');
    await page.locator('#tree button').nth(1).press('Enter');
    const card = page.locator('#tree button').nth(1);
    assert.equal(await card.getAttribute('aria-pressed'), 'true');
    assert.match(await card.textContent(), / [\d,]+ visitors?; .+; (serves|served)/);
    await page.locator('.views a[href="#/learning"]').press('Enter');
    await untilReady(page, 'learning');
    await page.locator('#stage input:checked').press('ArrowLeft');
    await said(page, /^Learned from 100,000 visitors, default: lift \+\d/);
    await page.close();
  });
});
