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
  const found = `; ${cookies}`.split(`; ${encodeURIComponent(name)}=`)[1]?.split(';')[0];
  try {
    return found === undefined ? null : decodeURIComponent(found);
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

/** Whether this is an id that the client made, and not what somebody with a cookie editor left. */
export const isId = (id: string | null): id is string => /^[0-9a-f]{32}$/.test(id ?? '');

/** The store while `isOpen` says yes, and nothing otherwise. Never throws; removing always works. */
export function quietStore(store: KeyStore | undefined, isOpen: () => boolean): KeyStore {
  const attempt = <T>(act: (store: KeyStore) => T): T | null => {
    try {
      return store ? act(store) : null;
    } catch {
      return null;
    }
  };
  return {
    get: (key) => (isOpen() ? attempt((to) => to.get(key)) : null),
    set: (key, value) => isOpen() && attempt((to) => to.set(key, value)),
    remove: (key) => attempt((to) => to.remove(key)),
  };
}

/** A quiet store with memory beside it. */
export interface PageStore extends KeyStore {
  /** Writes what had to wait in memory; what is there already stands. */
  keep(): void;
}

/** What the store does not take (it is closed or full, or cookies are off) stays in memory, for this page. */
export function pageStore(store: KeyStore): PageStore {
  const memory = new Map<string, string>();
  const set = (key: string, value: string) => {
    store.set(key, value);
    if (store.get(key) === value) memory.delete(key);
    else memory.set(key, value);
  };
  return {
    get: (key) => memory.get(key) ?? store.get(key),
    set,
    remove(key) {
      memory.delete(key);
      store.remove(key);
    },
    keep() {
      for (const [key, value] of memory) if (store.get(key) === null) set(key, value);
    },
  };
}
