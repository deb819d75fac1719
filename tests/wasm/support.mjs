// SPDX-License-Identifier: MIT
// Where things lie, for the tests that run in Node.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { xxh64 } from './oracle.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const modules = join(root, 'build/wasm/modules');
export const dist = join(root, 'build/wasm/dist');
export const vectors = join(root, 'tests/vectors');

export const client = await import(join(dist, 'core.js'));
export const moduleOf = (name) => new WebAssembly.Module(readFileSync(join(modules, name)));
export const bundleBytes = (file = 'bundle.safetensors') => new Uint8Array(readFileSync(join(vectors, file)));
export const lines = () => readFileSync(join(vectors, 'decisions.ndjson'), 'utf8').trimEnd().split('\n');
const digests = (file) => readFileSync(join(vectors, file), 'utf8').trimEnd().split('\n');

/** The bundles with golden digests: what the decisions are called, the file, and a digest per 10,000 of them. */
export const goldens = [
  { what: 'million golden decisions', file: 'bundle.safetensors', digests: digests('digests.txt') },
  { what: 'golden decisions of all that is learned', file: 'learned.safetensors', digests: digests('learned-digests.txt') },
  { what: 'golden decisions of all settings', file: 'settings.safetensors', digests: digests('settings-digests.txt') },
];

/** The modules that ship, and the test modules that hold the generator. */
export const shipped = ['samplit.wasm', 'samplit.simd.wasm'];
export const generators = ['conformance.wasm', 'conformance.simd.wasm'];

const latin = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

// Puts the checksum in that belongs to the bytes.
function seal(bundle) {
  const label = '"samplit.xxh64":"';
  const at = latin(bundle).indexOf(label) + label.length;
  const sum = xxh64(bundle.subarray(at + 16), xxh64(bundle.subarray(0, at)));
  bundle.set(Buffer.from(sum.toString(16).padStart(16, '0')), at);
  return bundle;
}

/** The bundle with a text of the same length in place of the first `from`, and with the checksum that belongs to it. */
export function bundleWith(from, to) {
  const bundle = bundleBytes();
  bundle.set(Buffer.from(to, 'latin1'), latin(bundle).indexOf(from));
  return seal(bundle);
}

/** The bundle of a format that is not there yet. */
export function bundleOfVersion(version) {
  const bundle = bundleBytes();
  const view = new DataView(bundle.buffer, bundle.byteOffset);
  const size = Number(view.getBigUint64(0, true));
  const { format } = JSON.parse(new TextDecoder().decode(bundle.subarray(8, 8 + size)));
  view.setUint32(8 + size + format.data_offsets[0], version, true);
  return seal(bundle);
}

/** The bundle with another manifest. */
export function bundleOfManifest(manifest) {
  const bundle = bundleBytes();
  const size = Number(new DataView(bundle.buffer, bundle.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bundle.subarray(8, 8 + size)));
  header.__metadata__.samplit = JSON.stringify(manifest);
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((56 - (text.length % 64) + 64) % 64, ' ')]); // tensors begin at a multiple of 64
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return seal(new Uint8Array(Buffer.concat([length, padded, bundle.subarray(8 + size)])));
}
