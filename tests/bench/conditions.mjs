// SPDX-License-Identifier: MIT
// What the benchmarks of decisions are asked: real user agents on visits to a shop, and bundles of three and of ten variants with an
// encoder of 20 features (20-64-48-32) and a tree by country, device and source, learned by build/release/samplit from a simulated log.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const dist = join(root, 'build/wasm/dist');
/** Where the benchmarks put what they make. */
export const made = join(root, 'build/bench');
mkdirSync(made, { recursive: true });

function userAgents() {
  const file = join(env.SAMPLIT_DATA ?? join(root, '../shared/data'), 'useragents/user-agents.json.gz');
  if (existsSync(file)) return JSON.parse(gunzipSync(readFileSync(file))).map((entry) => entry.userAgent);
  console.log(`NOTE: no ${file}; one user agent stands for all`);
  return ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'];
}

const countries = ['US', 'GB', 'DE', 'BR'];
const sources = ['google', 'instagram'];

/** What is known of each visit: user agent, address and referrer as they come. */
export const visits = () => userAgents().map((user_agent, i) => ({
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

// The shop's world with more variants: its rates in turn.
function world(variants) {
  const file = join(made, `world-${variants}.json`);
  const shop = JSON.parse(readFileSync(join(root, 'models/worlds/default.json'), 'utf8'));
  shop.variants = Array.from({ length: variants }, (_, i) => (i ? `variant-${i}` : 'control'));
  const walk = (segment) => {
    delete segment.rate; // it is that of the rates
    if (segment.rates) segment.rates = shop.variants.map((_, i) => segment.rates[i % segment.rates.length]);
    segment.segments?.forEach(walk);
  };
  shop.segments.forEach(walk);
  writeFileSync(file, JSON.stringify(shop));
  return file;
}

/** Bytes of a bundle with an experiment `hero` of that many variants. */
export function bundleOf(variants) {
  const [events, out] = [join(made, 'events.ndjson'), join(made, `hero-${variants}.safetensors`)];
  const run = (...args) => execFileSync(join(root, 'build/release/samplit'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  run('simulate', '--world', world(variants), '--visitors', '60000', '--seed', '1', '--out', events);
  const model = join(root, 'tests/vectors/bundle.safetensors');
  run('learn', events, '--levels', 'country,device,source', '--prune-alpha', '1', '--model', model, '--out', out);
  return new Uint8Array(readFileSync(out));
}
