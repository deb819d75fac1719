// SPDX-License-Identifier: MIT
// The files that stand beside the page, each fetched when a view first needs it. What is missing or wrong with them is said in words that help.
import { load, moduleName, type Samplit } from '../../wasm/client/index.js';
import { bundleFile, isOneStore, type Region } from './regions.js';
import { Visitors } from './visitors.js';

/** What a region decides about, and with what. */
export interface Files {
  readonly region: Region;
  readonly learned: Samplit;
  readonly uniform: Samplit;
  readonly visitors: Visitors;
  readonly moduleFile: string;
  readonly moduleBytes: number;
}

const HOW = 'scripts/run makes all that this page needs, and serves it.';

function because(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export async function fetchFile(name: string): Promise<ArrayBuffer> {
  const response = await fetch(new URL(name, document.baseURI)).catch((error: unknown) => {
    throw new Error(`${name} could not be fetched: ${because(error)}. ${HOW}`);
  });
  if (response.status === 404) throw new Error(`${name} is missing beside this page. ${HOW}`);
  if (!response.ok) throw new Error(`${name} could not be fetched: the server answered ${response.status}.`);
  return response.arrayBuffer();
}

export async function openBundle(module: WebAssembly.Module, name: string, bytes: ArrayBuffer): Promise<Samplit> {
  return load(module, bytes).catch((error: unknown) => {
    throw new Error(`${name} is not a bundle that can be served: ${because(error)}.`);
  });
}

function parse(name: string, bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Error(`${name} cannot be read: ${because(error)}.`);
  }
}

const documents = new Map<string, Promise<unknown>>(); // of visitors, by file

function readDocument(name: string): Promise<unknown> {
  const known = documents.get(name);
  if (known) return known;
  const read = fetchFile(name).then((bytes) => parse(name, bytes));
  read.catch(() => documents.delete(name)); // to be asked for again
  documents.set(name, read);
  return read;
}

/** The visitors of a region: it knows no others. */
export async function openVisitors(name: string, region: Region): Promise<Visitors> {
  const document = await readDocument(name);
  try {
    return new Visitors(document, isOneStore(region) ? undefined : region.countries);
  } catch (error) {
    throw new Error(`${name} cannot be read: ${because(error)}.`);
  }
}

export interface Code {
  readonly file: string;
  readonly bytes: number;
  readonly module: WebAssembly.Module;
}

let code: Promise<Code> | undefined;

/** The module, compiled once. */
export function moduleCode(): Promise<Code> {
  if (typeof WebAssembly === 'undefined') throw new Error('This browser has WebAssembly turned off, so nothing can be decided here.');
  const file = moduleName();
  return (code ??= fetchFile(file).then(async (bytes) => ({ file, bytes: bytes.byteLength, module: await compile(file, bytes) })));
}

async function compile(name: string, bytes: ArrayBuffer): Promise<WebAssembly.Module> {
  return WebAssembly.compile(bytes).catch((error: unknown) => {
    throw new Error(`${name} is not a module that this browser runs: ${because(error)}.`);
  });
}

// A bundle and visitors of two different experiments would give the control, silently.
function checkVariants(name: string, samplit: Samplit, visitors: Visitors): void {
  const experiment = samplit.experiments.find(({ key }) => key === visitors.experiment);
  if (!experiment) throw new Error(`${name} does not hold the visitors' experiment, ${visitors.experiment}.`);
  if (experiment.variants.join() === visitors.variants.join()) return;
  throw new Error(`${name} has the variants ${experiment.variants.join(', ')}; the visitors' file has ${visitors.variants.join(', ')}.`);
}

/** A bundle by its name. */
export async function openFile(name: string): Promise<Samplit> {
  const [{ module }, bytes] = await Promise.all([moduleCode(), fetchFile(name)]);
  return openBundle(module, name, bytes);
}

export interface World {
  readonly samplit: Samplit;
  readonly visitors: Visitors;
}

/** A bundle and the visitors that it is to decide about. */
export async function openWorld(bundle: string, visitorsName: string, region: Region): Promise<World> {
  const [samplit, visitors] = await Promise.all([openFile(bundle), openVisitors(visitorsName, region)]);
  checkVariants(bundle, samplit, visitors);
  return { samplit, visitors };
}

export async function loadFiles(region: Region): Promise<Files> {
  const [{ file, bytes }, { samplit, visitors }, uniform] = await Promise.all([
    moduleCode(),
    openWorld(bundleFile('bundle', region), 'visitors.json', region),
    openFile('uniform.safetensors'),
  ]);
  checkVariants('uniform.safetensors', uniform, visitors);
  return { region, learned: samplit, uniform, visitors, moduleFile: file, moduleBytes: bytes };
}
