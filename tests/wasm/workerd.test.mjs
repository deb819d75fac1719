// SPDX-License-Identifier: MIT
// The golden decisions in workerd, the runtime of Cloudflare Workers, as a real process on loopback.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRequire } from 'node:module';
import { dist, generators, golden, modules, root, shipped, vectors } from './support.mjs';

const files = {
  'worker.mjs': ['esModule', join(root, 'tests/wasm')],
  'runner.mjs': ['esModule', join(root, 'tests/wasm')],
  'samplit.js': ['esModule', dist],
  'bundle.safetensors': ['data', vectors],
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

// Resolves with the port once the process listens.
function listening(process) {
  return new Promise((resolve, reject) => {
    let said = '';
    process.stdio[3].on('data', (data) => {
      said += data;
      const line = said.split('\n').find((text) => text.includes('"listen"'));
      if (line) resolve(JSON.parse(line).port);
    });
    process.on('error', reject);
    process.on('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
  });
}

const folder = mkdtempSync(join(tmpdir(), 'samplit-workerd-'));
const binary = createRequire(import.meta.url)('workerd').default;
let workerd, port;

before(async () => {
  writeConfig(folder);
  const stdio = ['ignore', 'inherit', 'inherit', 'pipe'];
  workerd = spawn(binary, ['serve', join(folder, 'config.capnp'), '--control-fd=3'], { stdio });
  port = await listening(workerd);
});

after(() => {
  workerd?.kill();
  rmSync(folder, { recursive: true });
});

async function ask(path) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

for (const name of shipped) {
  test(`${name} makes the decisions of the vector file in workerd`, async () => {
    assert.deepEqual(await ask(`/vectors?module=${name}`), []);
  });
}

for (const name of generators) {
  test(`${name} makes the million golden decisions in workerd`, async () => {
    const digests = [];
    for (let first = 0; first < golden().length; first += 20) {
      digests.push(...(await ask(`/digests?module=${name}&first=${first}&count=20`)));
    }
    assert.deepEqual(digests, golden());
  });
}
