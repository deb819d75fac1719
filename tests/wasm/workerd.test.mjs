// SPDX-License-Identifier: MIT
// The golden decisions in workerd.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openGolden } from './golden_workerd.mjs';
import { generators, goldens, shipped } from './support.mjs';

let workerd;

before(async () => {
  workerd = await openGolden();
});

after(() => workerd?.close());

for (const name of shipped) {
  test(`${name} makes the decisions of the vector file in workerd`, async () => {
    assert.deepEqual(await workerd.ask(`/vectors?module=${name}`), []);
  });
}

for (const name of shipped) {
  test(`${name} serves texts and numbers as units, and nothing else, in workerd`, async () => {
    assert.deepEqual(await workerd.ask(`/units?module=${name}`), []);
  });
}

for (const { what, file, digests } of goldens) {
  for (const name of generators) {
    test(`${name} makes the ${what} in workerd`, async () => {
      assert.deepEqual(await workerd.digests(name, file, digests.length), digests);
    });
  }
}
