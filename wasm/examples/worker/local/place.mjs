// SPDX-License-Identifier: MIT
// Puts together in a folder what workerd needs to serve the example: config, worker, package, site, and the bundle as KV has it.
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const example = fileURLToPath(new URL('..', import.meta.url));
const dist = fileURLToPath(new URL('../../../../build/wasm/dist', import.meta.url));

/** `listen` is the worker's address, `collect` the collector's; `kv` and `worker` may stand in for folder/kv and src/worker.js. */
export function place(folder, { bundle, listen, collect, kv, worker = join(example, 'src/worker.js') }) {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const name of ['kv', 'src']) mkdirSync(join(folder, name));
  symlinkSync(dist, join(folder, 'node_modules/samplit'));
  symlinkSync(worker, join(folder, 'src/worker.js'));
  symlinkSync(join(example, 'src/pages.js'), join(folder, 'src/pages.js'));
  for (const name of ['assets.js', 'cache.js']) symlinkSync(join(example, 'local', name), join(folder, name));
  copyFileSync(bundle, join(folder, 'kv/shop'));
  cpSync(join(example, 'site'), join(folder, 'site'), { recursive: true });
  const config = readFileSync(join(example, 'local/config.capnp'), 'utf8')
    .replace('127.0.0.1:8787', listen)
    .replace('http://127.0.0.1:8788/', collect)
    .replace('disk = "site"', `disk = ${JSON.stringify(join(folder, 'site'))}`)
    .replace('disk = "kv"', kv ? `external = ${JSON.stringify(kv)}` : `disk = ${JSON.stringify(join(folder, 'kv'))}`);
  writeFileSync(join(folder, 'config.capnp'), config);
}
