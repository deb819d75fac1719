// SPDX-License-Identifier: MIT
// Stands for Cloudflare's static assets: files of a folder by address, with their types.
const types = { html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8' };

function fileOf(pathname) {
  if (pathname.endsWith('/')) return `${pathname}index.html`;
  return /\.[a-z]+$/.test(pathname) ? pathname : `${pathname}.html`;
}

export default {
  async fetch(request, env) {
    const file = fileOf(new URL(request.url).pathname);
    const found = await env.SITE.fetch(`http://site${file}`, { method: request.method });
    if (!found.ok) return new Response('There is no such page.\n', { status: 404 });
    const { body, status, headers } = found;
    const given = new Headers({ 'content-type': types[file.split('.').pop()] ?? 'application/octet-stream' });
    for (const name of ['last-modified', 'content-length']) if (headers.has(name)) given.set(name, headers.get(name));
    return new Response(body, { status, headers: given });
  },
};
