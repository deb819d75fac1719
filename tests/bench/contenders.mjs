// SPDX-License-Identifier: MIT
// Who decides in decide.mjs, in Node and in a page alike: what is told of a visit is told raw, and each makes of it what it needs.
// A contender is { call(i), after(), rest() }: decides for visit i; then what that leaves to be done, which is timed too; between
// calls, what it does when nobody waits, which is not.
import { GrowthBookClient } from '@growthbook/growthbook';
import { UAParser } from 'ua-parser-js';

const devices = ['mobile', 'desktop'];
const sources = ['google', 'instagram'];

// A leaf for every country, device and source.
function leaves(k, countries) {
  const weights = Array.from({ length: k }, () => 1 / k);
  return countries.flatMap((country, c) => devices.flatMap((device, d) => sources.map((source, s) => (
    { leafId: 4 * c + 2 * d + s, condition: { country, device, source }, weights }
  ))));
}

/** GrowthBook's contextual bandit with 16 leaves. `attributesOf` makes attributes of a visit; its source comes ready made. */
function growthbook(k, visits, attributesOf) {
  const countries = [...new Set(visits.map((visit) => visit.country))]; // four: 16 leaves
  const contextualVariations = Array.from({ length: k }, (_, i) => `variant-${i}`);
  const rule = { key: 'hero', hashVersion: 2, contextualBanditRef: 'hero', contextualVariations };
  const client = new GrowthBookClient().initSync({
    payload: {
      features: { hero: { defaultValue: 'control', rules: [rule] } },
      contextualBandits: { hero: { banditVersion: 1, contexts: leaves(k, countries) } },
    },
  });
  const call = (i) => {
    const at = i % visits.length;
    return client.evalFeature('hero', { attributes: attributesOf(visits[at], at) });
  };
  if (!(call(0).experiment.contextualBandit.leafId >= 0)) throw new Error('GrowthBook found no leaf: it is not measured fairly');
  return { call };
}

const attributes = (visit, i, type) => ({
  id: `visitor-${i}`, country: visit.country, device: type === 'mobile' ? 'mobile' : 'desktop', source: sources[i % 2],
});

function parsed(visit, i) {
  const { browser, os, device } = UAParser(visit.user_agent);
  return { ...attributes(visit, i, device.type), browser: browser.name, os: os.name };
}

const parsedDevice = (visit, i) => attributes(visit, i, new UAParser(visit.user_agent).getDevice().type);
const given = (visit, i) => attributes(visit, i, devices[i % 2]);

function core({ loadSync }, module, bundle, visits) {
  const samplit = loadSync(module, bundle);
  return { call: (i) => samplit.decide('hero', `visitor-${i}`, visits[i % visits.length]) };
}

// Every call is a new visitor: where there is a collector, every call logs an exposure. The call notes it; when the task is done it
// is made an event, stored in pages, and later sent.
function client({ createClientSync }, module, bundle, visits, logging = { storage: 'memory' }) {
  const client = createClientSync({ module, bundle, ...logging, context: {} });
  const call = (i) => client.decide('hero', { unit: `visitor-${i}`, context: visits[i % visits.length] });
  if (call(0).reason === 'default') throw new Error(`the client does not decide: ${client.error}`);
  return { call, rest: () => client.flush() };
}

// The same with all of that on the clock.
function andSent({ call, rest }) {
  return { call, after: rest };
}

const collect = async () => {};

/** All of them for experiments of k variants; `entries` are the modules core.js and node.js, or samplit.js in a page. */
export function contenders({ entries, modules, bundle, k, visits }) {
  return {
    'samplit': core(entries.core, modules.simd, bundle, visits),
    'samplit, scalar module': core(entries.core, modules.scalar, bundle, visits),
    'samplit, createClient': client(entries.client, modules.simd, bundle, visits),
    'samplit, createClient, each logged': client(entries.client, modules.simd, bundle, visits, { name: 'a', collect }),
    'samplit, createClient, each logged and sent': andSent(client(entries.client, modules.simd, bundle, visits, { name: 'b', collect })),
    'GrowthBook, ua-parser-js': growthbook(k, visits, parsed),
    'GrowthBook, ua-parser-js, device alone': growthbook(k, visits, parsedDevice),
    'GrowthBook, attributes ready made': growthbook(k, visits, given),
  };
}

const CHUNK = 50; // calls of one batch, and between two rests: a page's clock ticks every 5 µs, and a short batch is seldom interrupted

async function round({ call, after, rest }, first, calls, single) {
  const times = [];
  for (let i = first; i < first + calls; i += CHUNK) {
    const start = performance.now();
    for (let j = i; j < i + CHUNK; j++) {
      if (!single) {
        call(j);
        continue;
      }
      const before = performance.now();
      call(j);
      if (after) await after();
      times.push((performance.now() - before) * 1000);
    }
    if (!single && after) await after();
    if (!single) times.push(((performance.now() - start) * 1000) / CHUNK);
    await rest?.();
  }
  return times.sort((a, b) => a - b);
}

/**
 * Lets all decide in turn, round after round. Microseconds by contender and round: p50 is the median batch of 50 calls, divided; p99 is
 * of calls timed one by one, and has the clock's own time in it. What is left to be done after them is done once for a batch, and after
 * each call that is timed alone.
 */
export async function measure(all, { rounds, calls }) {
  const names = Object.keys(all);
  const [p50, p99] = [0, 1].map(() => Object.fromEntries(names.map((name) => [name, []])));
  let first = 1;
  for (let r = -2; r < rounds; r++) {
    for (const name of names) {
      const batches = await round(all[name], first, calls, false);
      const singles = await round(all[name], first + calls, calls, true);
      if (r < 0) continue;
      p50[name].push(batches[Math.floor(batches.length / 2)]);
      p99[name].push(singles[Math.floor(singles.length * 0.99)]);
    }
    first += 2 * calls;
  }
  return { p50, p99 };
}
