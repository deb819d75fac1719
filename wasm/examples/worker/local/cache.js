// SPDX-License-Identifier: MIT
// Stands for Cloudflare's cache: what `caches.default` of workerd asks over HTTP. A PUT's body is an answer as it goes over the
// wire; a GET finds it by address, and says by `cf-cache-status` whether it did.
const kept = new Map(); // by address: { status, headers, body, until }
const KEPT_MAX = 10_000;

function parse(bytes) {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 65_536));
  const end = text.indexOf('\r\n\r\n');
  const [first, ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
  return { status: Number(first.split(' ')[1]), headers: new Headers(headers), body: bytes.slice(end + 4) };
}

async function put(request) {
  const answer = parse(new Uint8Array(await request.arrayBuffer()));
  const age_s = Number(/max-age=(\d+)/.exec(answer.headers.get('cache-control'))?.[1] ?? 0);
  if (answer.headers.has('vary') || answer.headers.has('set-cookie')) return new Response(null, { status: 413 });
  if (kept.size >= KEPT_MAX) kept.clear();
  kept.set(request.url, { ...answer, until: Date.now() + age_s * 1000 });
  return new Response(null, { status: 204 });
}

function match(url) {
  const found = kept.get(url);
  if (!found || Date.now() >= found.until) return new Response(null, { status: 504, headers: { 'cf-cache-status': 'MISS' } });
  const headers = new Headers(found.headers);
  headers.set('cf-cache-status', 'HIT');
  return new Response(found.body, { status: found.status, headers });
}

export default {
  fetch(request) {
    if (request.method === 'PUT') return put(request);
    if (request.method === 'PURGE') return new Response(null, { status: kept.delete(request.url) ? 200 : 404 });
    return match(request.url);
  },
};
