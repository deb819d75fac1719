// SPDX-License-Identifier: MIT
// The playground: a context to edit, the decision about it step by step, what other regions would decide about the same
// visitor, the event that is logged, and the decision made again by a module that has never seen it.
import { browserContext, load, type Decision, type Samplit } from '../../wasm/client/index.js';
import { announce } from './announce.js';
import { byId, el, setText, swatch, unseen } from './dom.js';
import { fetchFile, moduleCode, type World } from './files.js';
import { Form, type Case } from './fields.js';
import { percent } from './format.js';
import { splitBar } from './parts.js';
import { chooseRegion, followRegion, homeOf, regions, tellServed, type Region } from './regions.js';
import { nameOf } from './segment_names.js';
import { openShop, shopFile } from './shop.js';
import { answerOf, StepsView } from './steps_view.js';

const ME: Case['unit'] = 'me';

/** This browser, on its first page of the shop. */
function ownCase(): Case {
  const context = Object.fromEntries(Object.entries(browserContext()).filter(([, value]) => value !== undefined && value !== ''));
  return { unit: ME, context: { ...context, country: 'US', ProductRelated: 1, PageValues: 0, BounceRates: 0.02, ExitRates: 0.05 } };
}

let chosen: Case | undefined; // by another view, to be shown here
let reopen: (() => void) | undefined;

/** Takes a visitor to the playground. */
export function showInPlayground(visitor: Case): void {
  chosen = { unit: visitor.unit, context: visitor.context };
  reopen?.();
  location.hash = '#/playground';
}

/** What a region's own bundle makes of a visitor, whom it may never have seen. */
function regionRow(region: Region, { samplit, visitors }: World, { unit, context }: Case, here: boolean): HTMLElement {
  const { experiment, variants } = visitors;
  const { index, variant, probabilities, node } = samplit.decide(experiment, unit, context);
  const says = variants.map((name, v) => `${name} ${percent(probabilities[v]!, 0)}`).join(', ');
  const gets = unseen(` gets ${variant}, chance ${percent(probabilities[index]!, 0)}`);
  const button = el('button', { class: 'button', type: 'button', 'aria-pressed': String(here), 'data-region': region.code }, region.name, gets);
  return el(
    'tr',
    here ? { class: 'here' } : {},
    el('th', { scope: 'row' }, button),
    el('td', {}, swatch(index), variant),
    el('td', {}, el('span', { class: 'chance' }, splitBar(probabilities), el('span', { 'aria-hidden': 'true' }, percent(probabilities[index]!, 0))), unseen(says)),
    el('td', { class: 'where' }, nameOf(samplit.segments, node)),
  );
}

function home({ context }: Case): string {
  const region = homeOf(context['country']);
  const country = String(context['country'] ?? 'unknown');
  return region ? `By its country, ${country}, this visit belongs to the region ${region.code}.` : `No region owns the country ${country}.`;
}

/** The same visitor by the bundle of every region; those that are not open yet come later. */
class RegionsView {
  #worlds = new Map<Region, World>();

  constructor(readonly body: HTMLElement) {}

  add(region: Region, world: World): void {
    this.#worlds.set(region, world);
  }

  draw(current: Region, given: Case): void {
    const row = (region: Region) => {
      const world = this.#worlds.get(region);
      return world ? [regionRow(region, world, given, region === current)] : [];
    };
    const focused = (document.activeElement as HTMLElement | null)?.dataset['region'];
    this.body.replaceChildren(...regions.flatMap(row));
    if (focused) this.body.querySelector<HTMLElement>(`[data-region="${focused}"]`)?.focus();
    setText(byId('regions-home'), home(given));
  }
}

/** Recomputes a decision from nothing but its bundle, unit and context. */
async function replay(region: Region, { unit, context }: Case, decision: Decision): Promise<string> {
  const [{ module }, bundle] = await Promise.all([moduleCode(), fetchFile(shopFile(region))]);
  const fresh: Samplit = await load(module, bundle);
  const again = fresh.decide(decision.experiment, unit, JSON.parse(JSON.stringify(context)));
  const equal = again.trace === decision.trace && again.index === decision.index;
  return equal
    ? `Replayed in a new module, from the bundle, unit and context alone: ${again.variant}, trace ${again.trace}. Equal.`
    : `Replayed: ${again.variant}, trace ${again.trace}. DIFFERENT from ${decision.trace}.`;
}

/** What the playground looks at. */
interface Bench {
  region: Region;
  world: World;
  given: Case;
  decision: Decision;
}

function wire(bench: Bench, set: (one: Case) => void): void {
  let next = 0; // simulated visitor
  byId('play-own').addEventListener('click', () => set(ownCase()));
  byId('play-simulated').addEventListener('click', () => set(bench.world.visitors.at(next++ % bench.world.visitors.count)));
  byId('play-again').addEventListener('click', () => {
    const { region, given, decision } = bench;
    void replay(region, given, decision)
      .catch((error: unknown) => `Not replayed: ${error instanceof Error ? error.message : String(error)}`)
      .then((text) => {
        if (bench.decision !== decision) return; // there is a newer one
        setText(byId('play-replay'), text);
        announce('replay', text);
      });
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>('#view-playground .bar button')) button.disabled = false;
}

export async function startPlayground(): Promise<void> {
  const bench = {} as Bench;
  const steps = new StepsView(byId('steps'));
  const others = new RegionsView(byId('regions'));
  const draw = () => {
    const { region, world: { samplit, visitors } } = bench;
    bench.given = form.get();
    others.draw(region, bench.given);
    const { unit, context } = bench.given;
    bench.decision = samplit.decide(visitors.experiment, unit, context); // the last one, so that it is explained
    const changes = [steps.show(samplit, visitors.variants, bench.given, bench.decision, region), ...form.wrong].join(' ');
    setText(byId('play-changes'), changes);
    if (changes) announce('playground', `${bench.decision.variant}, chance ${percent(bench.decision.propensity)}. ${changes}`);
    byId('play-answer').replaceChildren(...answerOf(bench.decision));
    setText(byId('play-replay'), '');
  };
  const form = new Form(byId('play-form'), draw);
  const set = (one: Case) => {
    form.set(one);
    draw();
  };
  form.set(chosen ?? ownCase());
  await followRegion(async (region) => {
    const world = await openShop(region);
    return () => {
      Object.assign(bench, { region, world });
      others.add(region, world);
      tellServed('playground', world.samplit.bundle, region.visits.shop);
      draw();
    };
  });
  wire(bench, set);
  reopen = () => chosen && set(chosen);
  byId('regions').addEventListener('click', ({ target }) => {
    const code = (target as HTMLElement).dataset['region'];
    if (code) void chooseRegion(code);
  });
  for (const region of regions) {
    const world = await openShop(region).catch(() => undefined); // the switch says why, when it is chosen
    if (world) others.add(region, world);
    others.draw(bench.region, bench.given);
  }
}
