// SPDX-License-Identifier: MIT
// node tests/bench/edge.mjs [ROUNDS] [REQUESTS]: what Samplit costs at the edge. The example worker and the same worker without
// Samplit run in workerd side by side and are asked for the same page over eight connections each, which stay open. They take turns
// of 400 requests, a twentieth of a second, and a round is many of them: workerd collects garbage once in some thousand requests
// and is three times as slow then, so a shorter round says little but whether it did. Requests a second are of the clock and hold
// this program's own work too; processor time is workerd's, all threads, with its stand-ins for cache and assets.
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

const rounds = Number(argv[2] ?? 11);
const turn = 400;
const requests = Math.ceil(Number(argv[3] ?? 20_000) / turn) * turn; // a round, of each
const connections = 8;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const path = '/?utm_source=google';
const headers = {
  'User-Agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1',
  'CF-IPCountry': 'US',
};
const head = `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n${Object.entries(headers).map((pair) => `${pair.join(': ')}\r\n`).join('')}`;
const folders = [];
let posts = 0;

const collector = createServer((request, response) => {
  request.resume().on('end', () => (posts++, response.end()));
});
await new Promise((done) => collector.listen(0, '127.0.0.1', done));

async function start(worker) {
  const folder = mkdtempSync(join(tmpdir(), 'samplit-edge-'));
  folders.push(folder);
  const bundle = here('../../models/hero-policy/hero-policy.safetensors');
  place(folder, { bundle, listen: '127.0.0.1:0', collect: `http://127.0.0.1:${collector.address().port}/`, ...(worker && { worker }) });
  const { process, origin } = await serve(folder);
  const port = Number(new URL(origin).port);
  return { process, port, asks: await Promise.all(Array.from({ length: connections }, () => open(port))) };
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

/** A connection that asks `count` times, one request after the other. `cookieOf` makes the i-th visitor's cookies. */
async function open(port) {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1').setNoDelay(true);
  await new Promise((done, fail) => socket.once('connect', done).once('error', fail));
  return (count, cookieOf) =>
    new Promise((done, fail) => {
      let text = '';
      let left = count;
      const next = () => {
        text = '';
        if (left--) return socket.write(`${head}${cookieOf(left)}\r\n`);
        socket.removeAllListeners();
        done();
      };
      socket.on('error', fail).on('close', () => fail(new Error('workerd closed the connection'))).on('data', (part) => {
        text += part;
        if (!isWhole(text)) return;
        if (!text.startsWith('HTTP/1.1 200')) return fail(new Error(text.slice(0, 200)));
        next();
      });
      next();
    });
}

async function timed(site, cookieOf) {
  const before = processor_us(site);
  const started = performance.now();
  await Promise.all(site.asks.map((ask, i) => ask(turn / connections, (left) => cookieOf(left * connections + i))));
  return { ms: performance.now() - started, us: processor_us(site) - before };
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

// One round: what a request took of the clock and of the processor, with and without.
async function round(sites, cookieOf) {
  const sums = { with: { ms: 0, us: 0 }, without: { ms: 0, us: 0 } };
  for (let asked = 0, i = 0; asked < requests; asked += turn, i++) {
    for (const name of i % 2 ? ['with', 'without'] : ['without', 'with']) {
      const { ms, us } = await timed(sites[name], cookieOf);
      sums[name].ms += ms;
      sums[name].us += us;
    }
  }
  const per = ({ ms, us }) => ({ perSecond: (requests * 1000) / ms, cpu_us: us / requests });
  return { with: per(sums.with), without: per(sums.without) };
}

async function compare(title, sites, cookieOf) {
  const made = [];
  for (let i = -1; i < rounds; i++) made.push(await round(sites, cookieOf));
  const seen = { with: made.slice(1).map((one) => one.with), without: made.slice(1).map((one) => one.without) };
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
  await compare('one request in three of a new visitor', sites, (i) => (i % 3 ? cookies[i % cookies.length] : ''));
  const before = posts;
  await compare('new visitors alone, each with cookies to set and an event to send', sites, () => '');
  console.log(`  the collector got ${posts - before} posts, with the first round's`);
} finally {
  for (const { process } of Object.values(sites)) process.kill();
  collector.closeAllConnections();
  collector.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
}
