// SPDX-License-Identifier: MIT
// npm run example:worker: the site of this folder, personalised in workerd at http://127.0.0.1:8787/ by models/hero-policy. Prints
// the events that its collector gets. Another bundle: npm run example:worker -- shop.safetensors. Ends with Ctrl-C.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process, { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { place } from './local/place.mjs';

const own = fileURLToPath(new URL('../../../models/hero-policy/hero-policy.safetensors', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'samplit-edge-'));

const collector = createServer(async (request, response) => {
  for await (const part of request) process.stdout.write(part);
  response.end();
});
collector.listen(0, '127.0.0.1', () => {
  const { port } = collector.address();
  place(folder, { bundle: resolve(argv[2] ?? own), listen: '127.0.0.1:8787', collect: `http://127.0.0.1:${port}/` });
  const binary = createRequire(import.meta.url)('workerd').default;
  const workerd = spawn(binary, ['serve', join(folder, 'config.capnp')], { stdio: 'inherit' });
  const end = (code) => {
    rmSync(folder, { recursive: true });
    process.exit(code ?? 0);
  };
  workerd.on('exit', end);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => workerd.kill());
  console.log('http://127.0.0.1:8787/  another visitor: a private window, or ?samplit_force=hero:urgency');
});
