// SPDX-License-Identifier: MIT
// What a page learns of its visit only where the site wants it: hints that the browser must be asked for, and counters
// that must be kept. Both are laid over `browserContext`.
import type { KeyStore } from './options.js';
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

// Visits, pages of this one, when it began and when the last page was seen; nothing if nobody could have written that.
function readVisit(text: string | null, now: number): number[] | undefined {
  const kept = (text ?? '').split(' ').map(Number);
  const [, , start = NaN, seen = NaN] = kept;
  return kept.length === 4 && kept.every((number) => number >= 0) && start <= seen && seen <= now ? kept : undefined;
}

/**
 * Counts the page, and the visit if it begins one, in the store: `visits`, `pageviews` and `session_seconds` for a
 * context. Call it once a page, for visitors who agreed to being remembered. A store that fails counts from one.
 */
export function countVisit(store: KeyStore, key = 'samplit.visit', now = Date.now()): Context {
  let kept: number[] | undefined;
  try {
    kept = readVisit(store.get(key), now);
  } catch {
    // denied
  }
  let [visits = 0, pageviews = 0, start = now, seen = -Infinity] = kept ?? [];
  if (now - seen > SESSION_MS) [visits, pageviews, start] = [visits + 1, 0, now];
  pageviews += 1;
  try {
    store.set(key, `${visits} ${pageviews} ${start} ${now}`);
  } catch {
    // full or denied
  }
  return { visits, pageviews, session_seconds: (now - start) / 1000 };
}
