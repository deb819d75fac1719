// SPDX-License-Identifier: MIT
// What is said to those who hear the page. One live region for all views: what changes at once is said in one go, in the order in
// which it came, and what is overtaken while somebody types is not said at all. What is there from the start is not announced;
// it is read where it stands. Marking the figures themselves as live was tried with Orca: it said their pieces out of order, twice.
import { byId } from './dom.js';

const SETTLED_MS = 400;

const waiting = new Map<string, string>(); // by who says it
let timer = 0;

/** Says a text soon, unless the same speaker has something newer to say by then. */
export function announce(speaker: string, text: string): void {
  waiting.set(speaker, text);
  byId('said').textContent = ''; // so that equal words are heard again
  clearTimeout(timer);
  timer = setTimeout(() => {
    byId('said').textContent = [...waiting.values()].join(' ');
    waiting.clear();
  }, SETTLED_MS);
}
