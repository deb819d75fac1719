// SPDX-License-Identifier: MIT
// The latest decisions, at a pace that people can read. The list stands still while somebody is in it,
// by pointer or keyboard, or looks at one of its decisions.
import { byId, el, swatch, unseen } from './dom.js';
import { percent } from './format.js';
import type { Visit } from './run.js';

export interface RecentView {
  /** Puts a visit on top, unless the list is in use. Tells whether it did. */
  add(visit: Visit): boolean;
  clear(): void;
}

const ROWS = 8;

function makeRow(visit: Visit, segment: string, open: (visit: Visit) => void): HTMLElement {
  const { decision, converted } = visit;
  const button = el(
    'button',
    { type: 'button' },
    swatch(decision.index),
    el('span', { class: 'name' }, decision.variant),
    el('span', { class: 'where' }, unseen(' for '), segment),
    el('span', { class: 'figure' }, unseen(', chance '), percent(decision.propensity, 0)),
    el('span', { class: 'tick' }, converted ? unseen(', converted ') : '', converted ? '✓' : '', unseen('; show why')),
  );
  button.addEventListener('click', () => open(visit));
  return button;
}

export function recentView(nameOfNode: (node: number) => string, open: (visit: Visit) => void): RecentView {
  const list = byId('recent');
  let visits: Visit[] = [];
  return {
    add(visit) {
      if (byId<HTMLDialogElement>('detail').open || list.matches(':hover, :has(:focus-visible)')) return false;
      visits = [visit, ...visits].slice(0, ROWS);
      // The places stay, and what stands in them is new: nothing moves.
      visits.forEach((one, i) => (list.children[i] ?? list.appendChild(el('li'))).replaceChildren(makeRow(one, nameOfNode(one.decision.node), open)));
      return true;
    },
    clear() {
      visits = [];
      list.replaceChildren();
    },
  };
}
