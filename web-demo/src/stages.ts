// SPDX-License-Identifier: MIT
// What was learned at each stage of one log, with each exploration: `samplit learn` made a bundle for each
// (scripts/run). A bundle is opened, asked about the same visitors, and let go; nothing is learned here.
import { openFile } from './files.js';
import { bundleFile, type Region } from './regions.js';
import { nameOf, ownPart } from './segment_names.js';
import type { Samplit } from '../../wasm/client/index.js';
import type { Visitors } from './visitors.js';

declare const STAGES: readonly number[]; // visitors; set by build.mjs
declare const EXPLORATIONS: readonly string[];

/** Numbers of visitors; 0 is nobody, who teaches to serve all variants alike. */
export const stages: readonly number[] = [0, ...STAGES];
export const explorations = EXPLORATIONS;
export const ASKED = 2000; // visitors that every bundle is asked about

export interface StageSegment {
  readonly key: string;
  readonly name: string;
  readonly value: string;
  readonly level: number;
  /** Its own, or null where its parent serves. */
  readonly probabilities: readonly number[] | null;
}

export interface Learned {
  readonly bundle: string; // its id
  readonly segments: readonly StageSegment[]; // parents before their children, depth first
  readonly rate: number; // expected, by the true rates, over the visitors asked about
  readonly surest: number; // mean chance of the likeliest variant
  readonly served: Uint8Array; // variants, by visitor
}

function segmentsOf(samplit: Samplit, experiment: string): StageSegment[] {
  const { segments } = samplit;
  const found: StageSegment[] = [];
  const open = [0];
  while (open.length) {
    const node = open.pop()!;
    const { key, level, children } = segments[node]!;
    const { value } = ownPart(segments, node);
    found.push({ key, level, value, name: nameOf(segments, node), probabilities: samplit.probabilities(experiment, node) });
    const nameOfChild = (child: number) => ownPart(segments, child).value;
    open.push(...[...children].sort((a, b) => nameOfChild(b).localeCompare(nameOfChild(a), 'en')));
  }
  return found;
}

/** Visits that the region had seen at a stage. */
export const visitsAt = (region: Region, stage: number): number => region.visits.stages[STAGES.indexOf(stage)] ?? 0;

export async function readStage(visitors: Visitors, stage: number, exploration: string, region: Region): Promise<Learned> {
  const samplit = await openFile(stage === 0 ? 'uniform.safetensors' : bundleFile(`learned-${stage}-${exploration}`, region));
  const asked = Math.min(ASKED, visitors.count);
  const served = new Uint8Array(asked);
  let [rate, surest] = [0, 0];
  for (let i = 0; i < asked; i++) {
    const { unit, context, rates } = visitors.at(i);
    const { index, probabilities } = samplit.decide(visitors.experiment, unit, context);
    served[i] = index;
    surest += Math.max(...probabilities);
    rates.forEach((r, v) => (rate += r * probabilities[v]!));
  }
  return { bundle: samplit.bundle, segments: segmentsOf(samplit, visitors.experiment), rate: rate / asked, surest: surest / asked, served };
}

/** All segments of some bundles of one log, parents before their children. */
export function allSegments(learned: readonly Learned[]): StageSegment[] {
  const byKey = new Map(learned.flatMap(({ segments }) => segments).map((segment) => [segment.key, segment]));
  return [...byKey.values()].sort((a, b) => Number(b.level === 0) - Number(a.level === 0) || a.name.localeCompare(b.name, 'en'));
}

/** Share of the visitors who are served another variant. */
export function movedBetween(a: Learned, b: Learned): number {
  return a.served.reduce((moved, v, i) => moved + Number(v !== b.served[i]), 0) / a.served.length;
}
