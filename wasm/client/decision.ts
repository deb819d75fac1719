// SPDX-License-Identifier: MIT
import type { Reason } from './abi.js';

/** Which variant a unit gets, with what chance and why. */
export class Decision {
  #lo: number;
  #hi: number;

  constructor(
    readonly experiment: string,
    /** The variant's name; `control` where no bundle names it. */
    readonly variant: string,
    /** Its index; 0 is the control. */
    readonly index: number,
    /** The chance with which it was chosen, in (0, 1]. */
    readonly propensity: number,
    /** The chances of all variants, by index. */
    readonly probabilities: readonly number[],
    readonly reason: Reason,
    /** Key of the segment that served; `global` for the root. */
    readonly segment: string,
    /** Its depth in the tree; the root has 0. */
    readonly level: number,
    /** Depth of the deepest segment that matched. */
    readonly matchedLevel: number,
    /** Index of the segment that served, in `Samplit.segments`. */
    readonly node: number,
    /** Id of the bundle, 32 hex digits; empty without one. */
    readonly bundle: string,
    traceLo: number,
    traceHi: number,
  ) {
    this.#lo = traceLo;
    this.#hi = traceHi;
  }

  /** 16 hex digits. Equal traces mean equal decisions, on any machine. */
  get trace(): string {
    const hex = (half: number) => half.toString(16).padStart(8, '0');
    return hex(this.#hi) + hex(this.#lo);
  }

  toJSON(): Record<string, unknown> {
    return { ...(this as object), trace: this.trace };
  }
}
