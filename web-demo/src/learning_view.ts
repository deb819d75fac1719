// SPDX-License-Identifier: MIT
// Learning, step by step: the tree and the worth of what was learned from the first so many visitors of one log.
import { byId, el, setText, swatch } from './dom.js';
import { openWorld } from './files.js';
import { count, percent, signedPercent } from './format.js';
import { splitBar } from './parts.js';
import type { Seen } from './router.js';
import { explorations, movedBetween, readStage, stages, type Learned, type StageSegment } from './stages.js';
import type { Visitors } from './visitors.js';

const STEP_MS = 1600;
const USUAL = 'default';
const shortCount = (n: number) => (n >= 1000 ? `${n / 1000}k` : String(n));

type Table = ReadonlyMap<string, Learned>;
const keyOf = (stage: number, exploration: string) => `${stage} ${exploration}`;

async function readAll(visitors: Visitors): Promise<Table> {
  const pairs = stages.flatMap((stage) => explorations.map((exploration) => [stage, exploration] as const));
  const read = ([stage, exploration]: (typeof pairs)[number]) =>
    readStage(visitors, stage, exploration).then((learned) => [keyOf(stage, exploration), learned] as const);
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

const same = (a: StageSegment | undefined, b: StageSegment) => String(a?.probabilities) === String(b.probabilities);

function segmentRow(segment: StageSegment, before: Learned | undefined, variants: readonly string[]): HTMLElement {
  const changed = before && !same(before.segments.find(({ key }) => key === segment.key), segment);
  const item = el('li', { class: changed ? 'changed' : '' }, el('span', { class: 'label' }, segment.value));
  item.style.setProperty('--level', String(segment.level));
  const { probabilities } = segment;
  if (!probabilities) {
    item.append(el('span', { class: 'figure' }, 'as its parent'));
    return item;
  }
  const best = probabilities.indexOf(Math.max(...probabilities));
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

function makeDraw(table: Table, variants: readonly string[], stage: () => string, exploration: () => string): () => void {
  return () => {
    const [at, name] = [Number(stage()), exploration()];
    const now = table.get(keyOf(at, name))!;
    const before = table.get(keyOf(stages[stages.indexOf(at) - 1] ?? -1, name));
    drawTiles(now, table.get(keyOf(0, USUAL))!, before);
    byId('stage-tree').replaceChildren(...now.segments.map((segment) => segmentRow(segment, before, variants)));
    drawLifts(table, at, name);
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

export async function startLearning(): Promise<Seen> {
  const { visitors } = await openWorld('uniform.safetensors', 'visitors.json');
  const table = await readAll(visitors);
  let draw = () => {};
  const stage = choices('stage', 'stage', stages.map(String), stages.map(shortCount), '0', () => draw());
  const exploration = choices('exploration', 'exploration', explorations, explorations, USUAL, () => draw());
  draw = makeDraw(table, visitors.variants, stage, exploration);
  const seen = player(stage, (to) => {
    byId('stage').querySelector<HTMLInputElement>(`[value="${to}"]`)!.checked = true;
    draw();
    setText(byId('stage-status'), `Learned from ${count(to)} visitors: lift ${byId('stage-lift').textContent}.`);
  });
  byId('stage-variants').append(...visitors.variants.map((name, v) => el('li', {}, swatch(v), name)));
  const button = byId<HTMLButtonElement>('stage-play');
  button.addEventListener('click', () => seen.toggle());
  button.disabled = false;
  draw();
  return seen;
}
