// SPDX-License-Identifier: MIT
// What was built, on a loopback port, for pages of real browsers: /dist, /modules, /vectors, /runner (this folder), and an empty page
// everywhere else. Pages are isolated from other origins, so that their clock ticks every 5 µs and not every 100.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { dist, modules, root, vectors } from './support.mjs';

const types = { js: 'text/javascript', mjs: 'text/javascript', wasm: 'application/wasm' };
const built = { dist, modules, vectors, runner: join(root, 'tests/wasm') };
const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

function respond(folders, request, response) {
  const [, folder, file] = request.url.split('/');
  const reply = (status, type, body) => response.writeHead(status, { 'content-type': type, ...isolated }).end(body);
  if (!file) return reply(200, 'text/html', '<!doctype html><title>samplit</title>');
  const path = join(folders[folder] ?? '/nowhere', file);
  if (!existsSync(path)) return reply(404, 'text/plain', 'gone');
  return reply(200, types[file.split('.').pop()] ?? 'application/octet-stream', readFileSync(path));
}

/** Serves what was built, and other folders by name. */
export async function serveSite(others = {}) {
  const folders = { ...built, ...others };
  const server = createServer((request, response) => respond(folders, request, response));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}
