// SPDX-License-Identifier: MIT
// serve.mjs FOLDER [PORT]: a static server for this machine only. PORT 0 takes a free one.
import { createReadStream, existsSync, realpathSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { argv, exit } from 'node:process';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.safetensors': 'application/octet-stream',
};

// Isolation gives the page a finer clock to time decisions with.
const HEADERS = {
  'Cache-Control': 'no-cache',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

function refuse(message) {
  console.error(`serve: ${message}`);
  exit(1);
}

/** The file that a request's path names, or undefined: nothing outside the folder, whatever the path or its links say. */
function fileOf(folder, url) {
  try {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    if (path.includes('\0')) return undefined;
    const file = realpathSync(join(folder, path.endsWith('/') ? `${path}index.html` : path));
    return file.startsWith(folder + sep) && statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

function answer(folder, request, response) {
  const say = (status, text, headers = {}) => response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(text);
  if (request.method !== 'GET' && request.method !== 'HEAD') return say(405, 'only GET and HEAD\n', { Allow: 'GET, HEAD' });
  const file = fileOf(folder, request.url);
  if (!file) return say(404, 'no such file\n');
  response.writeHead(200, { ...HEADERS, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Length': statSync(file).size });
  if (request.method === 'HEAD') return response.end();
  createReadStream(file).on('error', () => response.destroy()).pipe(response);
}

const [, , name, portText = '8080'] = argv;
const port = Number(portText);
if (!name || !Number.isInteger(port) || port < 0 || port > 65535) {
  console.error('usage: node web-demo/serve.mjs FOLDER [PORT]');
  exit(2);
}
if (!existsSync(join(name, 'index.html'))) refuse(`${name} holds no index.html; scripts/run makes the page`);
const folder = realpathSync(name);

const server = createServer((request, response) => answer(folder, request, response));
server.on('error', (error) =>
  refuse(error.code === 'EADDRINUSE' ? `port ${port} is in use; give another one, e.g. PORT=${port + 1} scripts/run` : error.message),
);
server.listen(port, '127.0.0.1', () => console.log(`http://localhost:${server.address().port}/`));
