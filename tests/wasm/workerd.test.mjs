// SPDX-License-Identifier: MIT
// The golden decisions in workerd.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { dist, generators, goldens, modules, root, shipped, vectors } from './support.mjs';
import { serve } from './workerd.mjs';

const files = {
  'worker.mjs': ['esModule', join(root, 'tests/wasm')],
  'runner.mjs': ['esModule', join(root, 'tests/wasm')],
  'core.js': ['esModule', dist],
  'bundle.safetensors': ['data', vectors],
  'learned.safetensors': ['data', vectors],
  'settings.safetensors': ['data', vectors],
  'decisions.ndjson': ['text', vectors],
  ...Object.fromEntries([...shipped, ...generators].map((name) => [name, ['wasm', modules]])),
};

function writeConfig(folder) {
  const entries = Object.entries(files).map(([name, [kind, from]]) => {
    symlinkSync(join(from, name), join(folder, name));
    return `    (name = "${name}", ${kind} = embed "${name}")`;
  });
  writeFileSync(join(folder, 'config.capnp'), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [
${entries.join(',\n')}
  ],
  compatibilityDate = "2024-09-01",
);
`);
}

const folder = mkdtempSync(join(tmpdir(), 'samplit-workerd-'));
let workerd;

before(async () => {
  writeConfig(folder);
  workerd = await serve(folder);
});

after(() => {
  workerd?.process.kill();
  rmSync(folder, { recursive: true });
});

async function ask(path) {
  const response = await fetch(`${workerd.origin}${path}`);
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

for (const name of shipped) {
  test(`${name} makes the decisions of the vector file in workerd`, async () => {
    assert.deepEqual(await ask(`/vectors?module=${name}`), []);
  });
}

for (const name of shipped) {
  test(`${name} serves texts and numbers as units, and nothing else, in workerd`, async () => {
    assert.deepEqual(await ask(`/units?module=${name}`), []);
  });
}

for (const { what, file, digests } of goldens) {
  for (const name of generators) {
    test(`${name} makes the ${what} in workerd`, async () => {
      const made = [];
      for (let first = 0; first < digests.length; first += 20) {
        made.push(...(await ask(`/digests?module=${name}&bundle=${file}&first=${first}&count=20`)));
      }
      assert.deepEqual(made, digests);
    });
  }
}
