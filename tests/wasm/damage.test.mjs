// SPDX-License-Identifier: MIT
// Damaged bundles are refused, and where the damage can be named the error names it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleBytes, client, moduleOf, shipped } from './support.mjs';

const { SamplitError, loadSync } = client;
const module = moduleOf(shipped[0]);

function errorOf(bundle) {
  try {
    loadSync(module, bundle);
  } catch (error) {
    assert.ok(error instanceof SamplitError, String(error));
    return error;
  }
  return assert.fail('it was not refused');
}

test('a truncated bundle is refused by name of what is missing', () => {
  assert.equal(errorOf(bundleBytes().slice(0, -1)).status, 'BAD_OFFSETS');
  assert.equal(errorOf(new Uint8Array(3)).status, 'TRUNCATED');
  assert.equal(errorOf(new Uint8Array(0)).status, 'TRUNCATED');
});

test('a weight that is another finite number is refused by the checksum', () => {
  const bundle = bundleBytes();
  bundle[bundle.length - 1] ^= 1;
  assert.equal(errorOf(bundle).status, 'BAD_CHECKSUM');
});

test('a NaN among the weights is refused with its tensor and place', () => {
  const bundle = bundleBytes();
  const view = new DataView(bundle.buffer);
  const headerSize = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bundle.subarray(8, 8 + headerSize)));
  view.setFloat32(8 + headerSize + header['encoder.1.weight'].data_offsets[0] + 4 * 17, NaN, true);
  const { status, tensor, at, message } = errorOf(bundle);
  assert.deepEqual({ status, tensor, at }, { status: 'BAD_VALUE', tensor: 'encoder.1.weight', at: 17 });
  assert.equal(message, 'BAD_VALUE in encoder.1.weight[17]');
});

test('every single flipped bit of a bundle is refused', () => {
  const sound = bundleBytes();
  const { exports } = new WebAssembly.Instance(module, {});
  const at = exports.spl_wasm_reserve(sound.length);
  new Uint8Array(exports.memory.buffer).set(sound, at);
  const opens = () => exports.spl_wasm_open(sound.length) === 0;
  const flip = (bit) => { new Uint8Array(exports.memory.buffer)[at + (bit >> 3)] ^= 1 << (bit & 7); };
  assert.ok(opens());
  const taken = [];
  for (let bit = 0; bit < 8 * sound.length; bit++) {
    flip(bit);
    if (opens()) taken.push(bit);
    flip(bit);
  }
  assert.equal(taken.length, 0, `${taken.length} flips are taken for a bundle; the first: bit ${taken[0]}`);
  assert.ok(opens());
});

test('flipped bits of the header are refused by the client with a SamplitError', () => {
  const sound = bundleBytes();
  const size = 8 + Number(new DataView(sound.buffer).getBigUint64(0, true));
  for (let i = 0; i < size; i += 7) {
    const bundle = sound.slice();
    bundle[i] ^= 1 << i % 8;
    assert.notEqual(errorOf(bundle).message, '', `byte ${i}`);
  }
});
