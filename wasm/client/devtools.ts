// SPDX-License-Identifier: MIT
// The panel for people who build and test a page: what each experiment decided and why, and a choice that overrides it. A page
// asks for this file when somebody opens it. It lives in a shadow root, and changes nothing unless a control is used.
import { sheetText } from './devtools_style.js';
import type { Client } from './options.js';
import type { Experiment } from './types.js';

type Child = Node | string;

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

function facts(pairs: readonly (readonly [string, Child])[]): HTMLElement {
  return make('dl', {}, ...pairs.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
}

function button(text: string, onclick: () => void): HTMLButtonElement {
  return make('button', { type: 'button', textContent: text, onclick });
}

function shares(variants: readonly string[], probabilities: readonly number[], served: number): HTMLElement {
  const rows = variants.map((variant, i) => {
    const share = probabilities[i] ?? 0;
    const meter = make('meter', { value: share, max: 1, ariaLabel: `${variant}: ${percent(share)}` });
    return make('tr', i === served ? { className: 'served' } : {}, make('th', { scope: 'row' }, variant), make('td', {}, meter), make('td', {}, percent(share)));
  });
  return make('table', {}, make('caption', {}, 'Probabilities'), make('tbody', {}, ...rows));
}

// By index, since a variant may be called like anything.
function choice(client: Client, { key, variants }: Experiment): HTMLElement {
  const forced = Object.hasOwn(client.forced, key) ? client.forced[key]! : '';
  const named = variants.indexOf(String(forced));
  const select = make('select', {}, ...['', ...variants.keys()].map((i) => make('option', { value: String(i) }, i === '' ? 'as decided' : variants[i as number]!)));
  select.value = forced === '' ? '' : String(named >= 0 ? named : forced);
  select.dataset.experiment = key;
  select.onchange = () => client.force(key, select.value === '' ? null : Number(select.value));
  return make('label', {}, 'Show ', select);
}

// What stands in the page may be older than what would be decided now.
function onPage(key: string): string {
  const variants = [...document.querySelectorAll<HTMLElement>('[data-samplit-shown]')]
    .filter(({ dataset }) => dataset.samplit === key)
    .map(({ dataset }) => dataset.samplitShown);
  return variants.join(', ') || 'nowhere';
}

function experimentView(client: Client, experiment: Experiment): HTMLElement {
  const { variant, index, propensity, probabilities, reason, segment, level, matchedLevel, trace } = client.peek(experiment.key);
  return make('article', {},
    make('h3', {}, experiment.key),
    facts([
      ['Variant', make('strong', {}, variant)],
      ['In the page', onPage(experiment.key)],
      ['Reason', reason],
      ['Propensity', percent(propensity)],
      ['Segment', segment],
      ['Level', `${level}, matched ${matchedLevel}`],
      ['Mode', experiment.mode],
      ['Trace', make('code', {}, trace)],
    ]),
    shares(experiment.variants, probabilities, index),
    choice(client, experiment),
  );
}

const CONSENT = new Map<boolean | undefined, string>([[true, 'given'], [false, 'refused'], [undefined, 'not known yet']]);

function stateView(client: Client): HTMLElement {
  const { status, error, bundle, unit, queued } = client;
  return make('div', {},
    facts([
      ['Status', status],
      ['Bundle', make('code', {}, bundle || 'none')],
      ['Visitor', make('code', {}, unit)],
      ['Consent', CONSENT.get(client.consent())!],
      ['Events waiting', String(queued)],
      ...(error ? [['Error', error.message] as const] : []),
    ]),
    make('p', { className: 'acts' },
      button('Give consent', () => client.consent(true)),
      button('Refuse consent', () => client.consent(false)),
      button('Ask for a newer bundle', () => void client.refresh()),
      button('Send events', () => void client.flush()),
    ),
  );
}

let isOpen: HTMLElement | undefined;

/** Opens the panel, or goes to it where it is open. Escape closes it. */
export function openDevtools(client: Client): void {
  if (isOpen?.isConnected) return void isOpen.shadowRoot!.querySelector('button')!.focus();
  const host = make('samplit-devtools' as 'div');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(sheetText);
  root.adoptedStyleSheets = [sheet];
  const before = document.activeElement;
  const content = make('div');
  const title = make('h2', { id: 'title' }, 'Samplit');

  function draw(): void {
    const focused = root.activeElement;
    const key = focused instanceof HTMLSelectElement ? focused.dataset.experiment : undefined;
    const at = focused instanceof HTMLButtonElement ? [...root.querySelectorAll('button')].indexOf(focused) : -1;
    content.replaceChildren(stateView(client), ...client.experiments.map((experiment) => experimentView(client, experiment)));
    if (key !== undefined) [...root.querySelectorAll('select')].find((select) => select.dataset.experiment === key)?.focus();
    else if (at >= 0) root.querySelectorAll('button')[at]?.focus();
  }
  let waiting = 0;
  const soon = () => (waiting ||= setTimeout(() => ((waiting = 0), draw()), 50) as unknown as number); // events come in flocks
  const unsubscribe = client.subscribe(soon);
  const timer = setInterval(() => client.queued !== shownQueue && ((shownQueue = client.queued), draw()), 1000);
  let shownQueue = client.queued;
  function close(): void {
    unsubscribe();
    clearInterval(timer);
    clearTimeout(waiting);
    host.remove();
    if (before instanceof HTMLElement) before.focus();
  }
  const end = button('Close', close);
  const panel = make('section', { onkeydown: ({ key }) => key === 'Escape' && close() }, make('header', {}, title, end), content);
  panel.setAttribute('aria-labelledby', 'title');
  draw();
  root.append(panel);
  document.body.append(host);
  isOpen = host;
  end.focus();
}
