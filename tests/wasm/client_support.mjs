// SPDX-License-Identifier: MIT
// What the tests of createClient in Node share: a server that behaves as it is told, stores that can be looked into, keys that sign.
import { createHash, generateKeyPairSync, sign, webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { bundleBytes, dist } from './support.mjs';

globalThis.crypto ??= webcrypto; // Node 18

export const { createClient, createClientSync } = await import(join(dist, 'node.js'));

/** A server on loopback: `pages` holds a function per path, which gets request, response and body. */
export async function serveAll(pages) {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      const page = pages[request.url.split('?')[0]];
      if (page) page(request, response, body);
      else response.writeHead(404).end('gone');
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}

/** Serves bytes with an ETag, and 304 to those who have them; counts both. */
export function versioned(bytesOf) {
  const asked = { full: 0, unchanged: 0 };
  const page = (request, response) => {
    const bytes = bytesOf();
    const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;
    if (request.headers['if-none-match'] === etag) {
      asked.unchanged++;
      return response.writeHead(304).end();
    }
    asked.full++;
    return response.writeHead(200, { etag }).end(bytes);
  };
  return { page, asked };
}

/** A store that shows what is in it. */
export function openStore() {
  const all = new Map();
  return { all, get: (key) => all.get(key) ?? null, set: (key, value) => all.set(key, value), remove: (key) => all.delete(key) };
}

/** A bundle cache like the Cache API, in memory. */
export function openCache() {
  const all = new Map();
  return {
    all,
    match: async (url) => all.get(url)?.clone(),
    put: async (url, response) => void all.set(url, response),
    delete: async (url) => all.delete(url),
  };
}

/** A collector that keeps what it gets, and fails while `down` says so. */
export function collector() {
  const got = [];
  const state = { got, down: false, calls: 0 };
  state.take = async (lines) => {
    state.calls++;
    if (state.down) throw new TypeError('fetch failed');
    for (const line of lines.trimEnd().split('\n')) got.push(JSON.parse(line));
  };
  return state;
}

/** A key pair and signatures as minisign writes them, made with Node's own Ed25519. */
export function signer(id = '12345678') {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const head = Buffer.concat([Buffer.from('Ed'), Buffer.from(id)]);
  const minisig = (file, algorithm = 'Ed') => {
    const own = sign(null, file, privateKey);
    const comment = 'timestamp:1700000000\tfile:bundle.safetensors';
    const all = sign(null, Buffer.concat([own, Buffer.from(comment)]), privateKey);
    const line = Buffer.concat([Buffer.from(algorithm), Buffer.from(id), own]).toString('base64');
    return `untrusted comment: signature\n${line}\ntrusted comment: ${comment}\n${all.toString('base64')}\n`;
  };
  return { key: Buffer.concat([head, raw]).toString('base64'), minisig };
}

/** Resolves when `is` says yes. */
export async function until(is, limit_ms = 5000) {
  const started = Date.now();
  while (!(await is())) {
    if (Date.now() - started > limit_ms) throw new Error(`never: ${is}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

export const soon = (ms = 20) => new Promise((done) => setTimeout(done, ms));
export const bundle = bundleBytes();
export const ask = { unit: 'u1', context: { country: 'US' } };

/**
 * Puts timers and the clock under the test's hand until the test ends: `tick(ms)` runs what falls due, `set(time)` sets the clock.
 */
export function holdTime(t, now = Date.UTC(2026, 10, 21)) {
  const real = { setTimeout, clearTimeout, now: Date.now };
  const timers = new Map();
  let passed = 0;
  let next = 1;
  globalThis.setTimeout = (act, ms = 0) => (timers.set(next, { act, at: passed + ms }), { id: next++, unref() {} });
  globalThis.clearTimeout = (timer) => timers.delete(timer?.id);
  Date.now = () => now;
  t.after(() => {
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
    Date.now = real.now;
  });
  const settle = async () => {
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  };
  const tick = async (ms) => {
    passed += ms;
    now += ms;
    for (const [id, { act, at }] of timers) if (at <= passed && timers.delete(id)) act();
    await settle();
  };
  return { tick, settle, set: (time) => (now = time) };
}

/** The Set-Cookie headers of a response; Debian's Node 18 has no getSetCookie. */
export function setCookies({ headers }) {
  return headers.getSetCookie?.() ?? headers.get('set-cookie')?.split(/, (?=samplit\.)/) ?? [];
}
