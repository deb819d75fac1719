// SPDX-License-Identifier: MIT
// The embedding map: simulated visitors of the shop where their embeddings lie, and who is most like the chosen one.
import { byId, el, setAttribute, setText, unseen, variantClass } from './dom.js';
import { nearest, project, type Projection, type Rows } from './embedding.js';
import { labelOf } from './fields.js';
import type { World } from './files.js';
import { count, percent } from './format.js';
import { facts, odds, shown } from './parts.js';
import { showInPlayground } from './playground_view.js';
import { followRegion, regions, tellServed, type Region } from './regions.js';
import { Scatter, shapeOf } from './scatter.js';
import { nameOf } from './segment_names.js';
import { openShop } from './shop.js';
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

function pointsOf({ samplit, visitors }: World): Point[] {
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

/** Groups by the number of their mark. Variants have their own everywhere; what is none begins with other colours. */
function marksOf(points: readonly Point[], by: Colouring, variants: readonly string[]): ReadonlyMap<string, number> {
  if (by === 'variant') return new Map(variants.map((name, v) => [name, v]));
  return new Map(groupsOf(points, by).map((name, i) => [name, i + variants.length]));
}

function drawLegend(marks: ReadonlyMap<string, number>): void {
  const item = ([name, mark]: readonly [string, number]) =>
    el('li', {}, el('span', { class: `swatch ${shapeOf(mark)} ${variantClass(mark)}`, 'aria-hidden': 'true' }), name);
  byId('map-legend').replaceChildren(...[...marks].map(item));
}

function describe(point: Point): (readonly [string, string])[] {
  const { visitor, cluster, segment, variant } = point;
  const told = TOLD.map((name) => [labelOf(name), shown(visitor.context[name] ?? 'missing').replaceAll('_', ' ')] as const);
  return [['Cluster', cluster], ['Segment', segment], ['Variant', variant], ...told];
}

function alikeRow(point: Point, cosine: number, choose: () => void): HTMLElement {
  const button = el(
    'button',
    { type: 'button' },
    el('span', { class: 'name' }, point.visitor.unit),
    el('span', { class: 'where' }, unseen(', '), point.segment),
    el('span', { class: 'figure' }, unseen(', cosine '), cosine.toFixed(3)),
  );
  button.addEventListener('click', choose);
  return el('li', {}, button);
}

/** A region's visitors, in the plane that everybody's embeddings span: who stays on the map, stays where they are. */
interface Sight {
  readonly points: readonly Point[];
  readonly rows: Rows;
  readonly places: readonly number[]; // of the points, in the projection
}

function sightOf(world: World, everybody: readonly Point[], { countries }: Region): Sight {
  const points = pointsOf(world);
  const places = everybody.flatMap(({ visitor }, i) => (countries.includes(String(visitor.context['country'])) ? [i] : []));
  return { points, rows: points.map(({ embedding }) => embedding), places };
}

class MapView {
  readonly slider = byId<HTMLInputElement>('map-visitor');
  readonly colours = byId<HTMLFieldSetElement>('map-colour');
  readonly #scatter: Scatter;
  #sight!: Sight;
  #group: number[] = [];

  constructor(
    projection: Projection,
    readonly variants: readonly string[],
  ) {
    this.#scatter = new Scatter(byId<HTMLCanvasElement>('map-canvas'), projection, (point) => this.choose(point));
    this.slider.addEventListener('input', () => this.choose(Number(this.slider.value)));
    this.colours.addEventListener('change', () => this.recolour());
    byId('map-play').addEventListener('click', () => showInPlayground(this.chosen.visitor));
    setText(byId('map-first'), percent(projection.kept[0], 0));
    setText(byId('map-second'), percent(projection.kept[1], 0));
    for (const control of [this.slider, this.colours, byId<HTMLButtonElement>('map-play')]) control.disabled = false;
  }

  get chosen(): Point {
    return this.#sight.points[Number(this.slider.value)]!;
  }

  /** Shows a region's visitors; the one that was chosen stays so, if the region knows them. */
  look(sight: Sight): void {
    const before = this.#sight?.places[Number(this.slider.value)] ?? 0;
    this.#sight = sight;
    this.slider.max = String(sight.points.length - 1);
    this.slider.value = String(Math.max(0, sight.places.indexOf(before)));
    this.recolour();
  }

  recolour(): void {
    const by = this.colours.querySelector<HTMLInputElement>(':checked')!.value as Colouring;
    const { points } = this.#sight;
    const marks = marksOf(points, by, this.variants);
    this.#group = points.map((point) => marks.get(point[by])!);
    drawLegend(marks);
    this.choose(Number(this.slider.value));
  }

  choose(chosen: number): void {
    const { points, rows, places } = this.#sight;
    const point = points[chosen]!;
    const alike = nearest(rows, chosen, ALIKE);
    this.slider.value = String(chosen);
    setAttribute(this.slider, 'aria-valuetext', `${point.visitor.unit}, ${point.segment}, ${point.variant}`);
    setText(byId('map-title'), point.visitor.unit);
    setText(byId('map-readout'), `${count(chosen + 1)} of ${count(points.length)}`);
    byId('map-facts').replaceChildren(facts(describe(point)), odds(point.probabilities, this.variants, point.index));
    const focused = byId('map-alike').contains(document.activeElement);
    byId('map-alike').replaceChildren(...alike.map(({ index, cosine }) => alikeRow(points[index]!, cosine, () => this.choose(index))));
    if (focused) byId('map-title').focus();
    this.#scatter.mark({ places, group: this.#group, selected: chosen, near: alike.map(({ index }) => index) });
  }
}

export async function startMap(): Promise<void> {
  const all = await openShop(regions[0]!);
  const everybody = pointsOf(all);
  const projection = project(everybody.map(({ embedding }) => embedding));
  let view: MapView | undefined;
  await followRegion(async (region) => {
    const world = await openShop(region);
    const sight = sightOf(world, everybody, region);
    return () => {
      view ??= new MapView(projection, all.visitors.variants);
      view.look(sight);
      tellServed('map', world.samplit.bundle, region.visits.shop);
    };
  });
}
