// SPDX-License-Identifier: MIT
// The encoder alone, one sample per call from JavaScript: write 20 floats, encode 20-64-48-32, read 32
// floats. Beside it onnxruntime-web (WebAssembly, one thread) with the same weights.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-web/wasm';
import { denseModel } from './onnx.mjs';
import { race, report } from './rounds.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bundle = new Uint8Array(readFileSync(join(root, 'tests/vectors/bundle.safetensors')));
const WIDTH = 20;
const OUTPUTS = 32;

function readLayers() {
  const size = Number(new DataView(bundle.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bundle.subarray(8, 8 + size)));
  const bytes = (name) => bundle.slice(...header[name].data_offsets.map((at) => 8 + size + at));
  const floats = (name) => new Float32Array(bytes(name).buffer);
  return [0, 1, 2].map((i) => {
    const [inputs, outputs] = header[`encoder.${i}.weight`].shape;
    return { inputs, outputs, weight: floats(`encoder.${i}.weight`), bias: floats(`encoder.${i}.bias`) };
  });
}

const sample = (i) => Float32Array.from({ length: WIDTH }, (_, j) => ((i * 31 + j * 17) % 101) / 101);
const samples = Array.from({ length: 64 }, (_, i) => sample(i));

function samplit(name) {
  const module = new WebAssembly.Module(readFileSync(join(root, 'build/wasm/modules', name)));
  const { exports } = new WebAssembly.Instance(module, {});
  new Uint8Array(exports.memory.buffer).set(bundle, exports.spl_wasm_reserve(bundle.length));
  if (exports.spl_wasm_open(bundle.length) !== 0) throw new Error('the bundle does not open');
  const input = new Float32Array(exports.memory.buffer, exports.spl_conformance_features(), WIDTH);
  const output = new Float32Array(exports.memory.buffer, exports.spl_conformance_embedding(), OUTPUTS);
  return (features, embedding) => {
    input.set(features);
    exports.spl_conformance_encode();
    embedding.set(output);
  };
}

async function onnxruntime() {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(denseModel(readLayers()), { executionProviders: ['wasm'] });
  return async (features) => (await session.run({ x: new ort.Tensor('float32', features, [1, WIDTH]) })).y.data;
}

const simd = samplit('conformance.simd.wasm');
const scalar = samplit('conformance.wasm');
const peer = await onnxruntime();

const embedding = new Float32Array(OUTPUTS);
for (const input of samples) {
  simd(input, embedding);
  const other = await peer(input);
  const apart = Math.max(...embedding.map((value, i) => Math.abs(value - other[i])));
  if (!(apart < 1e-5)) throw new Error(`the encoders differ by ${apart}: they are not the same network`);
}

const loop = (encode) => (calls) => {
  for (let i = 0; i < calls; i++) encode(samples[i % samples.length], embedding);
};
const times = await race({
  'samplit, simd module': loop(simd),
  'samplit, scalar module': loop(scalar),
  'onnxruntime-web, wasm, one thread': async (calls) => {
    for (let i = 0; i < calls; i++) await peer(samples[i % samples.length]);
  },
}, { calls: 10_000, rounds: 21 });
report(`encoder 20-64-48-32, one sample, Node ${process.version}`, times);
