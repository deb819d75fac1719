// SPDX-License-Identifier: MIT
// The region switch. A region has its own bundle, learned from the events that are stored there (docs/demo.md); choosing one puts
// it in the place of the other in all views at once. Each view first opens all that it will need, which may fail; then all swap
// in one go, so that nothing on the page is ever decided by two regions. Of several choices in a hurry the last one counts.
import { announce } from './announce.js';
import { byId, el, setText } from './dom.js';
import { count } from './format.js';

export interface Region {
  readonly code: string;
  readonly name: string;
  readonly countries: readonly string[];
  /** Of its files: bundle.safetensors, bundle-eu.safetensors. */
  readonly suffix: string;
  /** That its bundles were learned from: of the world, of the shop, and at each stage of learning. */
  readonly visits: { readonly world: number; readonly shop: number; readonly stages: readonly number[] };
}

declare const REGIONS: readonly Region[]; // set by build.mjs; the first is one store for all countries

export const regions = REGIONS;
export const isOneStore = ({ suffix }: Region): boolean => suffix === '';
export const homeOf = (country: unknown): Region | undefined => REGIONS.slice(1).find(({ countries }) => countries.includes(String(country)));
export const bundleFile = (name: string, { suffix }: Region): string => `${name}${suffix}.safetensors`;

/** What a view opened for a region, to be put on the page. */
type Swap = () => void;
type Prepare = (region: Region) => Promise<Swap>;

let current = REGIONS[0]!;
let wanted = current;
const followers: Prepare[] = [];

/** Shows the region in a view, now and whenever another is chosen. */
export async function followRegion(prepare: Prepare): Promise<void> {
  for (;;) {
    const region = current;
    const swap = await prepare(region);
    if (region !== current) continue; // chosen meanwhile
    swap();
    followers.push(prepare);
    return;
  }
}

/** Resolves when all views have swapped, or another region was wanted meanwhile; rejects where a view cannot have it. */
async function swapTo(region: Region): Promise<void> {
  wanted = region;
  const others = followers.length;
  let swaps: Swap[];
  try {
    swaps = await Promise.all(followers.map((prepare) => prepare(region)));
  } catch (error) {
    if (wanted !== region) return;
    wanted = current;
    throw error;
  }
  if (wanted !== region) return;
  if (followers.length !== others) return swapTo(region); // a view was started meanwhile
  current = region;
  announce('region', isOneStore(region) ? 'One store for all countries decides.' : `${region.name} decides, by what it learned in its own store.`);
  for (const swap of swaps) swap();
  check(region);
  tellProblem('');
  tell();
}

const places = (countries: readonly string[]) => new Intl.ListFormat('en', { type: 'conjunction' }).format(countries);

function residency(region: Region): string {
  if (isOneStore(region)) return 'The events of all countries lie in one store, as on a site without regions.';
  return `Its events carry “region”: “${region.code}” and do not leave it; only counts per segment and variant may.`;
}

interface Served {
  readonly id: string;
  readonly visits: number;
}

const served = new Map<string, Served>(); // by view
let seen = '';

function tell(): void {
  const { name, countries } = current;
  const at = served.get(seen);
  setText(byId('region-name'), `${name}: ${places(countries)}.`);
  byId('region-bundle').replaceChildren(...(at ? [' Bundle ', el('code', {}, at.id.slice(0, 12)), learnedFrom(at)] : [' Its bundle is on its way.']));
  setText(byId('region-residency'), residency(current));
}

function learnedFrom({ visits }: Served): string {
  if (visits === 0) return ' decides; it has learned nothing yet.';
  return ` decides, learned from ${count(visits)} visits ${isOneStore(current) ? 'of all countries' : `stored in ${current.code}, and no others`}.`;
}

/** Says which bundle decides in a view, and what it was learned from. */
export function tellServed(view: string, id: string, visits: number): void {
  served.set(view, { id, visits });
  if (view === seen) tell();
}

/** The view that is seen. */
export function tellView(view: string): void {
  seen = view;
  tell();
}

function choice(region: Region): HTMLElement {
  const input = el('input', { type: 'radio', name: 'region', value: region.code });
  input.checked = region === current;
  const short = isOneStore(region) ? 'All' : region.code.toUpperCase();
  return el('label', {}, input, el('span', {}, el('span', { class: 'wide' }, region.name), el('span', { class: 'narrow', 'aria-hidden': 'true' }, short)));
}

function tellProblem(text: string): void {
  byId('region-problem').hidden = text === '';
  setText(byId('region-problem'), text);
}

function check({ code }: Region): void {
  byId('region').querySelector<HTMLInputElement>(`[value="${code}"]`)!.checked = true;
}

/** Chooses a region. Never rejects: where it cannot be had, the page says so, and the former one goes on. */
export async function chooseRegion(code: string): Promise<void> {
  const region = REGIONS.find((one) => one.code === code);
  try {
    if (region) await swapTo(region);
  } catch (error) {
    check(current);
    tellProblem(error instanceof Error ? error.message : String(error));
  }
}

export function startRegions(): void {
  const group = byId<HTMLFieldSetElement>('region');
  group.append(...REGIONS.map(choice));
  group.addEventListener('change', ({ target }) => void chooseRegion((target as HTMLInputElement).value));
}
