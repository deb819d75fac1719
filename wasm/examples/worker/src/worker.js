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

const samplit = createWorkerClient({
  module,
  bundle: (env) => within(env.BUNDLES.get('shop', { type: 'arrayBuffer', cacheTtl: 60 }), KV_MS),
  collect: (lines, env) => fetch(env.COLLECT, { method: 'POST', body: lines, signal: AbortSignal.timeout(5000) }),
  queue: { delay_ms: 200 }, // events of many visits go together; what the collector does not take goes with the next ones
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
