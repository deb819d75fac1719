// SPDX-License-Identifier: MIT
// What is in an open bundle, read from the core's structs where they lie.
import * as abi from './abi.js';
import type { Memory } from './memory.js';
import type { Experiment, Explanation, Segment } from './types.js';

const word = (memory: Memory, at: number) => memory.u32[at >> 2]!;

export function bundleAt(memory: Memory): number {
  return memory.at + abi.SPL_WASM_INSTANCE_BUNDLE;
}

export function readId(memory: Memory): string {
  return memory.textAt(bundleAt(memory) + abi.SPL_BUNDLE_ID_HEX);
}

/** The manifest's JSON; it stands in the header as a JSON string, hence twice. The core does not read it. */
export function readManifest(memory: Memory): unknown {
  try {
    return JSON.parse(JSON.parse(`"${memory.textAt(bundleAt(memory) + abi.SPL_BUNDLE_MANIFEST)}"`) as string);
  } catch {
    return undefined;
  }
}

function experimentAt(memory: Memory, index: number): number {
  return word(memory, bundleAt(memory) + abi.SPL_BUNDLE_EXPERIMENTS) + index * abi.SPL_EXPERIMENT_BYTES;
}

function readExperiment(memory: Memory, index: number): Experiment {
  const at = experimentAt(memory, index);
  const count = word(memory, at + abi.SPL_EXPERIMENT_POLICY + abi.SPL_POLICY_VARIANT_COUNT);
  const names = word(memory, at + abi.SPL_EXPERIMENT_VARIANTS);
  const seed = at + abi.SPL_EXPERIMENT_SEED;
  return {
    key: memory.textAt(at + abi.SPL_EXPERIMENT_KEY),
    variants: Array.from({ length: count }, (_, v) => memory.textAt(names + v * abi.SPL_TEXT_BYTES)),
    seed: (BigInt(word(memory, seed + 4)) << 32n) | BigInt(word(memory, seed)),
    minPropensity: memory.f64[(at + abi.SPL_EXPERIMENT_MIN_PROPENSITY) >> 3]!,
    mode: abi.MODES[word(memory, at + abi.SPL_EXPERIMENT_SETTINGS + abi.SPL_SETTINGS_MODE)]!,
    bucketVersion: word(memory, at + abi.SPL_EXPERIMENT_SETTINGS + abi.SPL_SETTINGS_BUCKET_VERSION),
  };
}

export function readExperiments(memory: Memory): Experiment[] {
  const count = word(memory, bundleAt(memory) + abi.SPL_BUNDLE_EXPERIMENT_COUNT);
  return Array.from({ length: count }, (_, i) => readExperiment(memory, i));
}

/** The key of a tree node. */
export function readKey(memory: Memory, node: number): string {
  if (node === 0) return 'global';
  const tree = bundleAt(memory) + abi.SPL_BUNDLE_TREE;
  const starts = word(memory, tree + abi.SPL_TREE_KEY_START) + node * 4;
  const start = word(memory, starts);
  return memory.text(word(memory, tree + abi.SPL_TREE_KEY_BYTES) + start, word(memory, starts + 4) - start);
}

export function readSegments(memory: Memory): Segment[] {
  const tree = bundleAt(memory) + abi.SPL_BUNDLE_TREE;
  const column = (offset: number, node: number) => word(memory, word(memory, tree + offset) + node * 4);
  const segments: Segment[] = [];
  for (let node = 0; node < word(memory, tree + abi.SPL_TREE_NODE_COUNT); node++) {
    const parent = column(abi.SPL_TREE_PARENT, node);
    const first = column(abi.SPL_TREE_FIRST_CHILD, node);
    segments.push({
      key: readKey(memory, node),
      level: parent === abi.SPL_NO_NODE ? 0 : segments[parent]!.level + 1,
      parent: parent === abi.SPL_NO_NODE ? -1 : parent,
      children: Array.from({ length: column(abi.SPL_TREE_CHILD_COUNT, node) }, (_, i) => first + i),
    });
  }
  return segments;
}

