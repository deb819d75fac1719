// SPDX-License-Identifier: MIT
// A decision step by step: raw fields, context, features, embedding, cluster, path, probabilities, variant, event. What differs
// from the decision shown before is marked.
import { exposure, type Decision, type Explanation, type Samplit } from '../../wasm/client/index.js';
import { REASONS } from './detail_view.js';
import { el, swatch } from './dom.js';
import { featureNames } from './feature_names.js';
import type { Case } from './fields.js';
import { percent } from './format.js';
import { code, odds, short, shown } from './parts.js';
import { isOneStore, type Region } from './regions.js';
import { nameOf, ownPart, pathTo } from './segment_names.js';

const [MIDDLING, LONG] = [18, 34]; // letters that have a row of their own on a phone, and everywhere

type Figures = readonly (readonly [string, string])[];

interface Step {
  readonly title: string;
  readonly says: string;
  readonly figures: Figures; // what is compared with the step before
  /** Shows them; a list of facts if missing. */
  readonly show?: (changed: ReadonlySet<string>) => HTMLElement;
}

function factList(figures: Figures, changed: ReadonlySet<string>): HTMLElement {
  const list = el('dl', { class: 'facts dense' });
  for (const [name, value] of figures) {
    const letters = name.length + value.length;
    const mark = { class: `${changed.has(name) ? 'changed' : ''}${letters > LONG ? ' long' : letters > MIDDLING ? ' middling' : ''}` };
    list.append(el('div', mark, el('dt', {}, name), el('dd', {}, value)));
  }
  return list;
}

/** Numbers in [-1, 1] as bars up and down from a line, with their digits below. */
function barsOf(values: Float32Array, changed: ReadonlySet<string>): HTMLElement {
  const top = Math.max(0.05, ...values.map(Math.abs));
  const bars = el('div', { class: 'numbers', role: 'img', 'aria-label': `${values.length} numbers: ${Array.from(values, short).join(', ')}` });
  values.forEach((value, i) => {
    const bar = el('i', { class: `${value < 0 ? 'below' : 'above'}${changed.has(String(i)) ? ' changed' : ''}`, title: short(value) });
    bar.style.setProperty('--size', `${(50 * Math.abs(value)) / top}%`);
    bars.append(bar);
  });
  const figures = Array.from(values, (value, i) => el('span', changed.has(String(i)) ? { class: 'changed' } : {}, value.toFixed(3)));
  return el('div', {}, bars, el('div', { class: 'digits', 'aria-hidden': 'true' }, ...figures));
}

function pathSteps(samplit: Samplit, decision: Decision, experiment: string, variants: readonly string[]): Figures {
  return pathTo(samplit.segments, decision.node).map((node) => {
    const own = samplit.probabilities(experiment, node);
    const { attribute, value } = ownPart(samplit.segments, node);
    return [attribute ? `${attribute}: ${value}` : value, own ? variants.map((name, v) => `${name} ${percent(own[v]!)}`).join(' · ') : 'as its parent'] as const;
  });
}

/** The event as the region's collector would get it: with its region, without the context. */
function eventStep({ unit }: Case, decision: Decision, region: Region): Step {
  const event = exposure(decision, unit, isOneStore(region) ? {} : { region: region.code });
  const text = JSON.stringify(event, null, 1).replace(/\n\s+(?=[\d.e-]+,?\n)|\n\s+(?=\])/g, ' ');
  return {
    title: 'Event',
    says: isOneStore(region) ? 'as a site would log it; nothing is sent here' : `as a site would log it in ${region.code}, where it stays; nothing is sent here`,
    figures: [['region', event.region ?? 'none'], ['bundle', decision.bundle]],
    show: () => el('pre', { class: 'event' }, text),
  };
}

const entries = (values: Readonly<Record<string, unknown>>): Figures =>
  Object.entries(values).map(([name, value]) => [name, shown(value)] as const);

/** All steps, from what went in to what came out. */
function stepsOf(samplit: Samplit, given: Case, decision: Decision, explanation: Explanation, variants: readonly string[], region: Region): Step[] {
  const { unit, context } = given;
  const { attributes, features, embedding } = explanation;
  const { cluster, ...rest } = attributes;
  const names = featureNames(samplit.manifest, features.length);
  const chances = variants.map((name, v) => [name, percent(decision.probabilities[v]!, 2)] as const);
  return [
    { title: 'Raw fields', says: 'as the page has them', figures: [['unit', unit], ...entries(context)] },
    { title: 'Context', says: 'what they mean', figures: [...entries(rest)].sort(([a], [b]) => (a < b ? -1 : 1)) },
    { title: 'Features', says: `${features.length} numbers from 0 to 1`, figures: names.map((name, i) => [name, short(features[i]!)] as const) },
    {
      title: 'Embedding',
      says: `by the encoder: ${embedding.length} numbers, a vector of length 1`,
      figures: Array.from(embedding, (value, i) => [String(i), short(value)] as const),
      show: (changed) => barsOf(embedding, changed),
    },
    { title: 'Cluster', says: 'whose centre is nearest', figures: [['cluster', shown(cluster ?? 'none')]] },
    { title: 'Path', says: 'down the segment tree', figures: pathSteps(samplit, decision, decision.experiment, variants) },
    {
      title: 'Probabilities',
      says: `of ${nameOf(samplit.segments, decision.node)}`,
      figures: chances,
      show: () => odds(decision.probabilities, variants, decision.index),
    },
    {
      title: 'Variant',
      says: REASONS[decision.reason],
      figures: [
        ['variant', decision.variant],
        ['propensity', decision.propensity.toFixed(4)],
        ['reason', decision.reason],
        ['trace', decision.trace],
      ],
    },
    eventStep(given, decision, region),
  ];
}

/** Shows the steps of decisions, one after another. */
export class StepsView {
  #before = new Map<string, string>(); // "step figure" → what it said

  constructor(readonly list: HTMLElement) {}

  /** Shows a decision that the module has just made. Returns in words what is not as before. */
  show(samplit: Samplit, variants: readonly string[], given: Case, decision: Decision, region: Region): string {
    const steps = stepsOf(samplit, given, decision, samplit.explain(), variants, region);
    const first = this.#before.size === 0;
    const now = new Map<string, string>();
    const told: string[] = [];
    this.list.replaceChildren(
      ...steps.map((step, i) => {
        const changed = new Set<string>();
        for (const [name, value] of step.figures) {
          now.set(`${i} ${name}`, value);
          if (!first && this.#before.get(`${i} ${name}`) !== value) changed.add(name);
        }
        if (changed.size) told.push(`${step.title.toLowerCase()} (${changed.size})`);
        return this.#item(step, changed);
      }),
    );
    this.#before = now;
    if (first) return '';
    return told.length ? `Changed: ${told.join(', ')}.` : 'Nothing changed.';
  }

  #item(step: Step, changed: ReadonlySet<string>): HTMLElement {
    const badge = changed.size ? [el('span', { class: 'badge' }, `${changed.size} changed`)] : [];
    const head = el('header', {}, el('h2', {}, step.title), el('span', { class: 'readout' }, step.says), ...badge);
    return el('li', { class: changed.size ? 'step changed' : 'step' }, head, step.show ? step.show(changed) : factList(step.figures, changed));
  }
}

/** The answer in a line. */
export function answerOf(decision: Decision): (Node | string)[] {
  return [swatch(decision.index), el('b', {}, decision.variant), ` with chance ${percent(decision.propensity)}, trace `, code(decision.trace)];
}
