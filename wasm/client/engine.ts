// SPDX-License-Identifier: MIT
// One module instance that decides with one bundle, and no more: what pages ship. It holds no decision logic:
// whatever decides is C.
import * as abi from './abi.js';
import type { Decision } from './decision.js';
import { eachEntry, unitText } from './entries.js';
import { statusError } from './errors.js';
import * as inspect from './inspect.js';
import { Memory } from './memory.js';
import type { Context, Experiment, Unit } from './types.js';

/** What decides: an Engine, a Samplit, or what `loadOrDefault` puts in its place. */
export interface Decider {
  /** Id of the bundle, 32 hex digits; empty without one. */
  readonly bundle: string;
  decide(experiment: string, unit: Unit, context?: Context): Decision;
}

/** What a host may ask for, variants by index; -1 is none. docs/client.md says who has a say before whom. */
export interface DecideRequest {
  readonly forced?: number;
  /** Would be served without Samplit. */
  readonly incumbent?: number;
  /** The unit had it before, when the experiment had this bucket version. */
  readonly sticky?: number;
  readonly stickyVersion?: number;
}

const NO_EXPERIMENT = 0xffff_ffff;

/** One module instance with one bundle, for one thread. */
export class Engine implements Decider {
  declare readonly bundle: string;
  declare readonly experiments: readonly Experiment[];

  /** For those who extend it. */
  declare protected readonly memory: Memory;
  protected readonly index = new Map<string, number>();
  protected ignored = 0; // entries of the last context that were not staged
  #keys: string[] = []; // of tree nodes, by index, as they are met
  #last = NO_EXPERIMENT; // that was decided
  #payloads: Readonly<Record<string, readonly unknown[]>> | undefined;

  constructor(instance: WebAssembly.Instance, file: Uint8Array | null) {
    const memory = (this.memory = new Memory(instance));
    if (file) openBundle(memory, file);
    memory.stage();
    memory.decide(NO_EXPERIMENT); // so that there is a last decision to explain
    this.bundle = file ? inspect.readId(memory) : '';
    this.experiments = file ? inspect.readExperiments(memory) : [];
    this.experiments.forEach((experiment, i) => this.index.set(experiment.key, i));
  }

  /**
   * Decides. Never throws: without a bundle, with an experiment that it does not hold, without a
   * unit, or where reading the context throws, the control is served with propensity 1 and the
   * reason `default`.
   */
  decide(experiment: string, unit: Unit, context?: Context, request?: DecideRequest): Decision {
    const index = (this.#last = this.index.get(experiment) ?? NO_EXPERIMENT);
    this.#stage(unit, context);
    if (request) this.#ask(request);
    this.memory.decide(index);
    return this.#read(experiment, index);
  }

  /** The variants of the last decision by index, best first; its own first. */
  rank(): number[] {
    const { at, u8, u32 } = this.memory;
    this.memory.rank(this.#last);
    const order = at + abi.SPL_WASM_INSTANCE_ORDER;
    return [...u8.subarray(order, order + u32[(at + abi.SPL_WASM_INSTANCE_DECISION + abi.SPL_DECISION_VARIANT_COUNT) >> 2]!)];
  }

  // The decision takes the request with it.
  #ask({ forced = -1, incumbent = -1, sticky = -1, stickyVersion = 0 }: DecideRequest): void {
    const word = (this.memory.at + abi.SPL_WASM_INSTANCE_REQUEST) >> 2;
    const { u32 } = this.memory;
    u32[word + (abi.SPL_REQUEST_FORCED >> 2)] = forced + 1;
    u32[word + (abi.SPL_REQUEST_INCUMBENT >> 2)] = incumbent + 1;
    u32[word + (abi.SPL_REQUEST_STICKY >> 2)] = sticky + 1;
    u32[word + (abi.SPL_REQUEST_STICKY_VERSION >> 2)] = stickyVersion;
  }

  // Without a unit the core serves the control, so where reading the context throws nothing at all is staged.
  #stage(unit: Unit, context: Context | undefined): void {
    const memory = this.memory;
    this.ignored = 0;
    try {
      memory.begin(unitText(unit));
      this.ignored = eachEntry(context, (name, value) => memory.field(name, value));
    } catch {
      memory.begin('');
    }
  }

  #read(experiment: string, index: number): Decision {
    const { at, u32, f64 } = this.memory;
    const decision = at + abi.SPL_WASM_INSTANCE_DECISION;
    const word = (offset: number) => u32[(decision + offset) >> 2]!;
    const variant = word(abi.SPL_DECISION_VARIANT);
    const node = word(abi.SPL_DECISION_NODE);
    const first = (decision + abi.SPL_DECISION_PROBABILITIES) >> 3;
    const probabilities: number[] = [];
    for (let v = 0; v < word(abi.SPL_DECISION_VARIANT_COUNT); v++) probabilities.push(f64[first + v]!);
    return {
      experiment,
      variant: this.experiments[index]?.variants[variant] ?? 'control',
      index: variant,
      propensity: f64[(decision + abi.SPL_DECISION_PROPENSITY) >> 3]!,
      probabilities,
      reason: abi.REASONS[word(abi.SPL_DECISION_REASON)]!,
      segment: (this.#keys[node] ??= inspect.readKey(this.memory, node)),
      level: word(abi.SPL_DECISION_LEVEL),
      matchedLevel: word(abi.SPL_DECISION_MATCHED_LEVEL),
      node,
      bundle: this.bundle,
      trace: this.memory.hexAt(decision + abi.SPL_DECISION_TRACE),
    };
  }

  /** One of `experiments`, by its key. */
  experiment(key: string): Experiment | undefined {
    return this.experiments[this.index.get(key) ?? -1];
  }

  /** What the manifest attaches to variants: per experiment a list, by index. */
  get payloads(): Readonly<Record<string, readonly unknown[]>> {
    return (this.#payloads ??= readPayloads(this.manifest));
  }

  /** The bundle's manifest, for people and tools; undefined where there is none, or none that is JSON. */
  get manifest(): unknown {
    return this.bundle ? inspect.readManifest(this.memory) : undefined;
  }
}

// Anything may stand in a manifest.
function readPayloads(manifest: unknown): Record<string, readonly unknown[]> {
  const { experiments } = (manifest ?? {}) as { experiments?: { key?: unknown; payloads?: unknown }[] };
  const list = Array.isArray(experiments) ? experiments : [];
  return Object.fromEntries(list.flatMap((one) => (Array.isArray(one?.payloads) ? [[String(one.key), one.payloads]] : [])));
}

function openBundle(memory: Memory, file: Uint8Array): void {
  const status = memory.open(file);
  if (status === 0) return;
  const error = memory.at + abi.SPL_WASM_INSTANCE_ERROR;
  const halves = [memory.u32[(error + abi.SPL_BUNDLE_ERROR_AT) >> 2]!, memory.u32[(error + abi.SPL_BUNDLE_ERROR_AT + 4) >> 2]!];
  throw statusError(status, memory.cText(error + abi.SPL_BUNDLE_ERROR_NAME), halves[1]! * 2 ** 32 + halves[0]!);
}
