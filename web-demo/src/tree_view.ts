// SPDX-License-Identifier: MIT
// The segment tree: nested lists of buttons, and curves between them where the lists stand side by side.
import type { Samplit } from '../../wasm/client/index.js';
import { byId, el, setAttribute, setText, swatch, unseen } from './dom.js';
import { NONE, percent, visitorCount } from './format.js';
import { VISITS_MIN } from './history.js';
import { splitBar } from './parts.js';
import { nameOf, ownPart, pathTo } from './segment_names.js';
import type { Session } from './session.js';
import type { View } from './view.js';

export interface TreeView extends View {
  /** Lights the way to the segment that served. */
  light(node: number): void;
  clear(): void;
  /** Draws the tree of the session's bundle. */
  renew(): void;
  /** As if the segment's card were pressed. */
  choose(node: number): void;
}

const SVG = 'http://www.w3.org/2000/svg';

interface Card {
  readonly button: HTMLButtonElement;
  readonly rate: HTMLElement;
  readonly words: HTMLElement; // that are heard after what is seen
  readonly curve: SVGPathElement; // from the parent
  readonly policy: string; // in words
}

function makeCard(samplit: Samplit, experiment: string, variants: readonly string[], node: number): Card {
  const probabilities = samplit.probabilities(experiment, node);
  const rate = el('span', { class: 'rate' }, NONE);
  const words = unseen('');
  const label = el('span', { class: 'label' }, ownPart(samplit.segments, node).value);
  const button = el('button', { class: probabilities ? 'card' : 'card quiet', type: 'button', 'aria-pressed': 'false' }, label, rate, words);
  if (probabilities) button.append(splitBar(probabilities));
  const shares = variants.map((name, v) => `${name} ${percent(probabilities?.[v] ?? null, 0)}`).join(', ');
  const policy = probabilities ? `serves ${shares}` : 'served by its parent';
  button.title = policy;
  return { button, rate, words, policy, curve: document.createElementNS(SVG, 'path') };
}

function nest(samplit: Samplit, cards: readonly Card[], node: number): HTMLElement {
  const item = el('li', {}, cards[node]!.button);
  const { children } = samplit.segments[node]!;
  const byName = [...children].sort((a, b) => ownPart(samplit.segments, a).value.localeCompare(ownPart(samplit.segments, b).value, 'en'));
  if (children.length) item.append(el('ul', {}, ...byName.map((child) => nest(samplit, cards, child))));
  return item;
}

/** Draws the curves anew, from where the buttons stand. */
function drawCurves(tree: HTMLElement, samplit: Samplit, cards: readonly Card[]): void {
  const origin = tree.getBoundingClientRect();
  const [dx, dy] = [tree.scrollLeft - origin.left, tree.scrollTop - origin.top];
  samplit.segments.forEach(({ parent }, node) => {
    if (parent < 0) return;
    const from = cards[parent]!.button.getBoundingClientRect();
    const to = cards[node]!.button.getBoundingClientRect();
    const [x0, y0, x1, y1] = [from.right + dx, from.top + from.height / 2 + dy, to.left + dx, to.top + to.height / 2 + dy];
    const middle = (x0 + x1) / 2;
    cards[node]!.curve.setAttribute('d', `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`);
  });
}

/** Puts the cards into the page. Returns what takes them away. */
function mount(tree: HTMLElement, samplit: Samplit, cards: readonly Card[]): () => void {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(...cards.map(({ curve }) => curve));
  tree.replaceChildren(svg, el('ul', {}, nest(samplit, cards, 0)));
  tree.style.setProperty('--tree-levels', String(Math.max(...samplit.segments.map(({ level }) => level))));
  const place = () => {
    tree.style.setProperty('--tree-width', `${tree.clientWidth - 6}px`);
    drawCurves(tree, samplit, cards);
  };
  place(); // at once: what is seen first stays where it is
  const observer = new ResizeObserver(place);
  observer.observe(tree);
  return () => observer.disconnect();
}

export function treeView(session: Session, choose: (node: number) => void): TreeView {
  const tree = byId('tree');
  let cards: Card[] = [];
  let lit: number[] = [];
  let unmount: (() => void) | undefined;

  const press = (node: number) => {
    cards.forEach((card, at) => setAttribute(card.button, 'aria-pressed', String(at === node)));
    choose(node);
  };
  const renew = () => {
    const { learned, visitors } = session.files;
    lit = [];
    cards = learned.segments.map((_, node) => makeCard(learned, visitors.experiment, visitors.variants, node));
    if (unmount) tree.style.minHeight = '0'; // the room that was kept for the first one
    unmount?.();
    unmount = mount(tree, learned, cards);
    cards.forEach(({ button }, node) => button.addEventListener('click', () => press(node)));
    setAttribute(cards[0]!.button, 'aria-pressed', 'true');
  };

  renew();
  byId('variants').append(...session.files.visitors.variants.map((name, v) => el('li', {}, swatch(v), name)));
  const mark = (path: number[], on: boolean) => {
    for (const node of path) {
      cards[node]!.button.classList.toggle('lit', on);
      cards[node]!.curve.classList.toggle('lit', on);
    }
    cards[path.at(-1) ?? 0]!.button.classList.toggle('serving', on && path.length > 0);
  };
  return {
    choose: press,
    renew,
    light(node) {
      mark(lit, false);
      mark((lit = pathTo(session.files.learned.segments, node)), true);
      for (const at of lit) cards[at]!.curve.parentNode?.append(cards[at]!.curve); // above the unlit ones
    },
    clear() {
      mark(lit, false);
      lit = [];
    },
    draw() {
      const { tallies, learned } = session.run;
      cards.forEach(({ rate, words, policy }, node) => {
        const { visits, conversions } = tallies[node]!;
        const isKnown = visits >= VISITS_MIN;
        setText(rate, percent(isKnown ? conversions / visits : null));
        setText(words, ` ${isKnown ? 'converted of ' : ''}${visitorCount(visits)}; ${nameOf(learned.segments, node)}; ${policy}`);
      });
    },
  };
}
