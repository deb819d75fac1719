// SPDX-License-Identifier: MIT
// node server.mjs: a page that the server renders with the visitor's variant, and that goes on with the same decision in the
// browser. The server only peeks; the browser, where the variant is shown, logs the exposure. Prints the events it gets.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import module from 'samplit/wasm';
import { samplit } from './middleware.mjs';

const heads = {
  control: 'Tea for every day',
  'social-proof': '12,000 cups were brewed with our teas today',
  urgency: 'The spring harvest: 200 tins, this week only',
};

// Nothing in it ends the script element.
const embedded = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

function pageOf(hero) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Kettle &amp; Cup</title>
<h1>${heads[hero.variant]}</h1>
<p>Six teas from four gardens, sent the day after you order.</p>
<button>Order a tin for 18 €</button>
<script type="application/json" id="decisions">${embedded({ hero })}</script>
<script type="module" src="/page.js"></script>
</html>
`;
}

// What the browser asks for: the client, its modules and the page's own script.
function fileOf(path) {
  if (path === '/page.js') return new URL('page.js', import.meta.url);
  const name = /^\/samplit\/([a-z.]+\.(?:js|wasm))$/.exec(path)?.[1];
  return name && new URL(name, import.meta.resolve('samplit'));
}

function read(path) {
  try {
    return readFileSync(fileOf(path));
  } catch {
    return undefined;
  }
}

function sendFile(response, path) {
  const file = read(path);
  const type = path.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
  if (file) response.writeHead(200, { 'content-type': type }).end(file);
  else response.writeHead(404).end();
}

async function textOf(request) {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

/** A server of the page; `bundle` holds the bundle's bytes, or null. `take` gets the lines of events. */
export function makeServer(bundle, take) {
  const decide = samplit({ module, bundle, sticky: true, onError: (error) => console.error(error.message) });
  return createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === '/v1/events') return take(await textOf(request)), response.writeHead(204).end();
    if (pathname === '/shop.safetensors') return response.writeHead(bundle ? 200 : 404).end(bundle);
    if (pathname !== '/') return sendFile(response, pathname);
    await decide(request, response, () => {
      const page = pageOf(request.samplit.peek('hero'));
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'private, no-cache' }).end(page);
    });
  });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const bundle = readFileSync(new URL('../../../models/hero-policy/hero-policy.safetensors', import.meta.url));
  makeServer(bundle, (lines) => console.log(lines.trimEnd())).listen(8788, '127.0.0.1', () => console.log('http://127.0.0.1:8788/'));
}
