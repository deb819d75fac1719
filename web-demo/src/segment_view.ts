// SPDX-License-Identifier: MIT
// One segment: what its visitors are served and how they convert, by variant and over time.
import { band, edge, extent, line, makeChart, type Chart } from './charts.js';
import { byId, el, setText, swatch, unseen, variantClass, variantColour } from './dom.js';
import { rateOf, type Interval } from './estimate.js';
import { NONE, percent, range, visitorCount } from './format.js';
import type { SegmentTrack } from './history.js';
import type { Tally } from './run.js';
import { splitBar } from './parts.js';
import { nameOf, ownPart } from './segment_names.js';
import type { Session } from './session.js';
import { colour } from './theme.js';
import type { View } from './view.js';

export interface SegmentView extends View {
  choose(node: number): void;
}

interface Row {
  readonly policy: HTMLElement;
  readonly share: HTMLElement;
  readonly rate: HTMLElement;
  readonly interval: HTMLElement;
}

function makeRow(body: HTMLElement, name: string, v: number): Row {
  const [policy, share, rate] = [el('td'), el('td'), el('td')];
  const interval = el('span', { class: `interval ${variantClass(v)}` });
  body.append(el('tr', {}, el('td', { title: name }, swatch(v), name), policy, share, rate, el('td', {}, interval)));
  return { policy, share, rate, interval };
}

function mark(kind: string, left: number, width?: number): HTMLElement {
  const element = el('i', { class: kind });
  element.style.left = `${left}%`;
  if (width !== undefined) element.style.width = `${width}%`;
  return element;
}

/** Draws an interval with its mean, and the truth, on a scale from 0 to `top`. */
function drawInterval(at: HTMLElement, interval: Interval | null, truth: number | null, top: number): void {
  const place = (rate: number) => Math.min(100, (100 * rate) / top);
  const marks: HTMLElement[] = [];
  if (interval) {
    marks.push(mark('reach', place(interval.low), place(interval.high) - place(interval.low)));
    marks.push(mark('mean', place(interval.value)));
  }
  if (truth !== null) marks.push(mark('truth', place(truth)));
  at.replaceChildren(...marks);
  at.title = interval ? `${percent(interval.value)} (${range(interval)}); true rate ${percent(truth, 2)}` : 'no visitor yet';
}

function drawRows(rows: readonly Row[], { visits, variants }: Tally): void {
  const rates = variants.map(({ conversions, trials }) => rateOf(conversions, trials));
  const truths = variants.map((variant) => (visits ? variant.true / visits : null));
  const top = 1.25 * Math.max(0.02, ...truths.map((truth) => truth ?? 0), ...rates.map((rate) => Math.min(0.2, rate?.value ?? 0)));
  rows.forEach(({ share, rate, interval }, v) => {
    setText(share, percent(visits ? variants[v]!.served / visits : null));
    setText(rate, rates[v] ? percent(rates[v].value) : NONE);
    drawInterval(interval, rates[v]!, truths[v]!, top);
  });
}

/** Each variant's share on top of those of the variants after it: areas are painted one over another. */
function stack(shares: readonly (readonly (number | null)[])[]): (number | null)[][] {
  return shares.map((column, v) =>
    column.map((share, i) => (share === null ? null : shares.slice(v).reduce((sum, later) => sum + (later[i] ?? 0), 0))),
  );
}

function shareChart(variants: readonly string[], track: () => SegmentTrack): Chart {
  return makeChart({
    at: byId('share-chart'),
    readout: byId('share-readout'),
    series: variants.map((_, v) => ({ fill: () => colour(variantColour(v)), width: 0, points: { show: false } })),
    range: () => [0, 1],
    format: (value) => percent(value, 0),
    describe: (i) => {
      const { shares } = track();
      return variants.map((name, v) => `${name} ${percent(shares[v]![i] ?? null, 0)}`).join(' · ');
    },
  });
}

function rateChart(track: () => SegmentTrack): Chart {
  return makeChart({
    at: byId('rate-chart'),
    readout: byId('rate-readout'),
    series: [edge(), edge(), line('--muted', 1.75), line('--accent', 2)],
    bands: [band(1, 2, '--accent')],
    range: (data) => {
      const [low, high] = extent(data.slice(1), Math.floor(data[0]!.length * 0.15)) ?? [0, 0.1];
      return [Math.max(0, low - 0.005), high + 0.005];
    },
    format: (value) => percent(value, value > 0 && value < 0.1 ? 1 : 0),
    describe: (i) => {
      const { rate, uniform } = track();
      return `Samplit ${percent(rate.value[i] ?? null, 2)} · uniform ${percent(uniform.value[i] ?? null, 2)}`;
    },
  });
}

/** The segments below one, to go down by, and the one above it. */
function drawWays(session: Session, node: number, go: (node: number) => void): void {
  const { learned, visitors } = session.files;
  const { parent, children } = learned.segments[node]!;
  const way = (to: number, label: string) => {
    const own = learned.probabilities(visitors.experiment, to);
    const says = own ? visitors.variants.map((name, v) => `${name} ${percent(own[v]!, 0)}`).join(', ') : 'served by its parent';
    const button = el('button', { class: own ? 'card' : 'card quiet', type: 'button' }, el('span', { class: 'label' }, label), unseen(`: ${says}`));
    if (own) button.append(splitBar(own));
    button.addEventListener('click', () => go(to));
    return el('li', {}, button);
  };
  const up = parent < 0 ? [] : [way(parent, `↑ ${ownPart(learned.segments, parent).value}`)];
  const down = children.map((child) => ({ child, value: ownPart(learned.segments, child).value })).sort((a, b) => a.value.localeCompare(b.value, 'en'));
  byId('segment-ways').replaceChildren(...up, ...down.map(({ child, value }) => way(child, value)));
}

/** What the bundle says here: the segment's own probabilities, or those of the one above that serves for it. Returns which, in words. */
function drawPolicy(session: Session, rows: readonly Row[], node: number): string {
  const { learned, visitors } = session.files;
  let server = node;
  while (server > 0 && !learned.probabilities(visitors.experiment, server)) server = learned.segments[server]!.parent;
  const own = learned.probabilities(visitors.experiment, server);
  rows.forEach(({ policy }, v) => setText(policy, percent(own?.[v] ?? null)));
  return server === node ? 'serves on its own' : `served as ${nameOf(learned.segments, server)}`;
}

export function segmentView(session: Session, go: (node: number) => void): SegmentView {
  let node = 0;
  let server = ''; // in words
  const { visitors } = session.files;
  const track = () => session.history.segments[node]!;
  const rows = visitors.variants.map((name, v) => makeRow(byId('segment-rates'), name, v));
  const shares = shareChart(visitors.variants, track);
  const rates = rateChart(track);
  const draw = () => {
    const { decided } = session.history;
    const tally = session.run.tallies[node]!;
    const { shares: columns, rate, uniform } = track();
    setText(byId('segment-title'), node === 0 ? 'All visitors' : nameOf(session.files.learned.segments, node));
    setText(byId('segment-note'), `${visitorCount(tally.visits)}, ${server}`);
    drawRows(rows, tally);
    shares.setData([decided, ...stack(columns)]);
    rates.setData([decided, rate.high, rate.low, uniform.value, rate.value]);
  };
  const enter = (chosen: number) => {
    node = chosen;
    server = drawPolicy(session, rows, node);
    drawWays(session, node, go);
    draw();
  };
  enter(0);
  return {
    draw,
    choose(chosen) {
      enter(chosen);
    },
  };
}
