// SPDX-License-Identifier: MIT
// One decision through the TypeScript client: raw user agent, address and referrer to a variant with
// its trace (20 features, encoder 20-64-48-32, tree, three variants). Beside it GrowthBook's
// contextual bandit with 16 leaves, which is handed its attributes ready made.
import { GrowthBookClient } from '@growthbook/growthbook';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { race, report } from './rounds.mjs';

env.NODE_ENV ??= 'production'; // else GrowthBook logs every evaluation

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'build/wasm/dist');
const { loadSync } = await import(join(dist, 'core.js'));

function userAgents() {
  const file = join(env.SAMPLIT_DATA ?? join(root, '../shared/data'), 'useragents/user-agents.json.gz');
  if (existsSync(file)) return JSON.parse(gunzipSync(readFileSync(file))).map((entry) => entry.userAgent);
  console.log(`NOTE: no ${file}; one user agent stands for all`);
  return ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'];
}

const countries = ['US', 'GB', 'DE', 'FR'];
const devices = ['mobile', 'desktop'];
const sources = ['google', 'instagram'];
const visits = userAgents().map((user_agent, i) => ({
  user_agent,
  url: `https://shop.example/p/${i}?utm_source=${sources[i % 2]}&utm_medium=cpc&utm_campaign=spring`,
  referrer: i % 3 ? 'https://www.google.com/' : 'https://l.instagram.com/',
  language: 'en-US',
  country: countries[i % 4],
  time_ms: 1.7e12 + i * 60_000,
  utc_offset_minutes: -300,
  pageviews: i % 9,
  is_returning: i % 2 === 0,
}));
const units = visits.map((_, i) => `visitor-${i}`);
const users = visits.map((visit, i) => ({
  attributes: { id: units[i], country: visit.country, device: devices[i % 2], source: sources[(i >> 1) % 2] },
}));

function bundle() {
  return new Uint8Array(readFileSync(join(root, 'tests/vectors/bundle.safetensors')));
}

function samplit(name) {
  const client = loadSync(new WebAssembly.Module(readFileSync(join(dist, name))), bundle());
  let next = 0;
  return (calls) => {
    for (let i = 0; i < calls; i++) {
      const at = next++ % visits.length;
      client.decide('hero', units[at], visits[at]);
    }
  };
}

function growthbook() {
  const contexts = countries.flatMap((country, c) => devices.flatMap((device, d) => sources.map((source, s) => ({
    leafId: 4 * c + 2 * d + s, condition: { country, device, source }, weights: [0.2, 0.5, 0.3],
  }))));
  const contextualVariations = ['control', 'bold', 'calm'];
  const rule = { key: 'hero', hashVersion: 2, contextualBanditRef: 'hero', contextualVariations };
  const client = new GrowthBookClient().initSync({
    payload: {
      features: { hero: { defaultValue: 'control', rules: [rule] } },
      contextualBandits: { hero: { banditVersion: 1, contexts } },
    },
  });
  const leaf = client.evalFeature('hero', users[5]).experiment.contextualBandit.leafId;
  if (leaf < 0) throw new Error('GrowthBook found no leaf: it is not measured fairly');
  let next = 0;
  return (calls) => {
    for (let i = 0; i < calls; i++) client.evalFeature('hero', users[next++ % users.length]);
  };
}

const times = await race({
  'samplit, simd module': samplit('samplit.simd.wasm'),
  'samplit, scalar module': samplit('samplit.wasm'),
  'GrowthBook 1.8.0, 16 leaves, no extraction': growthbook(),
});
report(`decision in Node ${process.version}, ${visits.length} visits`, times);
