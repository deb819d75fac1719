// SPDX-License-Identifier: MIT
// The encoder in batches of 1,024, called from JavaScript: 20 floats per row in, 20-64-48-32, 32 floats per row out. Beside
// it tfjs-backend-wasm (its SIMD module, one thread) with the same weights.
import * as tf from '@tensorflow/tfjs-core';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { race, report } from './rounds.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bundle = new Uint8Array(readFileSync(join(root, 'tests/vectors/bundle.safetensors')));
const BATCH = 1024;
const WIDTH = 20;
const OUTPUTS = 32;

function readLayers() {
  const size = Number(new DataView(bundle.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bundle.subarray(8, 8 + size)));
  const floats = (name) => new Float32Array(bundle.slice(...header[name].data_offsets.map((at) => 8 + size + at)).buffer);
  return [0, 1, 2].map((i) => ({
    weight: tf.tensor2d(floats(`encoder.${i}.weight`), header[`encoder.${i}.weight`].shape),
    bias: tf.tensor1d(floats(`encoder.${i}.bias`)),
  }));
}

const rows = Float32Array.from({ length: BATCH * WIDTH }, (_, i) => ((i * 31) % 101) / 101);

// Writes the rows into the module's memory, encodes them there and copies the embeddings out.
function samplit(name) {
  const module = new WebAssembly.Module(readFileSync(join(root, 'build/wasm/modules', name)));
  const { exports } = new WebAssembly.Instance(module, {});
  new Uint8Array(exports.memory.buffer).set(bundle, exports.spl_wasm_reserve(bundle.length));
  if (exports.spl_wasm_open(bundle.length) !== 0) throw new Error('the bundle does not open');
  const [inBytes, outBytes] = [4 * BATCH * WIDTH, 4 * BATCH * OUTPUTS];
  const at = exports.spl_wasm_stage(inBytes + outBytes + exports.spl_conformance_batch_scratch()) >>> 0;
  const input = new Float32Array(exports.memory.buffer, at, BATCH * WIDTH);
  const output = new Float32Array(exports.memory.buffer, at + inBytes, BATCH * OUTPUTS);
  return (features) => {
    input.set(features);
    exports.spl_conformance_encode_batch(at, BATCH, at + inBytes + outBytes, at + inBytes);
    return output.slice();
  };
}

async function tfjs() {
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  setThreadsCount(1);
  await tf.setBackend('wasm');
  await tf.ready();
  const layers = readLayers();
  return (features) => {
    const y = tf.tidy(() => {
      let x = tf.tensor2d(features, [BATCH, WIDTH]);
      layers.forEach(({ weight, bias }, i) => {
        x = tf.fused.matMul({ a: x, b: weight, bias, activation: i < 2 ? 'relu' : 'linear' });
      });
      return tf.div(x, tf.sqrt(tf.sum(tf.square(x), 1, true)));
    });
    const out = y.dataSync();
    y.dispose();
    return out;
  };
}

const simd = samplit('conformance.simd.wasm');
const peer = await tfjs();
const [ours, theirs] = [simd(rows), peer(rows)];
const apart = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i])), 0);
if (!(apart < 1e-5)) throw new Error(`the encoders differ by ${apart}: they are not the same network`);

const loop = (encode) => (calls) => {
  for (let i = 0; i < calls; i++) encode(rows);
};
const times = await race({
  'samplit, simd module': loop(simd),
  [`tfjs-backend-wasm ${tf.version_core}, one thread`]: loop(peer),
}, { calls: 40, rounds: 41 });
report(`encoder 20-64-48-32, batches of ${BATCH}, Node ${process.version}`, times);