/** The node's own policy row, or null where its parent serves or a linear policy does. */
export function readProbabilities(memory: Memory, experiment: number, node: number): number[] | null {
  const policy = experimentAt(memory, experiment) + abi.SPL_EXPERIMENT_POLICY;
  if (!word(memory, policy + abi.SPL_POLICY_TABLE)) return null;
  const row = word(memory, word(memory, policy + abi.SPL_POLICY_ROW) + node * 4) | 0;
  if (row < 0) return null;
  const count = word(memory, policy + abi.SPL_POLICY_VARIANT_COUNT);
  const start = (word(memory, policy + abi.SPL_POLICY_TABLE) >> 3) + row * count;
  return Array.from(memory.f64.subarray(start, start + count));
}

function readAttribute(memory: Memory, at: number): string | number | boolean {
  const kind = word(memory, at + abi.SPL_ATTRIBUTE_KIND);
  const number = memory.f64[(at + abi.SPL_ATTRIBUTE_NUMBER) >> 3]!;
  if (kind === abi.SPL_KIND_NUMBER) return number;
  if (kind === abi.SPL_KIND_BOOLEAN) return number !== 0;
  return memory.text(word(memory, at + abi.SPL_ATTRIBUTE_TEXT), word(memory, at + abi.SPL_ATTRIBUTE_SIZE));
}

// The name whose hash stands at an address: one that the core knows or the host has used, else its hex digits.
function nameAt(memory: Memory, at: number): string {
  const [lo, hi] = [word(memory, at), word(memory, at + 4)];
  memory.exports.spl_wasm_known_name((BigInt(hi) << 32n) | BigInt(lo));
  const known = memory.textAt(memory.at + abi.SPL_WASM_INSTANCE_NAME);
  if (known) return known;
  for (const [name, hash] of memory.names) if (hash.lo === lo && hash.hi === hi) return name;
  return memory.hexAt(at);
}

function floats(memory: Memory, pointer: number, count: number): Float32Array {
  return new Float32Array(memory.u8.buffer as ArrayBuffer, word(memory, pointer), count).slice();
}

function embeddingWidth(memory: Memory): number {
  if (!word(memory, bundleAt(memory) + abi.SPL_BUNDLE_ENCODER_COUNT)) return 0;
  const encoder = word(memory, bundleAt(memory) + abi.SPL_BUNDLE_ENCODERS);
  const last = word(memory, encoder + abi.SPL_ENCODER_LAYER_COUNT) - 1;
  return word(memory, encoder + abi.SPL_ENCODER_LAYERS + last * abi.SPL_LAYER_BYTES + abi.SPL_LAYER_OUTPUTS);
}

// Features and embedding are those of the last decision only where the bundle made it.
function served(memory: Memory): boolean {
  return abi.REASONS[word(memory, memory.at + abi.SPL_WASM_INSTANCE_DECISION + abi.SPL_DECISION_REASON)] !== 'default';
}

/** What the last decision was made from. Texts that the host gave are read from staging. */
export function readExplanation(memory: Memory, ignored: number): Explanation {
  const workspace = memory.at + abi.SPL_WASM_INSTANCE_WORKSPACE;
  const context = workspace + abi.SPL_WORKSPACE_CONTEXT;
  const attributes: [string, string | number | boolean][] = [];
  for (let i = 0; i < word(memory, context + abi.SPL_CONTEXT_COUNT); i++) {
    const at = context + abi.SPL_CONTEXT_ITEMS + i * abi.SPL_ATTRIBUTE_BYTES;
    attributes.push([nameAt(memory, at + abi.SPL_ATTRIBUTE_NAME), readAttribute(memory, at)]);
  }
  const [width, outputs] = served(memory)
    ? [word(memory, bundleAt(memory) + abi.SPL_BUNDLE_SCHEMA + abi.SPL_SCHEMA_WIDTH), embeddingWidth(memory)]
    : [0, 0];
  return {
    attributes: Object.fromEntries(attributes),
    ignored: ignored + word(memory, context + abi.SPL_CONTEXT_IGNORED),
    features: floats(memory, workspace + abi.SPL_WORKSPACE_FEATURES, width),
    embedding: floats(memory, workspace + abi.SPL_WORKSPACE_EMBEDDING, outputs),
  };
}
