// SPDX-License-Identifier: MIT
// The golden decisions in Firefox, in a page served from loopback.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { firefoxPath, hasFirefox, openFirefox, takeMessages } from './firefox.mjs';
import { testGolden } from './golden_page.mjs';
import { serveSite } from './site.mjs';

const skip = hasFirefox ? false : `SKIPPED: no ${firefoxPath} (apt-get install firefox-esr)`;
if (skip) console.error(skip);
let site, firefox;

before(async () => {
  if (skip) return;
  site = await serveSite();
  firefox = await openFirefox(site.origin);
});

after(async () => {
  await firefox?.close();
  site?.close();
});

testGolden('Firefox', skip, (task, argument) => firefox.run(task, argument));

test('createClient decides in Firefox with what the page knows, and keeps the visitor', { skip }, async () => {
  const made = await firefox.run(async () => {
    const { createClient } = await import('/dist/samplit.js');
    const ask = async () => {
      const samplit = await createClient({ bundle: '/vectors/bundle.safetensors' });
      const { reason, unit, trace } = samplit.decide('hero');
      samplit.close();
      return { status: samplit.status, reason, unit, trace };
    };
    return [await ask(), await ask()];
  });
  for (const { status, reason } of made) assert.match(`${status} ${reason}`, /^ready (policy|fallback)$/);
  assert.equal(made[0].unit, made[1].unit);
});

test('messages of Marionette are cut apart wherever the bytes break', () => {
  const sent = Buffer.from('6:["ü"]11:{"a":[1,2]}4:null');
  const expected = [['ü'], { a: [1, 2] }, null];
  for (let cut = 0; cut <= sent.length; cut++) {
    const first = takeMessages(sent.subarray(0, cut));
    const second = takeMessages(Buffer.concat([first.rest, sent.subarray(cut)]));
    assert.deepEqual([...first.messages, ...second.messages], expected);
    assert.equal(second.rest.length, 0);
  }
});
