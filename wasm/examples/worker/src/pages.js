// SPDX-License-Identifier: MIT
// Pages with the chosen variants in them, and their cache. A page says itself what is tried in it:
//
//   <h1 data-samplit="hero">the control</h1>
//   <template data-samplit-variant="hero:1"><h1>instead of it</h1></template>
//
// Every combination of variants is one entry of the cache, whose key is the page's address and those variants: no `Vary`, which
// Cloudflare's cache does not know, and no cookie in the key. What stands in a page, its plan, is remembered by the isolate, so
// that a request that finds its page in the cache reads no HTML. An exposure is logged when its page is there.

const MAX_AGE_S = 60;
const PLANS_MAX = 1000;
const plans = new Map(); // by address: { marks, until }

/** Pages have no file extension, or `.html`. */
export const isPage = (pathname) => /(^|\/)[^/.]*$|\.html$/.test(pathname);

// What is tried in a page: `hero` for a control, `hero:1` or `hero:urgency` for a variant.
async function planOf(html) {
  const marks = new Set();
  const reader = new HTMLRewriter()
    .on('[data-samplit]', { element: (element) => void marks.add(element.getAttribute('data-samplit')) })
    .on('template[data-samplit-variant]', { element: (element) => void marks.add(element.getAttribute('data-samplit-variant')) });
  await reader.transform(new Response(html)).arrayBuffer();
  return marks;
}

function remember(address, marks) {
  if (plans.size >= PLANS_MAX) plans.clear();
  plans.set(address, { marks, until: Date.now() + MAX_AGE_S * 1000 });
}

const namesOf = ({ experiment, variant, index }) => [`${experiment}:${index}`, `${experiment}:${variant}`];

// The decisions that the page can show; a variant that it does not hold is not shown, so the control stays.
function chosen(visit, marks) {
  const seen = visit.experiments.filter(({ key }) => marks.has(key)).map(({ key }) => visit.peek(key));
  return seen.filter((decision) => decision.index === 0 || namesOf(decision).some((name) => marks.has(name)));
}

function keyOf(address, decisions) {
  const variants = decisions.map(({ experiment, variant }) => `${experiment}:${variant}`).sort();
  return `${address}?samplit=${encodeURIComponent(variants)}`;
}

// Controls give way to the variants that were chosen; the templates of the others go.
function rewritten(html, headers, decisions) {
  const gone = new Set(decisions.filter(({ index }) => index > 0).map(({ experiment }) => experiment));
  const shown = new Set(decisions.filter(({ index }) => index > 0).flatMap(namesOf));
  const control = (element) => (gone.has(element.getAttribute('data-samplit')) ? element.remove() : element.removeAttribute('data-samplit'));
  const variant = (element) => (shown.has(element.getAttribute('data-samplit-variant')) ? element.removeAndKeepContent() : element.remove());
  return new HTMLRewriter()
    .on('[data-samplit]', { element: control })
    .on('template[data-samplit-variant]', { element: variant })
    .transform(new Response(html, { headers }));
}

// The cache only saves work: without one the page is made anew.
const cached = (key) => caches.default.match(key).catch((error) => console.error(error.message));

async function made(html, headers, key, decisions, ctx) {
  const page = await rewritten(html, headers, decisions).arrayBuffer();
  const response = new Response(page, { headers });
  const kept = response.clone();
  kept.headers.set('cache-control', `public, max-age=${MAX_AGE_S}`);
  ctx.waitUntil(caches.default.put(key, kept).catch((error) => console.error(error.message)));
  return response;
}

// For this visitor alone: nobody else's cache may hold it.
function answer(response, visit, decisions) {
  for (const decision of decisions) visit.expose(decision, visit.context);
  const own = visit.finish(response);
  own.headers.set('cache-control', 'private, no-cache');
  own.headers.delete('cf-cache-status');
  return own;
}

/** The page of an address with the visit's variants; what is no page, as it is. The query changes no page of this site. */
export async function personalised({ origin, pathname }, visit, env, ctx) {
  const address = origin + pathname;
  const plan = plans.get(address);
  if (plan && Date.now() < plan.until) {
    const decisions = chosen(visit, plan.marks);
    const hit = await cached(keyOf(address, decisions));
    if (hit) return answer(hit, visit, decisions);
  }
  const asset = await env.ASSETS.fetch(address);
  if (asset.status !== 200 || !asset.headers.get('content-type')?.startsWith('text/html')) return asset;
  const html = await asset.text();
  const marks = await planOf(html);
  remember(address, marks);
  const headers = new Headers(asset.headers);
  for (const name of ['etag', 'last-modified', 'content-length']) headers.delete(name);
  const decisions = chosen(visit, marks);
  return answer(await made(html, headers, keyOf(address, decisions), decisions, ctx), visit, decisions);
}
