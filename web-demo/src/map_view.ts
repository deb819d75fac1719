// SPDX-License-Identifier: MIT
// The embedding map: simulated visitors of the shop where their embeddings lie, and who is most like the chosen one.
import { byId, el, setAttribute, setText, variantClass } from './dom.js';
import { nearest, project } from './embedding.js';
import { count, percent } from './format.js';
import { facts, odds, shown } from './parts.js';
import { showInPlayground } from './playground_view.js';
import { Scatter } from './scatter.js';
import { nameOf } from './segment_names.js';
import { openShop, type Shop } from './shop.js';
import type { Visitor } from './visitors.js';

const ALIKE = 8;
const TOLD = ['PageValues', 'ProductRelated', 'ProductRelated_Duration', 'ExitRates', 'VisitorType', 'Month', 'country'];

interface Point {
  readonly visitor: Visitor;
  readonly embedding: Float32Array;
  readonly cluster: string;
  readonly segment: string;
  readonly variant: string;
  readonly index: number;
  readonly probabilities: readonly number[];
}

function pointsOf({ samplit, visitors }: Shop): Point[] {
  return Array.from({ length: visitors.count }, (_, i) => {
    const visitor = visitors.at(i);
    const { node, variant, index, probabilities } = samplit.decide(visitors.experiment, visitor.unit, visitor.context);
    const { attributes, embedding } = samplit.explain();
    return { visitor, embedding, cluster: shown(attributes['cluster'] ?? 'none'), segment: nameOf(samplit.segments, node), variant, index, probabilities };
  });
}

type Colouring = 'cluster' | 'segment' | 'variant';

/** Names of the groups, most frequent first. */
function groupsOf(points: readonly Point[], by: Colouring): string[] {
  const sizes = new Map<string, number>();
  for (const point of points) sizes.set(point[by], (sizes.get(point[by]) ?? 0) + 1);
  return [...sizes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
}

const SHAPES = ['circle', 'square', 'triangle'];

function drawLegend(groups: readonly string[]): void {
  const item = (name: string, i: number) =>
    el('li', {}, el('span', { class: `swatch ${SHAPES[Math.floor(i / 6)] ?? ''} ${variantClass(i)}`, 'aria-hidden': 'true' }), name);
  byId('map-legend').replaceChildren(...groups.map(item));
}

function describe(point: Point): (readonly [string, string])[] {
  const { visitor, cluster, segment, variant } = point;
  const told = TOLD.map((name) => [name.replaceAll('_', ' '), shown(visitor.context[name] ?? 'missing')] as const);
  return [['cluster', cluster], ['segment', segment], ['variant', variant], ...told];
}

function alikeRow(point: Point, cosine: number, choose: () => void): HTMLElement {
  const button = el(
    'button',
    { type: 'button' },
    el('span', { class: 'name' }, point.visitor.unit),
    el('span', { class: 'where' }, point.segment),
    el('span', { class: 'figure' }, cosine.toFixed(3)),
  );
  button.addEventListener('click', choose);
  return el('li', {}, button);
}

export async function startMap(): Promise<void> {
  const shop = await openShop();
  const points = pointsOf(shop);
  const rows = points.map(({ embedding }) => embedding);
  const projection = project(rows);
  const slider = byId<HTMLInputElement>('map-visitor');
  const colours = byId<HTMLFieldSetElement>('map-colour');
  let group: number[] = [];
  const choose = (chosen: number) => {
    const point = points[chosen]!;
    const alike = nearest(rows, chosen, ALIKE);
    slider.value = String(chosen);
    setAttribute(slider, 'aria-valuetext', `${point.visitor.unit}, ${point.segment}, ${point.variant}`);
    setText(byId('map-title'), point.visitor.unit);
    setText(byId('map-readout'), `${count(chosen + 1)} of ${count(points.length)}`);
    byId('map-facts').replaceChildren(facts(describe(point)), odds(point.probabilities, shop.visitors.variants, point.index));
    const focused = byId('map-alike').contains(document.activeElement);
    byId('map-alike').replaceChildren(...alike.map(({ index, cosine }) => alikeRow(points[index]!, cosine, () => choose(index))));
    if (focused) byId('map-title').focus();
    scatter.mark({ group, selected: chosen, near: alike.map(({ index }) => index) });
  };
  const recolour = () => {
    const by = colours.querySelector<HTMLInputElement>(':checked')!.value as Colouring;
    const groups = groupsOf(points, by);
    group = points.map((point) => groups.indexOf(point[by]));
    drawLegend(groups);
    choose(Number(slider.value));
  };
  const scatter = new Scatter(byId<HTMLCanvasElement>('map-canvas'), projection, choose);
  slider.max = String(points.length - 1);
  slider.addEventListener('input', () => choose(Number(slider.value)));
  colours.addEventListener('change', recolour);
  byId('map-play').addEventListener('click', () => showInPlayground(points[Number(slider.value)]!.visitor));
  setText(byId('map-kept'), percent(projection.kept, 0));
  for (const control of [slider, colours, byId<HTMLButtonElement>('map-play')]) control.disabled = false;
  recolour();
}
