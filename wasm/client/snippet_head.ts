// SPDX-License-Identifier: MIT
// head.js: the part of the snippet that blocks. It hides what is not decided yet, asks for the rest, and undoes both in time.
//
// Only the elements concerned are hidden, by visibility, so that they keep their room. Where bundle and code should be at hand,
// the first paint waits for the code, for a fifth of a second at most; else it does not wait at all.
import { hold, KEPT_KEY, TIMEOUT_MS } from './snippet_hold.js';

const PAINT_MS = 200;

function isAtHand(bundle: string): boolean {
  try {
    return bundle.startsWith('#') || !!localStorage.getItem(KEPT_KEY)?.startsWith(`${bundle}\n`);
  } catch {
    return false; // storage is denied
  }
}

function ask(tag: HTMLScriptElement, release: () => void): void {
  const script = document.createElement('script');
  script.type = 'module';
  script.src = new URL('snippet.js', tag.src).href;
  script.nonce = tag.nonce;
  script.onerror = release;
  if (isAtHand(tag.dataset.bundle ?? '')) {
    script.setAttribute('blocking', 'render');
    setTimeout(() => script.removeAttribute('blocking'), PAINT_MS);
  }
  tag.after(script);
}

const tag = document.currentScript as HTMLScriptElement;
ask(tag, hold(Number(tag.dataset.timeout ?? TIMEOUT_MS)));
