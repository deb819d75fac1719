// SPDX-License-Identifier: MIT
// The engine with all that can be read in an open bundle, for tools, tests and the curious.
import { Engine } from './engine.js';
import * as inspect from './inspect.js';
import type { Explanation, Segment } from './types.js';

/** One module instance with one bundle, for one thread. `load` makes it. */
export class Samplit extends Engine {
  #segments: readonly Segment[] | undefined;

  /** The attributes, features and embedding of the last decision; empty where it was made from nothing. */
  explain(): Explanation {
    return inspect.readExplanation(this.memory, this.ignored);
  }

  /** The segment tree, parents before children; the root is first. */
  get segments(): readonly Segment[] {
    return (this.#segments ??= this.bundle ? inspect.readSegments(this.memory) : []);
  }

  /** What a segment itself serves in an experiment, or null where its parent serves or a linear policy decides. */
  probabilities(experiment: string, node: number): number[] | null {
    const index = this.index.get(experiment);
    if (index === undefined || !this.segments[node]) return null;
    return inspect.readProbabilities(this.memory, index, node);
  }

  /** Bytes of WebAssembly memory in use. Constant after loading. */
  get memoryBytes(): number {
    return this.memory.exports.memory.buffer.byteLength;
  }
}
