// SPDX-License-Identifier: MIT
// The four files that stand beside the page. What is missing or wrong with them is said in words that help.
import { load, moduleName, type Samplit } from '../../wasm/client/index.js';
import { Visitors } from './visitors.js';

export interface Files {
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

async function fetchFile(name: string): Promise<ArrayBuffer> {
  const response = await fetch(new URL(name, document.baseURI)).catch((error: unknown) => {
    throw new Error(`${name} could not be fetched: ${because(error)}. ${HOW}`);
  });
  if (response.status === 404) throw new Error(`${name} is missing beside this page. ${HOW}`);
  if (!response.ok) throw new Error(`${name} could not be fetched: the server answered ${response.status}.`);
  return response.arrayBuffer();
}

async function openBundle(module: WebAssembly.Module, name: string, bytes: ArrayBuffer): Promise<Samplit> {
  return load(module, bytes).catch((error: unknown) => {
    throw new Error(`${name} is not a bundle that can be served: ${because(error)}.`);
  });
}

function readVisitors(name: string, bytes: ArrayBuffer): Visitors {
  try {
    return new Visitors(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw new Error(`${name} cannot be read: ${because(error)}.`);
  }
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

export async function loadFiles(): Promise<Files> {
  if (typeof WebAssembly === 'undefined') throw new Error('This browser has WebAssembly turned off, so nothing can be decided here.');
  const names = [moduleName(), 'bundle.safetensors', 'uniform.safetensors', 'visitors.json'] as const;
  const [code, learnedBytes, uniformBytes, visitorsBytes] = await Promise.all(names.map(fetchFile)) as [ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer];
  const module = await compile(names[0], code);
  const [learned, uniform] = await Promise.all([openBundle(module, names[1], learnedBytes), openBundle(module, names[2], uniformBytes)]);
  const visitors = readVisitors(names[3], visitorsBytes);
  checkVariants(names[1], learned, visitors);
  checkVariants(names[2], uniform, visitors);
  return { learned, uniform, visitors, moduleFile: names[0], moduleBytes: code.byteLength };
}
