// SPDX-License-Identifier: MIT
// The page's part: finds the elements that experiments are about, puts the variants that the client decides in their place, and
// says when they are seen. What a visitor has seen for too long is not changed: then the control stays, and nothing is logged.
import type { Client, ClientDecision } from './options.js';
import { isHeld, PENDING } from './snippet_hold.js';
import { fill, templateOf, variantOf } from './snippet_variant.js';
import type { Context } from './types.js';

interface Place {
  readonly key: string;
  /** As the page had it. */
  readonly original: Element;
}

/** Decisions of the page, and with what each was made. */
type Made = readonly [decision: ClientDecision, context: Context | undefined];

export interface PageParts {
  /** Until then, by the page's clock, elements that were not held may change all the same. */
  readonly until: number;
  readonly sendContext: boolean;
}

export interface Page {
  /** Serves what is there and what will come. */
  serve(client: Client): void;
}

// Calls back when an element is seen, once; where nobody can tell, at once.
function makeSeen(): (element: Element, then: () => void) => void {
  if (typeof IntersectionObserver === 'undefined') return (_, then) => then();
  const waiting = new WeakMap<Element, () => void>();
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      waiting.get(target)?.();
    }
  });
  return (element, then) => {
    waiting.set(element, then);
    observer.observe(element);
  };
}

export function makePage({ until, sendContext }: PageParts): Page {
  const seen = makeSeen();
  const made = new Map<string, Made>();
  const places = new WeakMap<Element, Place>();
  const before = new WeakSet<Element>(); // were there when nothing could decide yet
  let late = new Set<string>(); // experiments of which the control was seen first
  let address = location.href;
  let client: Client | undefined;

  const mayChange = (element: Element) => !before.has(element) || isHeld(element) || performance.now() < until;

  // A decision stands as long as its unit, on all elements and views of the page.
  function decide(from: Client, key: string): Made {
    const had = made.get(key);
    if (had && had[0].unit === from.unit) return had;
    const context = sendContext ? from.context : undefined;
    const one: Made = [from.peek(key, context && { context }), context];
    if (one[0].reason !== 'default') made.set(key, one);
    return one;
  }

  function mark(element: Element, { key, original }: Place, variant: string): void {
    element.setAttribute('data-samplit', key);
    element.setAttribute('data-samplit-shown', variant);
    places.set(element, { key, original });
  }

  function show(element: Element, place: Place, from: Client): void {
    const [decision, context] = decide(from, place.key);
    const isDecided = decision.reason !== 'default';
    const template = isDecided ? templateOf(element, place.key, decision.variant, decision.index) : null;
    if (template === undefined) return; // the next batch brings it, or the end of the page
    if (!isDecided) late.add(place.key); // what comes beside it stays the control too
    const next = variantOf(place.original, template);
    fill(next, decision.payload);
    mark(next, place, decision.variant);
    if (next !== element) element.replaceWith(next);
    seen(next, () => made.get(place.key)?.[0] === decision && from.expose(decision, context));
  }

  function settle(element: Element): void {
    const key = element.getAttribute('data-samplit')!;
    const place = { key, original: element };
    const isInItself = element.parentElement?.closest(`[data-samplit="${CSS.escape(key)}"]`); // a template's, without end
    if (!client) before.add(element);
    else if (late.has(key) || isInItself) mark(element, place, 'control');
    else if (element.isConnected) show(element, place, client);
  }

  function scan(): void {
    if (location.href !== address) late = new Set();
    address = location.href;
    const pending = [...document.querySelectorAll(PENDING)];
    if (client) for (const one of pending) if (!mayChange(one)) late.add(one.getAttribute('data-samplit')!);
    for (const element of pending) settle(element);
  }

  // Somebody forced a variant, or ended that: what is there changes before their eyes.
  function again(from: Client): void {
    made.clear();
    for (const element of document.querySelectorAll('[data-samplit-shown]')) {
      const place = places.get(element);
      if (place && element.isConnected) show(element, place, from);
    }
  }

  new MutationObserver(scan).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-samplit'] });
  document.addEventListener('readystatechange', scan);
  scan();
  return {
    serve(from) {
      client = from;
      scan();
      performance.mark('samplit');
      from.subscribe(({ type }) => type === 'force' && again(from));
    },
  };
}

/** Logs outcomes of elements that name them: forms when they are sent, anything else when it is clicked. */
export function trackClicks(client: Client): void {
  const hear = (event: Event) => {
    const element = event.target instanceof Element ? event.target.closest('[data-samplit-track]') : null;
    if (!element || element instanceof HTMLFormElement !== (event.type === 'submit')) return;
    const value = element.getAttribute('data-samplit-value');
    client.track(element.getAttribute('data-samplit-track')!, value === null ? {} : { value: Number(value) });
  };
  document.addEventListener('click', hear, true);
  document.addEventListener('submit', hear, true);
}
