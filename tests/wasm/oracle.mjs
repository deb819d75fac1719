// SPDX-License-Identifier: MIT
// The decision written a second time, from the documents and not from the C: attributes in, trace out.
// Slow and plain (64-bit words are BigInts); it shares no code with the core, the client or its ABI.
const M64 = (1n << 64n) - 1n;
const [P1, P2, P3, P4, P5] = [
  0x9E3779B185EBCA87n, 0xC2B2AE3D27D4EB4Fn, 0x165667B19E3779F9n, 0x85EBCA77C2B2AE63n, 0x27D4EB2F165667C5n,
];
const utf8 = (text) => new TextEncoder().encode(text);
const rotl = (x, r) => ((x << r) | (x >> (64n - r))) & M64;
const round = (acc, lane) => (rotl((acc + lane * P2) & M64, 31n) * P1) & M64;

export function mix64(x) {
  x = ((x ^ (x >> 33n)) * P2) & M64;
  x = ((x ^ (x >> 29n)) * P3) & M64;
  return x ^ (x >> 32n);
}

/** xxHash specification 0.1.1, section XXH64. */
export function xxh64(bytes, seed = 0n) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash = (seed + P5) & M64;
  if (bytes.length >= 32) {
    let lanes = [seed + P1 + P2, seed + P2, seed, seed - P1].map((x) => BigInt.asUintN(64, x));
    for (; at + 32 <= bytes.length; at += 32) lanes = lanes.map((lane, i) => round(lane, view.getBigUint64(at + 8 * i, true)));
    hash = [1n, 7n, 12n, 18n].reduce((sum, r, i) => (sum + rotl(lanes[i], r)) & M64, 0n);
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * P1 + P4) & M64;
  }
  hash = (hash + BigInt(bytes.length)) & M64;
  for (; at + 8 <= bytes.length; at += 8) hash = (rotl(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4) & M64;
  if (at + 4 <= bytes.length) {
    hash = (rotl(hash ^ ((BigInt(view.getUint32(at, true)) * P1) & M64), 23n) * P2 + P3) & M64;
    at += 4;
  }
  for (; at < bytes.length; at++) hash = (rotl(hash ^ ((BigInt(bytes[at]) * P5) & M64), 11n) * P1) & M64;
  return mix64(hash);
}

/** Philox4x32-10 (Salmon et al. 2011). */
function philox(counter, key) {
  let [a, b, c, d] = counter.map(BigInt);
  let [k0, k1] = key.map(BigInt);
  const M32 = 0xFFFFFFFFn;
  for (let i = 0; i < 10; i++) {
    const [x, y] = [a * 0xD2511F53n, c * 0xCD9E8D57n];
    [a, b, c, d] = [(y >> 32n) ^ b ^ k0, y & M32, (x >> 32n) ^ d ^ k1, x & M32];
    k0 = (k0 + 0x9E3779B9n) & M32;
    k1 = (k1 + 0xBB67AE85n) & M32;
  }
  return [a, b, c, d];
}

const halves = (x) => [x & 0xFFFFFFFFn, x >> 32n];
const uniform = (lo, hi) => (Number(((hi << 32n) | lo) >> 12n) + 0.5) * 2 ** -52;

function race(seed, unit, p) {
  const rings = p.map((chance, v) => {
    const block = philox([...halves(unit), 0n, BigInt(v >> 1)], halves(seed));
    const u = v % 2 ? uniform(block[2], block[3]) : uniform(block[0], block[1]);
    return chance > 0 ? -Math.log(u) / chance : Infinity;
  });
  return rings.indexOf(Math.min(...rings));
}

function fnv1a32(bytes) {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811C9DC5);
}

