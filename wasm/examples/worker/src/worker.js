// SPDX-License-Identifier: MIT
// A site personalised at the edge: Samplit decides for each request, src/pages.js puts the chosen variants into the page. The
// pages lie there with the control in place and all else in <template>, which browsers do not show: so whatever fails here,
// the page as it lies there is the answer, and it is the control.
import module from 'samplit/wasm';
import { createWorkerClient } from 'samplit/worker';
import { isPage, personalised } from './pages.js';

const KV_MS = 300; // a page waits no longer for its first bundle

function within(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`nothing after ${ms} ms`)), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Events of many visits go together: the first of them waits, after its response, and takes along what comes meanwhile, unless that
// is a batch already. What the collector does not take goes with the next ones, as long as the isolate lives.
const WAIT_MS = 200;
const BATCH = 64_000; // characters
const KEPT_MAX = 256_000;
let waiting = '';
let kept = ''; // not taken before
let isWaiting = false;

async function post(lines, env) {
  const { ok, status } = await fetch(env.COLLECT, { method: 'POST', body: lines, signal: AbortSignal.timeout(5000) });
  if (!ok) throw new Error(`the collector says ${status}`);
}

async function send(env) {
  const sent = kept + waiting;
  kept = waiting = '';
  if (!sent) return;
  try {
    await post(sent, env);
  } catch (error) {
    if (kept.length + sent.length < KEPT_MAX) kept = sent + kept;
    throw error;
  }
}

async function sendLater(env) {
  isWaiting = true;
  await new Promise((done) => setTimeout(done, WAIT_MS));
  isWaiting = false;
  await send(env);
}

function collect(lines, env) {
  waiting += lines;
  if (waiting.length >= BATCH) return send(env);
  return isWaiting ? undefined : sendLater(env);
}

const samplit = createWorkerClient({
  module,
  bundle: (env) => within(env.BUNDLES.get('shop', { type: 'arrayBuffer', cacheTtl: 60 }), KV_MS),
  collect,
  // consent: ({ headers }) => headers.get('cookie')?.includes('consent=yes') ?? undefined,
  onError: (error) => console.error(error.cause?.message ?? error.message),
});

// The outcome: all that this visitor was shown has led to it.
async function order(request, env, ctx) {
  const value = Number((await request.formData()).get('value'));
  const visit = await samplit.visit(request, env, ctx);
  if (Number.isFinite(value)) visit.track('purchase', { value });
  return visit.finish(new Response(null, { status: 303, headers: { location: '/thanks' } }));
}

export default {
  async fetch(request, env, ctx) {
    try {
      const url = new URL(request.url);
      if (request.method === 'POST' && url.pathname === '/order') return await order(request, env, ctx);
      if (request.method === 'GET' && isPage(url.pathname)) {
        const visit = await samplit.visit(request, env, ctx);
        return await personalised(url, visit, env, ctx);
      }
    } catch (error) {
      console.error(error.message);
    }
    return env.ASSETS.fetch(request);
  },
};
