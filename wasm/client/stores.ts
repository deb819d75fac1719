// SPDX-License-Identifier: MIT
// Where small texts are kept. Stores are full, denied or switched off without notice; none of that reaches a page.
import type { KeyStore } from './options.js';

/** localStorage. Where it is denied, every method throws. */
export const localStore: KeyStore = {
  get: (key) => localStorage.getItem(key),
  set: (key, value) => localStorage.setItem(key, value),
  remove: (key) => localStorage.removeItem(key),
};

/** The value of a cookie, from what `document.cookie` or a Cookie header says. */
export function cookieValue(cookies: string, name: string): string | null {
  const start = `${encodeURIComponent(name)}=`;
  const found = cookies.split(/; */).find((cookie) => cookie.startsWith(start));
  try {
    return found === undefined ? null : decodeURIComponent(found.slice(start.length));
  } catch {
    return null;
  }
}

/** What sets a cookie for the whole site; the age is in seconds, so that no clock is asked. 180 days. */
export function cookieText(name: string, value: string, age_s = 15_552_000, more = ''): string {
  return `${encodeURIComponent(name)}=${encodeURIComponent(value)}; Path=/; Max-Age=${age_s}; SameSite=Lax${more}`;
}

/** Cookies that the page itself sets; a server reads them too. */
export const cookieStore: KeyStore = {
  get: (key) => cookieValue(document.cookie, key),
  set(key, value) {
    document.cookie = cookieText(key, value, undefined, location.protocol === 'https:' ? '; Secure' : '');
  },
  remove(key) {
    document.cookie = cookieText(key, '', 0);
  },
};

/** A store that never throws, and to which nothing goes as long as it is closed. */
export interface SafeStore extends KeyStore {
  /** Writes what had to wait in memory; what is there already stands. */
  keep(): void;
}

/**
 * Puts memory beside a store: what the store may not have (`isOpen` says no) or did not take (it is full, or cookies
 * are off) stays there, for this page.
 */
export function safeStore(store: KeyStore | undefined, isOpen: () => boolean): SafeStore {
  const memory = new Map<string, string>();
  const read = (key: string) => {
    try {
      return store && isOpen() ? store.get(key) : null;
    } catch {
      return null;
    }
  };
  const set = (key: string, value: string) => {
    memory.set(key, value);
    try {
      if (store && isOpen()) store.set(key, value);
    } catch {}
    if (read(key) === value) memory.delete(key);
  };
  return {
    get: (key) => memory.get(key) ?? read(key),
    set,
    remove(key) {
      memory.delete(key);
      try {
        store?.remove(key);
      } catch {}
    },
    keep() {
      for (const [key, value] of memory) if (read(key) === null) set(key, value);
    },
  };
}
