// SPDX-License-Identifier: MIT
// The friendly layer. It holds no decision logic: whatever decides is C.
import * as abi from './abi.js';
import { Decision } from './decision.js';
import { SamplitError, statusError } from './errors.js';
import * as inspect from './inspect.js';
import { Memory } from './memory.js';
import type { Experiment, Explanation, Segment, Value } from './types.js';

/** Raw fields (`user_agent`, `utm_source`, …) and attributes (`device`, `plan`, …); docs/context.md lists the names. */
export type Context = { readonly [name in abi.RawName | abi.AttributeName]?: Value } & { readonly [name: string]: Value };

const NO_EXPERIMENT = 0xffff_ffff;

/** One module instance with one bundle, for one thread. `load` makes it. */
export class Samplit {
  /** Id of the bundle, 32 hex digits; empty without one. */
  readonly bundle: string;
  readonly experiments: readonly Experiment[];

  #memory: Memory;
  #index = new Map<string, number>();
  #keys: string[] = []; // of tree nodes, by index, as they are met
  #segments: readonly Segment[] | undefined;

  /** Use `load` or `loadSync`. */
  constructor(instance: WebAssembly.Instance, file: Uint8Array | null) {
    const memory = (this.#memory = new Memory(instance));
    if (file) openBundle(memory, file);
    this.bundle = file ? inspect.readId(memory) : '';
    this.experiments = file ? inspect.readExperiments(memory) : [];
    this.experiments.forEach((experiment, i) => this.#index.set(experiment.key, i));
  }

  /**
   * Decides. Never throws: without a bundle, or with an experiment that it does not hold, the
   * control is served with propensity 1 and the reason `default`.
   */
  decide(experiment: string, unit: string, context?: Context): Decision {
    try {
      const index = this.#index.get(experiment) ?? NO_EXPERIMENT;
      const memory = this.#memory;
      memory.begin(unit);
      for (const name in context) memory.field(name, context[name]);
      memory.decide(index);
      return this.#read(experiment, index);
    } catch {
      return new Decision(experiment, 'control', 0, 1, [1], 'default', 'global', 0, 0, 0, this.bundle, 0, 0);
    }
  }

  #read(experiment: string, index: number): Decision {
    const { at, u32, f64 } = this.#memory;
    const decision = at + abi.SPL_WASM_INSTANCE_DECISION;
    const word = (offset: number) => u32[(decision + offset) >> 2]!;
    const variant = word(abi.SPL_DECISION_VARIANT);
    const node = word(abi.SPL_DECISION_NODE);
    const first = (decision + abi.SPL_DECISION_PROBABILITIES) >> 3;
    const probabilities: number[] = [];
    for (let v = 0; v < word(abi.SPL_DECISION_VARIANT_COUNT); v++) probabilities.push(f64[first + v]!);
    return new Decision(
      experiment,
      this.experiments[index]?.variants[variant] ?? 'control',
      variant,
      f64[(decision + abi.SPL_DECISION_PROPENSITY) >> 3]!,
      probabilities,
      abi.REASONS[word(abi.SPL_DECISION_REASON)]!,
      (this.#keys[node] ??= inspect.readKey(this.#memory, node)),
      word(abi.SPL_DECISION_LEVEL),
      word(abi.SPL_DECISION_MATCHED_LEVEL),
      node,
      this.bundle,
      word(abi.SPL_DECISION_TRACE),
      word(abi.SPL_DECISION_TRACE + 4),
    );
  }

  /** The attributes, features and embedding of the last decision. */
  explain(): Explanation {
    return inspect.readExplanation(this.#memory, this.bundle !== '');
  }

  /** The segment tree, parents before children; the root is first. */
  get segments(): readonly Segment[] {
    return (this.#segments ??= this.bundle ? inspect.readSegments(this.#memory) : []);
  }

  /** What a segment itself serves in an experiment, or null where its parent serves. */
  probabilities(experiment: string, node: number): number[] | null {
    const index = this.#index.get(experiment);
    if (index === undefined || !this.segments[node]) return null;
    return inspect.readProbabilities(this.#memory, index, node);
  }

  /** The bundle's manifest, for people and tools. */
  get manifest(): unknown {
    return this.bundle ? inspect.readManifest(this.#memory) : undefined;
  }

  /** Bytes of WebAssembly memory in use. Constant while decisions are made. */
  get memoryBytes(): number {
    return this.#memory.exports.memory.buffer.byteLength;
  }
}

function openBundle(memory: Memory, file: Uint8Array): void {
  const status = memory.open(file);
  if (status === 0) return;
  const error = memory.at + abi.SPL_WASM_INSTANCE_ERROR;
  const halves = [memory.u32[(error + abi.SPL_BUNDLE_ERROR_AT) >> 2]!, memory.u32[(error + abi.SPL_BUNDLE_ERROR_AT + 4) >> 2]!];
  const expected = memory.cText(memory.u32[(error + abi.SPL_BUNDLE_ERROR_EXPECTED) >> 2]!);
  throw statusError(status, memory.cText(error + abi.SPL_BUNDLE_ERROR_NAME), expected, halves[1]! * 2 ** 32 + halves[0]!);
}

/** Bytes, wherever they lie. */
function bytesOf(source: BufferSource): Uint8Array {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  throw new SamplitError('INVALID_ARGUMENT', 'a bundle is bytes or null');
}

export type ModuleSource = WebAssembly.Module | BufferSource | Response;
export type BundleSource = BufferSource | Response | null;

async function compile(source: ModuleSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  const bytes = typeof Response !== 'undefined' && source instanceof Response ? await bodyOf(source) : source;
  return WebAssembly.compile(bytes as BufferSource);
}

async function bodyOf(response: Response): Promise<ArrayBuffer> {
  if (!response.ok) throw new SamplitError('NOT_FOUND', `${response.url} answered ${response.status}`);
  return response.arrayBuffer();
}

/**
 * Makes a Samplit from a module and a bundle, or promises of them. Rejects with a SamplitError that
 * names the tensor when the bundle is bad; `load(module, null)` then still decides: the control, with
 * the reason `default`.
 */
export async function load(
  module: ModuleSource | Promise<ModuleSource>,
  bundle: BundleSource | Promise<BundleSource>,
): Promise<Samplit> {
  const [code, file] = await Promise.all([Promise.resolve(module).then(compile), bundle]);
  const bytes = typeof Response !== 'undefined' && file instanceof Response ? await bodyOf(file) : file;
  const instance = await WebAssembly.instantiate(code, {});
  return new Samplit(instance, bytes && bytesOf(bytes as BufferSource));
}

/** The same at once, for workers that are handed a compiled module. */
export function loadSync(module: WebAssembly.Module, bundle: BufferSource | null): Samplit {
  return new Samplit(new WebAssembly.Instance(module, {}), bundle && bytesOf(bundle));
}

// The smallest module that uses simd128: one function that drops a v128.
const SIMD_PROBE = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11];

/** File name of the widest module that this runtime can run; both give equal bits. */
export function moduleName(): string {
  return WebAssembly.validate(new Uint8Array(SIMD_PROBE)) ? 'samplit.simd.wasm' : 'samplit.wasm';
}
