// SPDX-License-Identifier: MIT
// The golden decisions in a page of the site of site.mjs, whichever browser shows it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generators, goldens, shipped } from './support.mjs';

/** Tests every module. `run` calls an async function in the page with one argument and gives its result. */
export function testGolden(browser, skip, run) {
  for (const name of shipped) {
    test(`${name} makes the decisions of the vector file in ${browser}`, { skip }, async () => {
      const differences = await run(async (file) => {
        const [client, { runVectors }] = await Promise.all([import('/dist/core.js'), import('/runner/runner.mjs')]);
        const module = await WebAssembly.compileStreaming(fetch(`/modules/${file}`));
        const bundle = new Uint8Array(await (await fetch('/vectors/bundle.safetensors')).arrayBuffer());
        const lines = (await (await fetch('/vectors/decisions.ndjson')).text()).trimEnd().split('\n');
        return runVectors(client, module, bundle, lines);
      }, name);
      assert.deepEqual(differences, []);
    });
  }
  for (const { what, file, digests } of goldens) {
    for (const name of generators) {
      test(`${name} makes the ${what} in ${browser}`, { skip }, async () => {
        const made = await run(async ([generator, bundle, count]) => {
          const { runDigests } = await import('/runner/runner.mjs');
          const module = await WebAssembly.compileStreaming(fetch(`/modules/${generator}`));
          return runDigests(module, new Uint8Array(await (await fetch(`/vectors/${bundle}`)).arrayBuffer()), 0, count);
        }, [name, file, digests.length]);
        assert.deepEqual(made, digests);
      });
    }
  }
}
