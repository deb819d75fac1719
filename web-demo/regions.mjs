// SPDX-License-Identifier: MIT
// The regions of the demo, for the shell that makes its bundles and for the page (docs/demo.md). A region owns the data of its
// countries: their events are stored there, and its bundle is learned from them and from no others. `levels` are what that
// bundle may split by, in the world of visitors and in the shop; where there is one country, there is none to tell apart.
//
// `node regions.mjs` prints a line per region, code and both levels. `node regions.mjs LOG.ndjson` stores every event of a log in
// its region, LOG-CODE.ndjson: an exposure by the country of its context, an outcome where its exposure is.
import { createReadStream, openSync, closeSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';

export const REGIONS = [
  { code: 'us', name: 'United States', countries: ['US'], levels: ['device,source', 'cluster,device'] },
  { code: 'eu', name: 'Europe', countries: ['DE', 'GB'], levels: ['country,device,source', 'cluster,device,country'] },
  { code: 'sa', name: 'South America', countries: ['BR'], levels: ['device,source', 'cluster,device'] },
  { code: 'ap', name: 'Asia-Pacific', countries: ['IN'], levels: ['device,source', 'cluster,device'] },
];

const codeOf = new Map(REGIONS.flatMap(({ code, countries }) => countries.map((country) => [country, code])));

/** Gives each event of a log to its region: `store(code, line)`. Throws where an event belongs to none. */
export async function route(lines, store) {
  const homes = new Map(); // of exposures, by id
  for await (const line of lines) {
    const event = JSON.parse(line);
    const home = event.type === 'exposure' ? codeOf.get(event.context?.country) : homes.get(event.exposure);
    if (!home) throw new Error(`event ${event.id} belongs to no region`);
    if (event.type !== 'exposure') store(home, line);
    else {
      homes.set(event.id, home);
      store(home, JSON.stringify({ ...event, region: home }));
    }
  }
}

async function routeFile(log) {
  const stores = new Map(REGIONS.map(({ code }) => [code, { file: openSync(log.replace(/(?=\.ndjson$)/, `-${code}`), 'w'), lines: [] }]));
  const flush = (at) => writeSync(at.file, at.lines.splice(0).join(''));
  await route(createInterface({ input: createReadStream(log) }), (code, line) => {
    const at = stores.get(code);
    if (at.lines.push(`${line}\n`) === 4096) flush(at);
  });
  for (const at of stores.values()) {
    flush(at);
    closeSync(at.file);
  }
}

if (import.meta.url === pathToFileURL(argv[1]).href) {
  if (argv[2]) await routeFile(argv[2]);
  else for (const { code, levels } of REGIONS) console.log(code, ...levels);
}
