// SPDX-License-Identifier: MIT
// Signatures in minisign's format: those of Debian's minisign 0.11 and of the native program, and every way in which one is not good.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask, bundle, createClient, serveAll, signer } from './client_support.mjs';
import { dist, root, vectors } from './support.mjs';

const { verify } = await import(join(dist, 'signature.js'));
const vector = (file) => readFileSync(join(vectors, 'minisign', file));
const message = new Uint8Array(vector('message.txt'));
const key = vector('key.pub').toString();
const pure = vector('pure.minisig').toString();

const refused = (why, file, signature, keys) =>
  assert.rejects(verify(file, signature, keys), (error) => error.name === 'SamplitError' && error.status === 'BAD_SIGNATURE' && why.test(error.message));

test('what minisign -S -l signs is good, with the key as a file or as a line, among others, with any line ends', async () => {
  await verify(message, pure, [key]);
  await verify(message, pure, [key.trim().split('\n')[1]]);
  await verify(message, pure, [signer().key, key]);
  await verify(message, pure.replaceAll('\n', '\r\n'), [key.replaceAll('\n', '\r\n')]);
});

test('what is signed through BLAKE2b is refused with what to do', async () => {
  await refused(/minisign -S -l/, message, vector('hashed.minisig').toString(), [key]);
});

test('every changed byte of the file is found', async () => {
  for (let i = 0; i < message.length; i++) {
    const other = message.slice();
    other[i] ^= 1;
    await refused(/does not fit/, other, pure, [key]);
  }
  await refused(/does not fit/, message.slice(1), pure, [key]);
  await refused(/does not fit/, new Uint8Array(0), pure, [key]);
});

test('every changed character of the signature is found', async () => {
  const start = pure.indexOf('\n') + 1; // the first line is not signed
  for (let i = start; i < pure.trimEnd().length; i++) {
    const other = pure.slice(0, i) + (pure[i] === 'A' ? 'B' : 'A') + pure.slice(i + 1);
    // The last character of base64 has bits that stand for nothing.
    const same = Buffer.from(other.split('\n')[1], 'base64').equals(Buffer.from(pure.split('\n')[1], 'base64')) &&
      Buffer.from(other.split('\n')[3] ?? '', 'base64').equals(Buffer.from(pure.split('\n')[3], 'base64')) && other.split('\n')[2] === pure.split('\n')[2];
    if (!same) await refused(/./, message, other, [key]);
  }
});

test('another key, one that only has the same id, and none are refused', async () => {
  await refused(/another key/, message, pure, [signer('abcdefgh').key]);
  const id = Buffer.from(key.trim().split('\n')[1], 'base64').subarray(2, 10).toString('latin1');
  const impostor = signer(id);
  const raw = Buffer.concat([Buffer.from('Ed'), Buffer.from(id, 'latin1'), Buffer.from(impostor.key, 'base64').subarray(-32)]);
  await refused(/does not fit/, message, pure, [raw.toString('base64')]);
  await refused(/another key/, message, pure, []);
});

test('what is no signature and what is no key are refused', async () => {
  for (const text of ['', '\n', '<!doctype html>', pure.slice(0, 100), 'a\nb\nc\nd', '\n\n\n\n', '\u{1f600}\n\u{1f600}']) await refused(/format/, message, text, [key]);
  for (const text of ['', 'no key', key.slice(0, 60), 'RWQ=']) await refused(/public key/, message, pure, [text]);
});

test('without WebCrypto nothing is taken for good', async () => {
  const { crypto } = globalThis;
  Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true });
  try {
    await refused(/cannot be checked here/, message, pure, [key]);
  } finally {
    Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true });
  }
});

const native = process.env.SAMPLIT ?? join(root, 'build/release/samplit');
const skip = existsSync(native) ? false : `SKIPPED: no ${native}`;

test('what `samplit bundle sign` signs is taken by a client that pins the key, and one flipped byte is not', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'samplit-sign-'));
  const at = (name) => join(folder, name);
  const samplit = (...words) => execFileSync(native, words, { encoding: 'utf8' });
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(at('b.safetensors'), bundle);
  const { public_key: publicKey } = JSON.parse(samplit('key', 'new', at('shop'), '--no-password', '--json'));
  samplit('bundle', 'sign', at('b.safetensors'), '--key', at('shop.key'));
  const flipped = bundle.slice();
  flipped[flipped.length >> 1] ^= 1;
  const pages = { '/b.minisig': readFileSync(at('b.safetensors.minisig')), '/b': bundle, '/flipped.minisig': readFileSync(at('b.safetensors.minisig')), '/flipped': flipped };
  const { origin, close } = await serveAll(Object.fromEntries(Object.entries(pages).map(([path, body]) => [path, (_, response) => response.end(body)])));
  t.after(close);
  const options = { offline: false, timeout_ms: 60_000 };
  for (const key of [publicKey, readFileSync(at('shop.pub'), 'utf8')]) {
    const client = await createClient({ bundle: `${origin}/b`, publicKey: key, ...options });
    assert.deepEqual([client.status, client.decide('hero', ask).reason], ['ready', 'policy']);
  }
  const refusedClient = await createClient({ bundle: `${origin}/flipped`, publicKey, ...options });
  assert.deepEqual([refusedClient.error.status, refusedClient.decide('hero', ask).reason], ['BAD_SIGNATURE', 'default']);
  await refused(/another key/, bundle, pages['/b.minisig'].toString(), [key]);
});
