// SPDX-License-Identifier: MIT
// Memory over millions of decisions: that of the module, and the JavaScript heap after a full collection. One `Samplit` decides over and
// over, then a client of createClient that logs an exposure for each of its visitors. Exits with 1 if the module's memory grows, or the
// heap by more than a megabyte after the first step.
//
//   node tests/bench/memory.mjs [decisions] [logged decisions]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bundleOf, dist, visits } from './conditions.mjs';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const { loadSync } = await import(join(dist, 'core.js'));
const { createClientSync } = await import(join(dist, 'node.js'));
const STEPS = 10;
const HEAP_MAY_GROW = 1 << 20;
const asked = visits();
const bundle = bundleOf(3);

// The clients keep their instance to themselves; its memory is watched from where instances are made.
const memories = [];
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...given) {
    super(...given);
    memories.push(this.exports.memory);
  }
};

function measure() {
  collectGarbage();
  return { module: memories.at(-1).buffer.byteLength, heap: process.memoryUsage().heapUsed };
}

async function watch(what, count, call, rest) {
  console.log(`${what}, ${asked.length} user agents\n   decisions   module, bytes   heap, bytes`);
  const fresh = measure();
  const steps = [];
  for (let done = 0; done < count; ) {
    for (const end = done + Math.ceil(count / STEPS); done < Math.min(end, count); done++) {
      call(done);
      if (rest && done % 50 === 49) await rest();
    }
    steps.push(measure());
    const { module, heap } = steps.at(-1);
    console.log(`  ${String(done).padStart(10)}  ${String(module).padStart(14)}  ${String(heap).padStart(12)}`);
  }
  const [first, last] = [steps[0], steps.at(-1)];
  const grown = { module: last.module - fresh.module, heap: last.heap - first.heap };
  console.log(`  grown: module ${grown.module} since the bundle was loaded, heap ${grown.heap} since the first step\n`);
  return grown.module === 0 && grown.heap <= HEAP_MAY_GROW;
}

const module = new WebAssembly.Module(readFileSync(join(dist, 'samplit.simd.wasm')));

function one(count) {
  const samplit = loadSync(module, bundle);
  return watch('decide', count, (i) => samplit.decide('hero', `visitor-${i}`, asked[i % asked.length]));
}

async function tracked(count) {
  let taken = 0;
  const collect = async (lines) => void (taken += lines.split('\n').length - 1);
  const client = createClientSync({ module, bundle, collect, storage: 'memory', context: {} });
  const call = (i) => client.decide('hero', { unit: `visitor-${i}`, context: asked[i % asked.length] });
  const isFlat = await watch('createClient, every decision an exposure', count, call, () => client.flush());
  if (taken !== count) throw new Error(`${taken} of ${count} exposures arrived`);
  return isFlat;
}

const flat = [await one(Number(argv[2] ?? 10_000_000)), await tracked(Number(argv[3] ?? 1_000_000))];
process.exitCode = flat.every(Boolean) ? 0 : 1;
