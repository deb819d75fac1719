// SPDX-License-Identifier: MIT
// The cookies of one visit to a worker: those that came with the request, and what the visit changes of them.
import type { KeyStore } from './options.js';
import { cookieText, cookieValue } from './stores.js';

/** Unless it is open no cookie is read or set: what is kept lasts as long as the visit. Removing always works. */
export class Jar implements KeyStore {
  readonly #before: string; // what the Cookie header says
  readonly #isOpen: boolean;
  readonly #changes = new Map<string, string | null>();

  constructor(before: string, isOpen: boolean) {
    this.#before = before;
    this.#isOpen = isOpen;
  }

  #had(key: string): string | null {
    return this.#before ? cookieValue(this.#before, key) : null;
  }

  get(key: string): string | null {
    const changed = this.#changes.get(key);
    return changed !== undefined ? changed : this.#isOpen ? this.#had(key) : null;
  }

  set(key: string, value: string): void {
    this.#changes.set(key, value);
  }

  remove(key: string): void {
    this.#changes.set(key, null);
  }

  /** The values of the Set-Cookie headers that the answer needs, each with `more` attributes. */
  texts(age_s: number | undefined, more: string): string[] {
    const texts: string[] = [];
    for (const [key, value] of this.#changes) {
      if (value === this.#had(key) || (value !== null && !this.#isOpen)) continue;
      texts.push(value === null ? cookieText(key, '', 0, more) : cookieText(key, value, age_s, more));
    }
    return texts;
  }
}
