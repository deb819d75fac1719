// SPDX-License-Identifier: MIT
// The golden decisions in Chromium, in a page served from loopback.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { testGolden } from './golden_page.mjs';
import { serveSite } from './site.mjs';
import { shipped } from './support.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : `SKIPPED: no ${executablePath}`;
let site, browser, page;

before(async () => {
  if (skip) return;
  site = await serveSite();
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  page = await browser.newPage();
  page.setDefaultTimeout(240_000);
  await page.goto(site.origin);
});

after(async () => {
  await browser?.close();
  site?.close();
});

testGolden('Chromium', skip, (task, argument) => page.evaluate(task, argument));

for (const name of shipped) {
  test(`${name} serves texts and numbers as units, and nothing else, in Chromium`, { skip }, async () => {
    const wrong = await page.evaluate(async (file) => {
      const [client, { runUnits }] = await Promise.all([import('/dist/core.js'), import('/runner/runner.mjs')]);
      const module = await WebAssembly.compileStreaming(fetch(`/modules/${file}`));
      return runUnits(client, module, new Uint8Array(await (await fetch('/vectors/bundle.safetensors')).arrayBuffer()));
    }, name);
    assert.deepEqual(wrong, []);
  });
}

test('a page loads from responses and reads its own context', { skip }, async () => {
  const decision = await page.evaluate(async () => {
    const { browserContext, load, moduleName } = await import('/dist/core.js');
    const samplit = await load(fetch(`/modules/${moduleName()}`), fetch('/vectors/bundle.safetensors'));
    const { reason, propensity } = samplit.decide('hero', 'visitor', browserContext());
    const { is_bot, os, hour } = samplit.explain().attributes;
    return { module: moduleName(), reason, propensity, is_bot, os, hour, now: new Date().getHours() };
  });
  assert.equal(decision.module, 'samplit.simd.wasm');
  assert.match(decision.reason, /^(policy|fallback)$/);
  assert.ok(decision.propensity > 0 && decision.propensity <= 1);
  assert.equal(decision.is_bot, true); // headless Chromium says so in its user agent
  assert.equal(decision.os, 'linux');
  assert.ok(Math.abs(decision.hour - decision.now) % 22 <= 1);
});

test('a page goes on with the control when bundle or module are not there', { skip }, async () => {
  const made = await page.evaluate(async () => {
    const { loadOrDefault, moduleName } = await import('/dist/core.js');
    const heard = [];
    const ask = async (module, bundle) => {
      const samplit = await loadOrDefault(fetch(module), fetch(bundle), (error) => heard.push(error.name));
      const { variant, reason } = samplit.decide('hero', 'visitor', { country: 'US' });
      return `${variant} ${reason}`;
    };
    const module = `/modules/${moduleName()}`;
    const answers = [
      await ask(module, '/vectors/gone'), await ask(module, '/vectors/digests.txt'), await ask(module, 'http://127.0.0.1:1/'),
      await ask('/modules/gone', '/vectors/bundle.safetensors'), await ask('/dist/core.js', '/vectors/bundle.safetensors'),
    ];
    return { answers, heard };
  });
  assert.deepEqual(made, { answers: Array(5).fill('control default'), heard: Array(5).fill('SamplitError') });
});
