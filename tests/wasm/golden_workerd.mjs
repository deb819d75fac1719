// SPDX-License-Identifier: MIT
// The golden decisions' worker in workerd: worker.mjs with the modules, bundles and vectors that it imports.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dist, generators, modules, root, shipped, vectors } from './support.mjs';
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

/** Starts it. `ask` gives the JSON that it answers for a path; with a body, which is JSON too. */
export async function openGolden() {
  const folder = mkdtempSync(join(tmpdir(), 'samplit-workerd-'));
  writeConfig(folder);
  const { process, origin } = await serve(folder);
  async function ask(path, body) {
    const response = await fetch(`${origin}${path}`, body && { method: 'POST', body: JSON.stringify(body) });
    if (response.status !== 200) throw new Error(await response.text());
    return response.json();
  }
  async function digests(name, file, count) {
    const made = [];
    for (let first = 0; first < count; first += 20) {
      made.push(...(await ask(`/digests?module=${name}&bundle=${file}&first=${first}&count=${Math.min(20, count - first)}`)));
    }
    return made;
  }
  function close() {
    process.kill();
    rmSync(folder, { recursive: true });
  }
  return { ask, digests, close };
}
