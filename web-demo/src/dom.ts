// SPDX-License-Identifier: MIT
// The few words in which the views speak to the document. Text goes in as text, never as markup.

type Child = Node | string;

/** An element with attributes; a class is an attribute like any other. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The element of the page with that id; the page and this program are one piece, so it exists. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element #${id}`);
  return element as T;
}

/** Sets a text only where it changes, so that a still page causes no work. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Words for those who hear the page. */
export function unseen(text: string): HTMLElement {
  return el('span', { class: 'hidden' }, text);
}

/** The mark of a variant: colour is given by the class, and the name always stands beside it. */
export function swatch(variant: number): HTMLElement {
  return el('span', { class: `swatch ${variantClass(variant)}`, 'aria-hidden': 'true' });
}

const VARIANT_COLOURS = 6; // in style/tokens.css

export function variantClass(variant: number): string {
  return `v${variant % VARIANT_COLOURS}`;
}

/** Name of the CSS variable with a variant's colour. */
export function variantColour(variant: number): string {
  return `--${variantClass(variant)}`;
}
