// SPDX-License-Identifier: MIT
// What a page learns of its visit only where the site wants it: hints that the browser must be asked for, and counters
// that must be kept. Both are laid over `browserContext`; a client with `visits` does the second by itself.
import type { ClientSignal, KeyStore } from './options.js';
import type { Context } from './types.js';

interface AskedHints {
  readonly platformVersion?: string;
  readonly formFactors?: readonly string[];
}

type Asking = Navigator & { userAgentData?: { getHighEntropyValues?(hints: readonly string[]): Promise<AskedHints> } };

const quoted = (text: string) => `"${text}"`;

/**
 * The version of the system and its form factors, which browsers tell only those who ask; nothing where they do not.
 * Never rejects.
 */
export async function askHints(): Promise<Context> {
  try {
    const hints = await (navigator as Asking).userAgentData?.getHighEntropyValues?.(['platformVersion', 'formFactors']);
    const { platformVersion, formFactors } = hints ?? {};
    return {
      sec_ch_ua_platform_version: platformVersion === undefined ? undefined : quoted(platformVersion),
      sec_ch_ua_form_factors: formFactors?.map(quoted).join(', '),
    };
  } catch {
    return {}; // a policy of the page forbids it
  }
}

const SESSION_MS = 1_800_000; // half an hour without a page ends a visit, as in Google Analytics

/** Visits, pages of this one, when it began and when the last page was seen. */
type Kept = readonly [visits: number, pageviews: number, start: number, seen: number];

// Nothing if nobody could have written that.
function readVisit(text: string | null, now: number): Kept | undefined {
  const kept = (text ?? '').split(' ').map(Number);
  const [visits = NaN, pageviews = NaN, start = NaN, seen = NaN] = kept;
  const isOne = kept.length === 4 && kept.every((number) => number >= 0) && start <= seen && seen <= now;
  return isOne ? [visits, pageviews, start, seen] : undefined;
}

function readFrom(store: KeyStore, key: string, now: number): Kept | undefined {
  try {
    return readVisit(store.get(key), now);
  } catch {
    return undefined; // denied
  }
}

function countPage(store: KeyStore, key: string, now: number): Kept {
  const [visits, pageviews, start, seen] = readFrom(store, key, now) ?? [0, 0, now, -Infinity];
  const counted: Kept = now - seen > SESSION_MS ? [visits + 1, 1, now, now] : [visits, pageviews + 1, start, now];
  try {
    store.set(key, counted.join(' '));
  } catch {
    // full or denied
  }
  return counted;
}

function counters([visits, pageviews, start]: Kept, now: number): Context {
  return { visits, pageviews, session_seconds: Math.max(0, now - start) / 1000 };
}

/**
 * Counts the page, and the visit if it begins one, in the store: `visits`, `pageviews` and `session_seconds` for a
 * context. Call it once a page, for visitors who agreed to being remembered. A store that fails counts from one.
 */
export function countVisit(store: KeyStore, key = 'samplit.visit', now = Date.now()): Context {
  return counters(countPage(store, key, now), now);
}

// Another place in a page is the same page; a fragment that is a route is another.
const addressNow = () => location.href.replace(/#(?![!/]).*/s, '');

let address = '';
let page = 0; // how many addresses this document has had
const counted = new Map<string, readonly [page: number, kept: Kept]>(); // by key: two clients count a page once

function pageNow(): number {
  const now = addressNow();
  if (now !== address) page += 1;
  address = now;
  return page;
}

// What the store says after the page at hand; it is counted when that is asked for first.
function keptNow(store: KeyStore, key: string): Kept {
  const [of, kept] = counted.get(key) ?? [];
  const now = pageNow();
  if (of === now && kept) return kept;
  const next = countPage(store, key, Date.now());
  counted.set(key, [now, next]);
  return next;
}

// Calls back when the document may have another address. Where no browser tells, the next decision finds out. Returns what ends it.
function hearPages(then: () => void): () => void {
  const { navigation } = globalThis as { navigation?: EventTarget };
  navigation?.addEventListener('currententrychange', then);
  addEventListener('popstate', then);
  return () => {
    navigation?.removeEventListener('currententrychange', then);
    removeEventListener('popstate', then);
  };
}

/** What of a client counts visits: it puts itself into the way of `context` and `close`. */
export interface VisitParts {
  readonly options: { readonly name?: string };
  readonly stores: { readonly own: KeyStore };
  /** Whether the visitor agreed to being remembered. */
  readonly consent: { isOpen(): boolean };
  readonly signals: { add(listener: (signal: ClientSignal) => void): () => void };
  context: () => Context | undefined;
  /** Ends what listens to the page. */
  close: () => void;
}

const FRESH_MS = 60_000; // so long the seconds of a visit stand

/**
 * Puts counters under what the client's context says: each address that a page has counts as a page view. Without consent
 * there are none, since nobody can know whether the visitor was here before.
 */
export function countVisits(client: VisitParts): void {
  const { context, close, consent, stores, signals } = client;
  const { name = 'samplit' } = client.options;
  const key = `${name}.visit`;
  let last: readonly [over: Context | undefined, kept: Kept, at: number, made: Context] | undefined;

  const look = () => (consent.isOpen() ? keptNow(stores.own, key) : undefined);

  function contextNow(): Context | undefined {
    const base = context();
    const kept = look();
    if (!kept) return base;
    const now = performance.now();
    if (last?.[0] !== base || last?.[1] !== kept || now - last[2] > FRESH_MS) {
      last = [base, kept, now, { ...counters(kept, Date.now()), ...base }];
    }
    return last[3];
  }

  if (typeof document === 'undefined') return; // a process has many visitors
  const end = hearPages(look);
  const endSignals = signals.add((signal) => {
    if (signal.type !== 'consent') return;
    if (!signal.granted) counted.delete(key); // the client has taken it out of the store
    look();
  });
  look();
  client.context = contextNow;
  client.close = () => {
    end();
    endSignals();
    close();
  };
}
