// SPDX-License-Identifier: MIT
// The playground: a context to edit, the decision about it step by step, the same visitor in other countries, and
// the decision made again by a module that has never seen it.
import { browserContext, load, type Decision, type Samplit } from '../../wasm/client/index.js';
import { byId, el, setText, unseen } from './dom.js';
import { fetchFile, moduleCode } from './files.js';
import { Form, type Case } from './fields.js';
import { percent } from './format.js';
import { splitBar } from './parts.js';
import { nameOf } from './segment_names.js';
import { openShop, SHOP_BUNDLE, type Shop } from './shop.js';
import { answerOf, StepsView } from './steps_view.js';

const COUNTRIES = ['US', 'DE', 'BR']; // that the shop knows
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

/** The region switch: one bundle, the same visitor, another country in the context. */
function drawCountries({ samplit, visitors }: Shop, { unit, context }: Case): void {
  const { experiment, variants } = visitors;
  const row = (country: string) => {
    const decision = samplit.decide(experiment, unit, { ...context, country });
    const here = country === context['country'];
    const says = variants.map((name, v) => `${name} ${percent(decision.probabilities[v]!, 0)}`).join(', ');
    const button = el('button', { class: 'button', type: 'button', 'aria-pressed': String(here), 'data-country': country }, country);
    const bar = splitBar(decision.probabilities);
    return el(
      'tr',
      here ? { class: 'here' } : {},
      el('th', { scope: 'row' }, button),
      el('td', {}, decision.variant),
      el('td', {}, bar, unseen(says)),
      el('td', { class: 'where' }, nameOf(samplit.segments, decision.node)),
    );
  };
  const focused = (document.activeElement as HTMLElement | null)?.dataset['country'];
  byId('countries').replaceChildren(...COUNTRIES.map(row));
  if (focused) byId('countries').querySelector<HTMLElement>(`[data-country="${focused}"]`)?.focus();
}

/** Recomputes a decision from nothing but its bundle, unit and context. */
async function replay({ unit, context }: Case, decision: Decision): Promise<string> {
  const [{ module }, bundle] = await Promise.all([moduleCode(), fetchFile(SHOP_BUNDLE)]);
  const fresh: Samplit = await load(module, bundle);
  const again = fresh.decide(decision.experiment, unit, JSON.parse(JSON.stringify(context)));
  const equal = again.trace === decision.trace && again.index === decision.index;
  return equal
    ? `Replayed in a new module, from the bundle, unit and context alone: ${again.variant}, trace ${again.trace}. Equal.`
    : `Replayed: ${again.variant}, trace ${again.trace}. DIFFERENT from ${decision.trace}.`;
}

export async function startPlayground(): Promise<void> {
  const shop = await openShop();
  const { samplit, visitors } = shop;
  const steps = new StepsView(byId('steps'), samplit, visitors.variants);
  let next = 0; // simulated visitor
  let given: Case;
  let decision: Decision;
  const draw = () => {
    given = form.get();
    drawCountries(shop, given);
    decision = samplit.decide(visitors.experiment, given.unit, given.context); // the last one, so that it is explained
    setText(byId('play-changes'), steps.show(given, decision));
    byId('play-answer').replaceChildren(...answerOf(decision));
    setText(byId('play-replay'), '');
  };
  const form = new Form(byId('play-form'), draw);
  const set = (one: Case) => {
    form.set(one);
    draw();
  };
  byId('play-own').addEventListener('click', () => set(ownCase()));
  byId('play-simulated').addEventListener('click', () => set(visitors.at(next++ % visitors.count)));
  byId('play-again').addEventListener('click', () => void replay(given, decision).then((text) => setText(byId('play-replay'), text)));
  byId('countries').addEventListener('click', ({ target }) => {
    const country = (target as HTMLElement).dataset['country'];
    if (country) set({ ...given, context: { ...given.context, country } });
  });
  reopen = () => chosen && set(chosen);
  set(chosen ?? ownCase());
  for (const button of document.querySelectorAll<HTMLButtonElement>('#view-playground .bar button')) button.disabled = false;
}
