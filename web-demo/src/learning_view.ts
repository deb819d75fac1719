// SPDX-License-Identifier: MIT
// Learning, step by step: the tree and the worth of what was learned from the first so many visitors of one log.
import { announce } from './announce.js';
import { byId, el, setText, swatch } from './dom.js';
import { openVisitors } from './files.js';
import { count, percent, signedPercent } from './format.js';
import { splitBar } from './parts.js';
import { followRegion, tellServed, type Region } from './regions.js';
import type { Seen } from './router.js';
import { allSegments, ASKED, explorations, movedBetween, readStage, stages, visitsAt, type Learned, type StageSegment } from './stages.js';
import type { Visitors } from './visitors.js';

const STEP_MS = 1600;
const USUAL = 'default';
const shortCount = (n: number) => (n >= 1000 ? `${n / 1000}k` : String(n));

type Table = ReadonlyMap<string, Learned>;
const keyOf = (stage: number, exploration: string) => `${stage} ${exploration}`;

async function readAll(visitors: Visitors, region: Region): Promise<Table> {
  const pairs = stages.flatMap((stage) => explorations.map((exploration) => [stage, exploration] as const));
  const read = ([stage, exploration]: (typeof pairs)[number]) =>
    readStage(visitors, stage, exploration, region).then((learned) => [keyOf(stage, exploration), learned] as const);
  return new Map(await Promise.all(pairs.map(read)));
}

function choices(id: string, name: string, values: readonly string[], labels: readonly string[], chosen: string, change: () => void): () => string {
  const group = byId<HTMLFieldSetElement>(id);
  values.forEach((value, i) => {
    const input = el('input', { type: 'radio', name, value });
    input.checked = value === chosen;
    group.append(el('label', {}, input, el('span', {}, labels[i]!)));
  });
  group.addEventListener('change', change);
  return () => group.querySelector<HTMLInputElement>(':checked')!.value;
}

// What people would call the same: served by its parent, or the same variant is the likeliest.
const bestOf = ({ probabilities }: StageSegment) => (probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1);
const same = (a: StageSegment | undefined, b: StageSegment) => a !== undefined && bestOf(a) === bestOf(b);

function segmentRow({ key, value, level }: StageSegment, now: Learned, before: Learned | undefined, variants: readonly string[]): HTMLElement {
  const find = (learned: Learned | undefined) => learned?.segments.find((other) => other.key === key);
  const segment = find(now);
  const changed = before && segment && !same(find(before), segment);
  const item = el('li', { class: changed ? 'changed' : segment ? '' : 'unknown' }, el('span', { class: 'label' }, value));
  item.style.setProperty('--level', String(level));
  if (!segment) {
    item.append(el('span', { class: 'figure' }, 'not told apart'));
    return item;
  }
  const { probabilities } = segment;
  if (!probabilities) {
    item.append(el('span', { class: 'figure' }, 'as its parent'));
    return item;
  }
  const best = bestOf(segment);
  item.append(splitBar(probabilities), el('span', { class: 'figure' }, `${variants[best]} ${percent(probabilities[best]!, 0)}`));
  return item;
}

function drawTiles(now: Learned, none: Learned, before: Learned | undefined): void {
  setText(byId('stage-rate'), percent(now.rate, 2));
  setText(byId('stage-lift'), signedPercent(now.rate / none.rate - 1));
  setText(byId('stage-serving'), `${now.segments.filter(({ probabilities }) => probabilities).length} of ${now.segments.length}`);
  setText(byId('stage-surest'), percent(now.surest, 0));
  setText(byId('stage-moved'), before ? `${percent(movedBetween(before, now))} get another variant than a step before` : 'all variants alike');
}

function drawLifts(table: Table, stage: number, exploration: string): void {
  const none = table.get(keyOf(0, USUAL))!.rate;
  const cell = (at: number, name: string) => {
    const here = at === stage && name === exploration;
    return el('td', here ? { class: 'here', 'aria-current': 'true' } : {}, signedPercent(table.get(keyOf(at, name))!.rate / none - 1));
  };
  const row = (at: number) => el('tr', {}, el('th', { scope: 'row' }, count(at)), ...explorations.map((name) => cell(at, name)));
  byId('stage-lifts').replaceChildren(...stages.slice(1).map(row));
}

/** What was learned in a region, and the visitors that its bundles are asked about. */
interface Book {
  readonly region: Region;
  readonly visitors: Visitors;
  readonly table: Table;
}

function makeDraw({ region, visitors: { variants, count: known }, table }: Book, stage: () => string, exploration: () => string): () => void {
  return () => {
    const [at, name] = [Number(stage()), exploration()];
    const now = table.get(keyOf(at, name))!;
    const before = table.get(keyOf(stages[stages.indexOf(at) - 1] ?? -1, name));
    drawTiles(now, table.get(keyOf(0, USUAL))!, before);
    const everything = allSegments(stages.map((one) => table.get(keyOf(one, name))!));
    byId('stage-tree').replaceChildren(...everything.map((segment) => segmentRow(segment, now, before, variants)));
    byId('stage-tree').style.minHeight = '0'; // the room that was kept for it
    drawLifts(table, at, name);
    setText(byId('stage-asked'), count(Math.min(ASKED, known)));
    tellServed('learning', now.bundle, visitsAt(region, at));
  };
}

/** Steps from stage to stage while it plays. */
function player(stage: () => string, go: (stage: number) => void): Seen & { toggle(): void } {
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    setText(byId('stage-play'), 'Step through');
  };
  const step = () => {
    const next = stages[stages.indexOf(Number(stage())) + 1];
    if (next !== undefined) go(next);
    if (next === undefined || next === stages.at(-1)) stop();
  };
  const play = () => {
    setText(byId('stage-play'), 'Stop');
    timer = setInterval(step, STEP_MS);
    go(Number(stage()) === stages.at(-1) ? 0 : stages[stages.indexOf(Number(stage())) + 1]!);
  };
  return { toggle: () => (timer ? stop() : play()), pause: stop };
}

async function openBook(region: Region): Promise<Book> {
  const visitors = await openVisitors('visitors.json', region);
  return { region, visitors, table: await readAll(visitors, region) };
}

export async function startLearning(): Promise<Seen> {
  let draw = () => {};
  const stage = choices('stage', 'stage', stages.map(String), stages.map(shortCount), String(stages.at(-1)), () => draw());
  const exploration = choices('exploration', 'exploration', explorations, explorations, USUAL, () => draw());
  let book!: Book;
  await followRegion(async (region) => {
    const next = await openBook(region);
    return () => {
      book = next;
      draw = makeDraw(book, stage, exploration);
      draw();
    };
  });
  const say = () => announce('learning', `Learned from ${count(Number(stage()))} visitors, ${exploration()}: lift ${byId('stage-lift').textContent}, ${byId('stage-serving').textContent} segments serve.`);
  for (const id of ['stage', 'exploration']) byId(id).addEventListener('change', say);
  const seen = player(stage, (to) => {
    byId('stage').querySelector<HTMLInputElement>(`[value="${to}"]`)!.checked = true;
    draw();
    say();
  });
  byId('stage-variants').append(...book.visitors.variants.map((name, v) => el('li', {}, swatch(v), name)));
  const button = byId<HTMLButtonElement>('stage-play');
  button.addEventListener('click', () => seen.toggle());
  button.disabled = false;
  return seen;
}
