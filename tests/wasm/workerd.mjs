// SPDX-License-Identifier: MIT
// A real workerd process, the runtime of Cloudflare Workers, on a loopback port of its choice.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const binary = createRequire(import.meta.url)('workerd').default;

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

/** Serves the folder's config.capnp, which listens on 127.0.0.1:0. What it prints goes to `stdout`. */
export async function serve(folder, stdout = 'inherit') {
  const stdio = ['ignore', stdout, 'inherit', 'pipe'];
  const process = spawn(binary, ['serve', join(folder, 'config.capnp'), '--control-fd=3'], { stdio });
  return { process, origin: `http://127.0.0.1:${await listening(process)}` };
}