function murmur3(bytes, seed) {
  const rotate = (x, r) => (x << r) | (x >>> (32 - r));
  const scramble = (k) => Math.imul(rotate(Math.imul(k, 0xCC9E2D51), 15), 0x1B873593);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = seed;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    hash = (Math.imul(rotate(hash ^ scramble(view.getInt32(at, true)), 13), 5) + 0xE6546B64) | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= at; i--) tail = (tail << 8) | bytes[i];
  hash ^= scramble(tail) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85EBCA6B);
  hash = Math.imul(hash ^ (hash >>> 13), 0xC2B2AE35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function bucketed(bucket, p) {
  let end = 0;
  for (const [v, chance] of p.entries()) if (chance > 0 && bucket / 10000 < (end += chance)) return v;
  return p.length - 1;
}

function assign(e, unit, unitHash, p) {
  if (e.mode === 1) return bucketed(fnv1a32(utf8(String(fnv1a32(utf8(e.key + unit))))) % 10000, p);
  if (e.mode === 2) return bucketed(Math.floor((murmur3(utf8(unit + e.key), 1) * 10000) / 2 ** 32), p);
  return race(e.seed, unitHash, p);
}

/** The tensors and metadata of a safetensors file. */
export function readBundle(bytes) {
  const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
  const arrays = {
    U8: Uint8Array, I32: Int32Array, U32: Uint32Array, U64: BigUint64Array, F32: Float32Array, F64: Float64Array,
  };
  const tensor = (name) => {
    const { dtype, data_offsets: [from, to] } = header[name];
    return new arrays[dtype](bytes.slice(8 + size + from, 8 + size + to).buffer);
  };
  return { id: header.__metadata__['samplit.id'], tensor, shape: (name) => header[name]?.shape };
}

function numberText(x) {
  if (Number.isInteger(x) && Math.abs(x) < 2 ** 53) return String(x);
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return `x${view.getBigUint64(0).toString(16).padStart(16, '0')}`;
}

const keyOf = (value) => xxh64(utf8(typeof value === 'number' ? numberText(value) : String(value)));
const kindOf = { number: 1n, boolean: 2n, string: 3n };

function contextDigest(attributes) {
  return Object.entries(attributes).reduce((sum, [name, value]) =>
    (sum + mix64((xxh64(utf8(name)) + mix64((keyOf(value) + kindOf[typeof value]) & M64)) & M64)) & M64, 0n);
}

function entries(schema, i, value) {
  const number = typeof value === 'string' || value === undefined ? undefined : Number(value);
  const clip = (x) => Math.min(1, Math.max(0, x));
  switch (schema.kind[i]) {
    case 0: {
      if (number === undefined) return [schema.missing[i]];
      const x = schema.transform[i] ? Math.log(1 + Math.max(0, number)) : number;
      return [clip((x - schema.lo[i]) / (schema.hi[i] - schema.lo[i]))];
    }
    case 1: return [number === undefined ? schema.missing[i] : Number(number !== 0)];
    case 2: {
      const categories = [...schema.categories.slice(schema.category_start[i], schema.category_start[i + 1])];
      const hot = value === undefined ? -1 : categories.indexOf(keyOf(value));
      return [...categories, 0].map((_, c) => Number(c === (hot < 0 ? categories.length : hot)));
    }
    default: {
      const angle = 2 * Math.PI * (number / schema.period[i]);
      return number === undefined ? [0, 0] : [Math.sin(angle), Math.cos(angle)];
    }
  }
}

function featuresOf({ tensor }, attributes) {
  const byHash = new Map(Object.entries(attributes).map(([name, value]) => [xxh64(utf8(name)), value]));
  const schema = { lo: tensor('normalizer.lo'), hi: tensor('normalizer.hi') };
  const columns = ['attribute', 'kind', 'transform', 'period', 'missing', 'category_start', 'categories'];
  for (const column of columns) schema[column] = tensor(`schema.${column}`);
  return Float32Array.from([...schema.attribute].flatMap((name, i) => entries(schema, i, byHash.get(name))));
}

function encode({ tensor, shape }, features) {
  let x = features;
  for (let n = 0; shape(`encoder.${n}.weight`); n++) {
    const [weight, bias] = [tensor(`encoder.${n}.weight`), tensor(`encoder.${n}.bias`)];
    const last = !shape(`encoder.${n + 1}.weight`);
    x = bias.map((start, out) => {
      const sum = x.reduce((total, value, i) => Math.fround(total + Math.fround(value * weight[i * bias.length + out])), start);
      return last || sum > 0 ? sum : 0;
    });
  }
  const partial = [0, 0, 0, 0];
  x.forEach((value, i) => { partial[i % 4] += value * value; });
  const scale = 1 / Math.sqrt(partial[0] + partial[1] + (partial[2] + partial[3]));
  return x.map((value) => value * scale);
}

function pathOf({ tensor }, attributes) {
  const byHash = new Map(Object.entries(attributes).map(([name, value]) => [xxh64(utf8(name)), keyOf(value)]));
  const [parent, split, value] = ['parent', 'split', 'value'].map((column) => tensor(`tree.${column}`));
  const path = [0];
  for (;;) {
    const here = path.at(-1);
    const next = parent.findIndex((p, i) => p === here && value[i] === byHash.get(split[here]));
    if (next < 0) return path;
    path.push(next);
  }
}

function experimentOf({ tensor, shape }, key) {
  const [starts, bytes] = [tensor('experiments.key_start'), tensor('experiments.key_bytes')];
  const keys = [...starts.slice(1)].map((end, i) => new TextDecoder().decode(bytes.slice(starts[i], end)));
  const i = keys.indexOf(key);
  if (i < 0) return undefined;
  const [rows, table, width] = [tensor(`policy.${key}.row`), tensor(`policy.${key}.table`), shape(`policy.${key}.table`)[1]];
  const row = (node) => (rows[node] < 0 ? undefined : [...table.slice(rows[node] * width, (rows[node] + 1) * width)]);
  return { key, seed: tensor('experiments.seed')[i], mode: tensor('experiments.hash_mode')[i], row };
}

function serve(bundle, experiment, unit, unitHash, attributes) {
  const { tensor } = bundle;
  const path = pathOf(bundle, attributes);
  const level = path.findLastIndex((node) => experiment.row(node));
  const probabilities = experiment.row(path[level]);
  const [starts, bytes] = [tensor('tree.key_start'), tensor('tree.key_bytes')];
  return {
    index: assign(experiment, unit, unitHash, probabilities),
    probabilities,
    reason: level === path.length - 1 ? 0 : 1,
    segment: level ? new TextDecoder().decode(bytes.slice(starts[path[level]], starts[path[level] + 1])) : 'global',
    level,
    matched: path.length - 1,
  };
}

const bytesOf = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const u64 = (...words) => bytesOf(BigUint64Array.from(words));

/** The outcome and trace of one decision, by the description in core/include/samplit/decide.h. */
export function decide(bundle, key, unit, attributes) {
  const experiment = unit === '' ? undefined : experimentOf(bundle, key);
  const unitHash = xxh64(utf8(unit), experiment?.seed ?? 0n);
  const id = Uint8Array.from(bundle.id.match(/../g), (hex) => parseInt(hex, 16));
  const d = experiment ? serve(bundle, experiment, unit, unitHash, attributes)
    : { index: 0, probabilities: [1], reason: 7, segment: 'global', level: 0, matched: 0 };
  const features = experiment ? featuresOf(bundle, attributes) : new Float32Array();
  const embedding = experiment ? encode(bundle, features) : new Float32Array();
  const links = [
    [1, 0, 0, 0, ...utf8(experiment ? key : ''), 0, ...id, ...u64(unitHash, contextDigest(attributes))],
    bytesOf(features),
    bytesOf(embedding),
    [...bytesOf(Uint32Array.of(d.index, d.reason, d.level, d.matched)), ...bytesOf(Float64Array.from(d.probabilities))],
    utf8(d.segment),
  ];
  const trace = links.reduce((seed, link) => xxh64(Uint8Array.from(link), seed), 0n);
  return { index: d.index, segment: d.segment, level: d.level, trace: trace.toString(16).padStart(16, '0') };
}
