// SPDX-License-Identifier: MIT
// Pieces that several views show of a decision: facts, the path through the tree, the odds of the variants.
import type { Decision, Samplit } from '../../wasm/client/index.js';
import { el, variantClass } from './dom.js';
import { percent } from './format.js';
import { ownPart, pathTo } from './segment_names.js';

export function facts(entries: readonly (readonly [string, string | Node])[]): HTMLElement {
  const list = el('dl', { class: 'facts' });
  for (const [name, value] of entries) list.append(el('dt', {}, name), el('dd', {}, value));
  return list;
}

export function section(title: string, ...content: (Node | string)[]): HTMLElement {
  return el('section', {}, el('h3', {}, title), ...content);
}

export const code = (text: string) => el('span', { class: 'code' }, text);

export function pathOf(samplit: Samplit, decision: Decision): HTMLElement {
  const path = pathTo(samplit.segments, decision.node);
  const item = (node: number) => {
    const { attribute, value } = ownPart(samplit.segments, node);
    return el('li', node === decision.node ? { class: 'serving' } : {}, el('span', { class: 'attribute' }, attribute), value);
  };
  return el('ol', { class: 'path', 'aria-label': 'Segments from the root to the one that served' }, ...path.map(item));
}

/** The chance of every variant; `served` is marked, -1 is none. */
export function odds(probabilities: readonly number[], variants: readonly string[], served: number): HTMLElement {
  const row = (name: string, v: number) => {
    const fill = el('i');
    fill.style.width = `${probabilities[v]! * 100}%`;
    return el(
      'li',
      { class: `${variantClass(v)}${v === served ? ' served' : ''}` },
      el('span', {}, name),
      el('span', { class: 'bar', 'aria-hidden': 'true' }, fill),
      el('span', { class: 'figure' }, percent(probabilities[v]!)),
    );
  };
  return el('ul', { class: 'odds' }, ...variants.map(row));
}

/** The variants' shares as one bar; the words stand beside it or on what holds it. */
export function splitBar(probabilities: readonly number[]): HTMLElement {
  const bar = el('span', { class: 'split', 'aria-hidden': 'true' });
  probabilities.forEach((p, v) => {
    const piece = el('i', { class: variantClass(v) });
    piece.style.flexGrow = String(p);
    bar.append(piece);
  });
  return bar;
}

/** Three digits, as people read features and embeddings. */
export const short = (value: number) => String(Number(value.toFixed(3)));

export const shown = (value: unknown) => (value === '' ? '(empty)' : String(value));
