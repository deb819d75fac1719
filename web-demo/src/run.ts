// SPDX-License-Identifier: MIT
// One run over the visitors: each is decided twice, by the learned bundle and by a uniform one, both in
// the WebAssembly module, and counted in every segment on the way down to the one that served.
// What a visit comes to is written in the visitors' file; nothing is decided or simulated here.
import type { Decision, Samplit } from '../../wasm/client/index.js';
import { liftOf, type Interval } from './estimate.js';
import type { Visitor, Visitors } from './visitors.js';

/** A visitor with what was decided and what came of it. */
export interface Visit {
  readonly visitor: Visitor;
  readonly decision: Decision;
  readonly converted: boolean;
}

/** A variant in a segment. How it converts is taken from the uniform split: there, who gets it is left to chance. */
export interface VariantTally {
  served: number; // visits that the learned bundle gave it
  trials: number; // visits that the uniform split gave it
  conversions: number; // of the trials
  true: number; // sum of its true rate over all visits of the segment
}

/** What happened in a segment or below it. */
export interface Tally {
  visits: number;
  conversions: number;
  uniform: number; // conversions of the same visits under the uniform split
  readonly variants: readonly VariantTally[];
}

function emptyTally(variants: number): Tally {
  const variant = () => ({ served: 0, trials: 0, conversions: 0, true: 0 });
  return { visits: 0, conversions: 0, uniform: 0, variants: Array.from({ length: variants }, variant) };
}

export class Run {
  /** By node of the segment tree; the root, which counts all, is first. */
  readonly tallies: readonly Tally[];
  #both = 0; // visits that converted under either
  #expected = 0; // sum of the true rates under the probabilities served
  #expectedUniform = 0;
  #next = 0;

  constructor(
    readonly learned: Samplit,
    readonly uniform: Samplit,
    readonly visitors: Visitors,
  ) {
    const variants = visitors.variants.length;
    this.tallies = learned.segments.map(() => emptyTally(variants));
  }

  get decided(): number {
    return this.#next;
  }

  get finished(): boolean {
    return this.#next >= this.visitors.count;
  }

  /** Decides about the next visitor, and counts. */
  step(): Visit {
    const visitor = this.visitors.at(this.#next++);
    const decision = this.learned.decide(this.visitors.experiment, visitor.unit, visitor.context);
    const other = this.uniform.decide(this.visitors.experiment, visitor.unit, visitor.context);
    const visit = { visitor, decision, converted: visitor.u < visitor.rates[decision.index]! };
    this.#count(visit, other.index, visitor.u < visitor.rates[other.index]!);
    this.#expect(visit, other);
    return visit;
  }

  #count(visit: Visit, other: number, otherConverted: boolean): void {
    if (visit.converted && otherConverted) this.#both++;
    const { segments } = this.learned;
    for (let node = visit.decision.node; node >= 0; node = segments[node]!.parent) {
      const tally = this.tallies[node]!;
      tally.visits++;
      tally.conversions += Number(visit.converted);
      tally.uniform += Number(otherConverted);
      tally.variants[visit.decision.index]!.served++;
      tally.variants[other]!.trials++;
      tally.variants[other]!.conversions += Number(otherConverted);
      tally.variants.forEach((variant, v) => (variant.true += visit.visitor.rates[v]!));
    }
  }

  #expect({ visitor, decision }: Visit, other: Decision): void {
    visitor.rates.forEach((rate, v) => {
      this.#expected += rate * decision.probabilities[v]!;
      this.#expectedUniform += rate * other.probabilities[v]!;
    });
  }

  /** Lift against the uniform split on the same visitors, so far. */
  get lift(): Interval | null {
    const { conversions, uniform } = this.tallies[0]!;
    return liftOf(conversions, uniform, this.#both);
  }

  /** The lift that the true rates give, without the luck of who converted; known in a simulated world only. */
  get trueLift(): number | null {
    return this.#expectedUniform > 0 ? this.#expected / this.#expectedUniform - 1 : null;
  }
}
