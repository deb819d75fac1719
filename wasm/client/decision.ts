// SPDX-License-Identifier: MIT
import type { Reason } from './abi.js';

/** Which variant a unit gets, with what chance and why. A plain object: it can be spread, cloned and sent. */
export interface Decision {
  readonly experiment: string;
  /** The variant's name; `control` where no bundle names it. */
  readonly variant: string;
  /** Its index; 0 is the control. */
  readonly index: number;
  /** The chance with which it was chosen, in (0, 1]. */
  readonly propensity: number;
  /** The chances of all variants, by index. */
  readonly probabilities: readonly number[];
  readonly reason: Reason;
  /** Key of the segment that served; `global` for the root. */
  readonly segment: string;
  /** Its depth in the tree; the root has 0. */
  readonly level: number;
  /** Depth of the deepest segment that matched. */
  readonly matchedLevel: number;
  /** Index of the segment that served, in `Samplit.segments`. */
  readonly node: number;
  /** Id of the bundle, 32 hex digits; empty without one. */
  readonly bundle: string;
  /** 16 hex digits. Equal traces mean equal decisions, on any machine. */
  readonly trace: string;
}

/** What is served where nothing can decide, not even the module. */
export function controlOf(experiment: string): Decision {
  return {
    experiment,
    variant: 'control',
    index: 0,
    propensity: 1,
    probabilities: [1],
    reason: 'default',
    segment: 'global',
    level: 0,
    matchedLevel: 0,
    node: 0,
    bundle: '',
    trace: '0'.repeat(16),
  };
}

const NOT_DRAWN: readonly Reason[] = ['forced', 'paused', 'not_eligible', 'default'];

/** Whether the variant was drawn for its unit. Where nobody drew it, what follows says nothing about it. */
export const isDrawn = (reason: Reason): boolean => !NOT_DRAWN.includes(reason);
