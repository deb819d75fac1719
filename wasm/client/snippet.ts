// SPDX-License-Identifier: MIT
// The snippet: experiments in markup, decided before they are painted. A page's tag starts it by its `data-bundle`:
//
//   <script src="/samplit/head.js" data-bundle="/b/shop.safetensors" data-collect="/v1/events"></script>
//   <script type="module" src="/samplit/snippet.js" data-bundle="/b/shop.safetensors" data-collect="/v1/events"></script>
//
// The first has head.js hold what is not decided, and load this file; the second is this file alone, which may come after the
// first paint. Without a tag it is a module like others.
//
// It holds the module as text and the last bundle in localStorage, so that a page that has both decides in the same breath as it
// runs: with a module of its own to fetch, and a cache that answers later, the first paint would come first.
import moduleText from 'samplit:module';
import { createClientSync, createClientWith } from './create.js';
import type { Client, ClientOptions, Consent } from './options.js';
import { fromBase64, keptBytes, localBundles } from './snippet_kept.js';
import { hold, TIMEOUT_MS } from './snippet_hold.js';
import { makePage, trackClicks } from './snippet_page.js';
import { countVisits } from './visit.js';

export * from './common.js';

/** What a tag says, or a bundler's entry. */
export interface SnippetOptions extends Omit<ClientOptions, 'bundle' | 'module' | 'offline' | 'context'> {
  /** Its address; `#id` is an element of the page whose text is the bundle in base64. */
  readonly bundle: string;
  /** head.js holds the elements. */
  readonly hasHead?: boolean;
}

type Global = typeof globalThis & { samplit?: unknown; samplitConsent?: () => Consent };
const page = globalThis as Global;

const moduleBytes = () => Uint8Array.from(moduleText, (char) => char.charCodeAt(0));

// `data-consent`: "granted", "denied", or "ask": then `samplitConsent()` says so, where the page has it.
function consentOf(text: string | undefined): Consent | (() => Consent) {
  if (text === 'ask') return () => page.samplitConsent?.();
  return text === undefined || text === 'granted';
}

function optionsOf(tag: HTMLScriptElement): SnippetOptions {
  const { bundle = '', collect, timeout, consent, publicKey, sticky, refresh, sendContext, visits, respectDnt, respectGpc } = tag.dataset;
  return {
    bundle,
    hasHead: tag.type !== 'module',
    timeout_ms: Number(timeout ?? TIMEOUT_MS),
    refresh_ms: Number(refresh ?? 0),
    consent: consentOf(consent),
    sendContext: sendContext !== undefined,
    visits: visits !== undefined,
    respectDnt: respectDnt !== undefined,
    respectGpc: respectGpc !== undefined,
    ...(collect && { collect }),
    ...(publicKey && { publicKey: publicKey.split(/\s+/) }),
    ...(sticky && { sticky: sticky as 'local' | 'cookie' | 'memory' }),
  };
}

function parsed(): Promise<unknown> | undefined {
  return document.readyState === 'loading' ? new Promise((done) => document.addEventListener('DOMContentLoaded', done)) : undefined;
}

async function inlined(options: SnippetOptions): Promise<Client> {
  const find = () => document.getElementById(options.bundle.slice(1));
  if (!find()?.nextSibling) await parsed();
  return createClientSync({ ...options, offline: false, module: moduleBytes(), bundle: fromBase64(find()?.textContent ?? '') });
}

// From what an earlier page kept; a signature takes time to check, so with one it is fetched as if it were not there.
function atOnce(options: SnippetOptions): Client | undefined {
  const { bundle, publicKey } = options;
  const kept = publicKey ? undefined : keptBytes(bundle);
  if (!kept) return undefined;
  const client = createClientSync({ ...options, offline: localBundles, module: moduleBytes(), bundle: kept, url: bundle });
  if (client.status === 'ready' && client.consent()) {
    void client.refresh();
    return client;
  }
  client.close();
  return undefined;
}

/** The client of `samplit`, with the module that is in this file. */
export function createClient(options: ClientOptions): Promise<Client> {
  return createClientWith(options, async () => moduleBytes());
}

function clientOf(given: SnippetOptions): Client | Promise<Client> {
  const options = given.visits ? { ...given, visits: countVisits } : given; // it is in this file
  if (options.bundle.startsWith('#')) return inlined(options);
  return atOnce(options) ?? createClient({ ...options, offline: localBundles });
}

function hearConsent(client: Client): void {
  addEventListener('samplit:consent', (event) => {
    const { detail } = event as CustomEvent<unknown>;
    client.consent(typeof detail === 'boolean' ? detail : undefined);
  });
}

function hearDevtools(client: Client): void {
  const open = () => void import('./devtools.js').then(({ openDevtools }) => openDevtools(client)).catch(() => {});
  if (new URLSearchParams(location.search).has('samplit_devtools')) open();
  addEventListener('keydown', ({ altKey, shiftKey, code }) => altKey && shiftKey && code === 'KeyS' && open());
}

/** Starts it, once a page; whoever comes second gets the client that is there. Never rejects. */
export function start(options: SnippetOptions): Promise<Client> {
  if (page.samplit instanceof Promise) return page.samplit as Promise<Client>;
  const { hasHead = false, timeout_ms = TIMEOUT_MS, sendContext = false } = options;
  if (!hasHead && !performance.getEntriesByType('paint').length) hold(timeout_ms);
  const place = makePage({ until: hasHead ? 0 : timeout_ms, sendContext });
  const serve = (client: Client) => {
    place.serve(client);
    trackClicks(client);
    hearConsent(client);
    hearDevtools(client);
    return client;
  };
  const client = clientOf(options);
  const started = client instanceof Promise ? client.then(serve) : Promise.resolve(serve(client));
  page.samplit = started;
  return started;
}

const tag = typeof document === 'undefined' ? null : document.querySelector<HTMLScriptElement>('script[data-bundle]');
if (tag) void start(optionsOf(tag));
