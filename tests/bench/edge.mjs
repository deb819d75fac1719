// SPDX-License-Identifier: MIT
// node tests/bench/edge.mjs [ROUNDS] [REQUESTS]: what Samplit costs at the edge. The example worker and the same worker without
// Samplit run in workerd side by side; each round asks both for the same page, over eight connections that are kept. A round is
// two thirds of a second: in shorter ones, what the other process left in the processor's caches and the connecting count. Requests a
// second are of the clock and hold this program's own work too; processor time is workerd's, all threads, with its stand-ins for
// cache and assets.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { place } from '../../wasm/examples/worker/local/place.mjs';
import { serve } from '../wasm/workerd.mjs';
import { spread } from './rounds.mjs';

const rounds = Number(argv[2] ?? 15);
const requests = Number(argv[3] ?? 4000);
const connections = 8;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const path = '/?utm_source=google';
const headers = {
  'User-Agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1',
  'CF-IPCountry': 'US',
};
const head = `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n${Object.entries(headers).map((pair) => `${pair.join(': ')}\r\n`).join('')}`;
const folders = [];
let events = 0;

const collector = createServer((request, response) => {
  request.resume().on('end', () => (events++, response.end()));
});
await new Promise((done) => collector.listen(0, '127.0.0.1', done));

async function start(worker) {
  const folder = mkdtempSync(join(tmpdir(), 'samplit-edge-'));
  folders.push(folder);
  const bundle = here('../../models/hero-policy/hero-policy.safetensors');
  place(folder, { bundle, listen: '127.0.0.1:0', collect: `http://127.0.0.1:${collector.address().port}/`, ...(worker && { worker }) });
  const { process, origin } = await serve(folder);
  return { process, port: Number(new URL(origin).port) };
}

// To the nanosecond; /proc/PID/stat counts ticks of 10 ms. Threads of workerd do not end.
function processor_us({ process }) {
  const threads = readdirSync(`/proc/${process.pid}/task`);
  const spent_ns = (thread) => Number(readFileSync(`/proc/${process.pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
  return threads.reduce((sum, thread) => sum + spent_ns(thread), 0) / 1000;
}

// Whether a whole answer is there; workerd states its length or ends it with an empty chunk.
function isWhole(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /content-length: (\d+)/i.exec(text.slice(0, end))?.[1];
  return length ? text.length >= end + 4 + Number(length) : text.endsWith('\r\n0\r\n\r\n');
}

// Asks over one connection, one request after the other. `cookieOf` makes the i-th visitor's cookies.
function ask(port, count, cookieOf) {
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1').setNoDelay(true);
    let text = '';
    let left = count;
    const next = () => {
      text = '';
      if (!left--) return socket.end(), done();
      socket.write(`${head}${cookieOf(left)}\r\n`);
    };
    socket.on('error', fail).on('connect', next).on('data', (part) => {
      text += part;
      if (!isWhole(text)) return;
      if (!text.startsWith('HTTP/1.1 200')) return fail(new Error(text.slice(0, 200)));
      next();
    });
  });
}

async function timed(site, cookieOf) {
  const before = processor_us(site);
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, (_, i) => ask(site.port, requests / connections, (left) => cookieOf(left * connections + i))));
  return { perSecond: (requests * 1000) / (performance.now() - started), cpu_us: (processor_us(site) - before) / requests };
}

// Cookies of visitors who were here before: what the example sets.
async function cookiesOfVisitors(port, count) {
  const cookies = [];
  for (let i = 0; i < count; i++) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    cookies.push(`Cookie: ${response.headers.getSetCookie().map((text) => text.split(';')[0]).join('; ')}\r\n`);
  }
  return cookies;
}

const show = (values, digits) => {
  const { median, low, high } = spread(values);
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
};

async function compare(title, sites, cookieOf) {
  const seen = { with: [], without: [] };
  for (let round = -2; round < rounds; round++) {
    const order = round % 2 ? ['with', 'without'] : ['without', 'with'];
    for (const name of order) {
      const made = await timed(sites[name], cookieOf);
      if (round >= 0) seen[name].push(made);
    }
  }
  console.log(`${title}: ${rounds} rounds of ${requests} requests; median, 10 to 90 %`);
  for (const name of ['with', 'without']) {
    const rate = show(seen[name].map(({ perSecond }) => perSecond), 0);
    console.log(`  ${name.padEnd(8)} Samplit  ${rate} requests/s, processor ${show(seen[name].map(({ cpu_us }) => cpu_us), 0)} µs a request`);
  }
  const ratio = (key, from, to) => show(seen[from].map((made, i) => made[key] / seen[to][i][key]), 2);
  console.log(`  requests/s with / without      ${ratio('perSecond', 'with', 'without')}`);
  console.log(`  processor with / without       ${ratio('cpu_us', 'with', 'without')}`);
  console.log(`  processor with - without       ${show(seen.with.map(({ cpu_us }, i) => cpu_us - seen.without[i].cpu_us), 0)} µs a request`);
}

const sites = { with: await start(), without: await start(here('edge_plain.js')) };
try {
  const cookies = await cookiesOfVisitors(sites.with.port, 200);
  await compare('visitors who were here before', sites, (i) => cookies[i % cookies.length]);
  const before = events;
  await compare('new visitors, each with cookies to set and an event to send', sites, () => '');
  console.log(`  the collector got ${events - before} posts`);
} finally {
  for (const { process } of Object.values(sites)) process.kill();
  collector.closeAllConnections();
  collector.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
}
