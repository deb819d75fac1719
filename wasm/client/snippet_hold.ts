// SPDX-License-Identifier: MIT
// How elements wait for their decision, and what else head.js and snippet.js have to agree on. A style sheet made by script needs
// no leave of a Content-Security-Policy, as a style element would.

/** Elements that are not decided yet. */
export const PENDING = '[data-samplit]:not([data-samplit-shown])';

/** So long they are held, where the tag says nothing. */
export const TIMEOUT_MS = 800;

/** Of localStorage: the address of the last good bundle, a line break, and the rest. */
export const KEPT_KEY = 'samplit.bundle';

/**
 * Hides what is not decided yet, and nothing else, for so long at most; it keeps its room. Returns what ends it. A browser that
 * cannot, hides nothing.
 */
export function hold(timeout_ms: number): () => void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`${PENDING}{visibility:hidden!important}`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    const release = () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
    };
    setTimeout(release, timeout_ms);
    return release;
  } catch {
    return () => {};
  }
}

/** Whether an element is held, so that nobody has seen it yet. */
export const isHeld = (element: Element): boolean => getComputedStyle(element).visibility === 'hidden';
