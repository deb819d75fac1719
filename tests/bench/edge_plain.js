// SPDX-License-Identifier: MIT
// The worker of wasm/examples/worker without Samplit, for edge.mjs: the same pages from the same cache, for everybody alike.
import { isPage } from './pages.js';

async function page({ origin, pathname }, env, ctx) {
  const hit = await caches.default.match(origin + pathname);
  const found = hit ?? (await env.ASSETS.fetch(origin + pathname));
  if (!hit && found.status === 200) {
    const kept = new Response(found.clone().body, found);
    kept.headers.set('cache-control', 'public, max-age=60');
    ctx.waitUntil(caches.default.put(origin + pathname, kept));
  }
  const own = new Response(found.body, found);
  own.headers.set('cache-control', 'private, no-cache');
  own.headers.delete('cf-cache-status');
  return own;
}

export default {
  async fetch(request, env, ctx) {
    try {
      const url = new URL(request.url);
      if (request.method === 'GET' && isPage(url.pathname)) return await page(url, env, ctx);
    } catch (error) {
      console.error(error.message);
    }
    return env.ASSETS.fetch(request);
  },
};
