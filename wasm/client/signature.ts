// SPDX-License-Identifier: MIT
// Signatures in minisign's format (https://jedisct1.github.io/minisign/), checked by WebCrypto. A .minisig file has four lines:
//
//   untrusted comment: …
//   base64(algorithm [2], key id [8], Ed25519 of the file [64])
//   trusted comment: …
//   base64(Ed25519 of that signature and the trusted comment [64])
//
// A public key is base64(`Ed`, key id [8], key [32]). The algorithm is `Ed` (`minisign -S -l`): the file itself is signed.
// What minisign writes without -l, `ED`, signs the file's BLAKE2b, which WebCrypto does not have; docs/decisions/0194 says
// why there is none here.
import { SamplitError } from './errors.js';

const COMMENT = 'trusted comment: ';

function refuse(why: string, cause?: unknown): never {
  throw new SamplitError('BAD_SIGNATURE', `the bundle's signature: ${why}`, cause === undefined ? {} : { cause });
}

function decode(line: string | undefined, size: number, what: string): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  try {
    bytes = Uint8Array.from(atob(line!.trim()), (char) => char.charCodeAt(0));
  } catch {}
  return bytes?.length === size ? bytes : refuse(`${what} is not in minisign's format`);
}

const idOf = (bytes: Uint8Array) => bytes.subarray(2, 10).join();

// A key may be the line itself or the whole file that holds it.
function keyWith(id: string, keys: readonly string[]): Uint8Array<ArrayBuffer> {
  const found = keys.map((key) => decode(key.trim().split('\n').pop(), 42, 'the public key')).find((key) => idOf(key) === id);
  return found?.slice(10) ?? refuse('it was made with another key');
}

/** Throws unless one of the keys signed the file. */
export async function verify(file: Uint8Array<ArrayBuffer>, minisig: string, keys: readonly string[]): Promise<void> {
  const [, first, comment = '', second] = minisig.split(/\r?\n/);
  const signature = decode(first, 74, 'it');
  const all = decode(second, 64, 'it');
  if (signature[0] !== 69 || signature[1] !== 100) refuse('it is not of the file itself; sign with minisign -S -l');
  const key = keyWith(idOf(signature), keys);
  const own = signature.slice(10);
  const trusted = new TextEncoder().encode(comment.slice(COMMENT.length));
  let good;
  try {
    const { subtle } = crypto;
    const opened = await subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
    good =
      comment.startsWith(COMMENT) &&
      (await subtle.verify('Ed25519', opened, own, file)) &&
      (await subtle.verify('Ed25519', opened, all, new Uint8Array([...own, ...trusted])));
  } catch (error) {
    refuse('it cannot be checked here, for there is no WebCrypto with Ed25519', error);
  }
  if (!good) refuse('it does not fit the file');
}
