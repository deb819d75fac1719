// SPDX-License-Identifier: MIT
// Which variant the SDKs of GrowthBook, Optimizely and Unleash give to made-up units, as their own packages say:
//   npm ci && node generate.mjs > vectors.ndjson
// One case per line: mode, seed (its seed, experiment id or group), shares, traffic, unit, and the variant, or -1 for a
// unit that takes no part.
import { GrowthBook } from '@growthbook/growthbook';
import { createInstance, createStaticProjectConfigManager } from '@optimizely/optimizely-sdk';
import murmurhash from 'murmurhash';
import { createRequire } from 'node:module';
const { normalizedStrategyValue, normalizedVariantValue } = createRequire(import.meta.url)('unleash-client/lib/strategy/util');
const { selectVariantDefinition } = createRequire(import.meta.url)('unleash-client/lib/variant');

const CASES = [
  { seed: 'hero', shares: [0.5, 0.5], traffic: 1 },
  { seed: 'hero', shares: [0.1, 0.2, 0.7], traffic: 1 },
  { seed: '8d6b0c2e-phase-2', shares: [0.34, 0.33, 0.33], traffic: 0.5 },
  { seed: '1886780721', shares: [0.25, 0.25, 0.25, 0.25], traffic: 0.07 },
  { seed: 'price', shares: [0.7, 0.1, 0.1, 0.1], traffic: 0.9 },
];
// The SDKs of Unleash and GrowthBook read other text than ASCII as UTF-16; Optimizely's murmurhash reads it as UTF-8.
const ascii = Array.from({ length: 32 }, (_, i) => ['', 'user-', '2f1c9a54-77e1-4c1b-9c3e-', 'a'.repeat(40)][i % 4] + i * 7919);
const units = { 'growthbook-v2': ascii, murmur3: [...ascii, 'Grüße', '日本', '🦊-7'], unleash: ascii };

function growthbook({ seed, shares, traffic }, unit) {
  const gb = new GrowthBook({ attributes: { id: unit } });
  const { inExperiment, variationId } = gb.run({
    key: 'any', seed, hashVersion: 2, variations: shares.map((_, i) => i), weights: shares, coverage: traffic,
  });
  return inExperiment ? variationId : -1;
}

// Its editor writes the ranges of a share of the traffic as a part of each variant's own range, the rest belongs to nobody.
function datafile({ seed, shares, traffic }) {
  const trafficAllocation = [];
  let start = 0;
  for (const [i, share] of shares.entries()) {
    trafficAllocation.push({ entityId: `v${i}`, endOfRange: Math.round((start + share * traffic) * 10000) });
    start += share;
    trafficAllocation.push({ entityId: '', endOfRange: Math.round(start * 10000) });
  }
  const variations = shares.map((_, i) => ({ id: `v${i}`, key: `${i}` }));
  return {
    version: '4', projectId: '1', accountId: '1', revision: '1', rollouts: [], typedAudiences: [], groups: [], anonymizeIP: true,
    attributes: [], audiences: [], events: [], featureFlags: [], botFiltering: false,
    experiments: [{ id: seed, key: 'e', layerId: '1', status: 'Running', audienceIds: [], forcedVariations: {}, variations, trafficAllocation }],
  };
}

const clients = new Map();
function optimizely(kind, unit) {
  if (!clients.has(kind)) {
    const projectConfigManager = createStaticProjectConfigManager({ datafile: JSON.stringify(datafile(kind)) });
    clients.set(kind, createInstance({ projectConfigManager }));
  }
  return Number(clients.get(kind).getVariation('e', unit) ?? -1);
}

function unleash({ seed, shares, traffic }, unit) {
  if (normalizedStrategyValue(unit, seed) > Math.round(traffic * 100)) return -1;
  const variants = shares.map((share, i) => ({ name: `${i}`, weight: Math.round(share * 1000), stickiness: 'userId' }));
  return Number(selectVariantDefinition(seed, 'userId', variants, { userId: unit }).name);
}

// Units whose bucket is the last of a variant's range or the first of the next: where rounding would show.
const buckets = {
  'growthbook-v2': ({ seed }, unit) => {
    const run = new GrowthBook({ attributes: { id: unit } }).run({ key: 'any', seed, hashVersion: 2, variations: [0, 1] });
    return Math.round(run.bucket * 10000);
  },
  murmur3: ({ seed }, unit) => Math.floor((murmurhash.v3(unit + seed, 1) / 2 ** 32) * 10000),
  unleash: ({ seed }, unit) => (normalizedVariantValue(unit, seed, 1000) - 1) * 10,
};

function edgeUnits(mode, kind) {
  const step = mode === 'unleash' ? 10 : 1;
  const wanted = new Set();
  kind.shares.reduce((start, share) => {
    for (const end of [start + share * kind.traffic, start + share]) {
      const bucket = Math.round(end * 10000);
      for (const edge of [bucket - step, bucket]) if (edge > 0 && edge < 10000) wanted.add(edge);
    }
    return start + share;
  }, 0);
  const found = [];
  for (let i = 0; wanted.size && i < 60000; i++) {
    if (wanted.delete(buckets[mode](kind, `e${i}`))) found.push(`e${i}`);
  }
  return found;
}

const sdks = { 'growthbook-v2': growthbook, murmur3: optimizely, unleash };
for (const [mode, decide] of Object.entries(sdks)) {
  for (const kind of CASES) {
    for (const unit of [...units[mode], ...edgeUnits(mode, kind)]) {
      console.log(JSON.stringify({ mode, ...kind, unit, variant: decide(kind, unit) }));
    }
  }
}
process.exit(0);
