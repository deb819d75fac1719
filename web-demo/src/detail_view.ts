// SPDX-License-Identifier: MIT
// Why this visitor saw this variant. The decision is made again for it, which shows at once that the
// same inputs give the same trace.
import type { Decision, Explanation, Reason, Samplit } from '../../wasm/client/index.js';
import { byId, el, swatch } from './dom.js';
import type { Files } from './files.js';
import { bundleFile, type Region } from './regions.js';
import { featureNames } from './feature_names.js';
import { microseconds } from './format.js';
import { code, facts, odds, pathOf, section, short, shown } from './parts.js';
import type { Visit } from './run.js';
import { HOW_TIMED, timeDecisions } from './timing.js';

export const REASONS: Readonly<Record<Reason, string>> = {
  policy: 'The deepest segment of this visitor has its own policy, and served.',
  fallback: 'The deepest segment of this visitor has no policy of its own, so one above it served.',
  holdout: 'The visitor belongs to the holdout group.',
  forced: 'The variant was forced.',
  sticky: 'The visitor keeps an earlier variant.',
  paused: 'The experiment is paused.',
  not_eligible: 'The visitor is not eligible.',
  default: 'No usable bundle, experiment or unit: the control.',
  incumbent: 'The experiment serves what would be served without Samplit.',
};

function featuresOf(samplit: Samplit, { features }: Explanation): HTMLElement {
  const names = featureNames(samplit.manifest, features.length);
  return facts(names.map((name, i) => [name, short(features[i]!)] as const));
}

function vector(values: Float32Array): string {
  return Array.from(values, short).join('  ');
}

function attributesOf(explanation: Explanation): HTMLElement {
  const entries = Object.entries(explanation.attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return facts(entries.map(([name, value]) => [name, String(value)] as const));
}

/** What to type so that the native program makes the same decision. */
function commandOf({ visitor, decision }: Visit, region: Region): string {
  const context = JSON.stringify(visitor.context).replaceAll("'", "'\\''");
  return `samplit decide ${bundleFile('bundle', region)} --experiment ${decision.experiment} --unit ${visitor.unit} --context '${context}'`;
}

function commandSection(visit: Visit, region: Region): HTMLElement {
  const command = commandOf(visit, region);
  const copy = el('button', { class: 'button', type: 'button' }, 'Copy');
  copy.addEventListener('click', () => {
    void navigator.clipboard.writeText(command).then(
      () => copy.replaceChildren('Copied'),
      () => copy.replaceChildren('Not allowed to copy'),
    );
  });
  return section('The same at the command line', el('pre', {}, command), copy);
}

function traceSection(samplit: Samplit, visit: Visit, again: Decision): HTMLElement {
  const { decision, visitor } = visit;
  const same = again.trace === decision.trace;
  const time = timeDecisions(samplit, decision.experiment, [visitor]);
  return section(
    'Trace',
    facts([
      ['trace', code(decision.trace)],
      ['decided again', el('span', { class: same ? 'ok' : 'bad' }, same ? 'just now: the same trace' : `just now: ${again.trace}`)],
      ['bundle', code(decision.bundle)],
      ['time', `${microseconds(time)}, ${HOW_TIMED}`],
    ]),
  );
}

function head(visit: Visit, close: () => void): HTMLElement {
  const button = el('button', { class: 'button', type: 'button' }, 'Close');
  button.addEventListener('click', close);
  const title = el('h2', { id: 'detail-title' }, swatch(visit.decision.index), `${visit.decision.variant} for ${visit.visitor.unit}`);
  return el('div', { class: 'head' }, title, button);
}

function decisionSection(samplit: Samplit, { decision, converted }: Visit, outcome: string): HTMLElement {
  return section(
    'Segment',
    pathOf(samplit, decision),
    el('p', {}, REASONS[decision.reason]),
    facts([
      ['reason', decision.reason],
      ['level', `${decision.level} served, ${decision.matchedLevel} matched`],
      ['outcome', converted ? outcome : `no ${outcome}`],
    ]),
  );
}

/** Opens the sheet for a visit. */
export function openDetail({ learned: samplit, visitors: { variants, outcome }, region }: Files, visit: Visit): void {
  const dialog = byId<HTMLDialogElement>('detail');
  const { visitor, decision } = visit;
  const again = samplit.decide(decision.experiment, visitor.unit, visitor.context);
  const explanation = samplit.explain();
  dialog.replaceChildren(
    head(visit, () => dialog.close()),
    decisionSection(samplit, visit, outcome),
    section('Probabilities', odds(decision.probabilities, variants, decision.index), el('p', {}, `Propensity of what was served: ${decision.propensity.toFixed(4)}`)),
    traceSection(samplit, visit, again),
    section('Context in', facts(Object.entries(visitor.context).map(([name, value]) => [name, shown(value)] as const))),
    section('Attributes out', attributesOf(explanation)),
  );
  if (explanation.features.length) dialog.append(section('Features', featuresOf(samplit, explanation)));
  if (explanation.embedding.length) dialog.append(section('Embedding', el('pre', {}, vector(explanation.embedding))));
  dialog.append(commandSection(visit, region));
  dialog.showModal();
  dialog.scrollTop = 0;
}
