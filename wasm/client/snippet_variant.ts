// SPDX-License-Identifier: MIT
// Which markup stands for a variant: a template beside the element or anywhere in the page, else the element itself; and what
// of the variant's payload goes into it.

const LINKS = ['href', 'src'];
const ATTRIBUTES = [...LINKS, 'alt', 'title', 'class', 'value', 'placeholder', 'aria-label'];

const SCHEMES = ['http:', 'https:', 'mailto:', 'tel:'];

const SETS = '[data-samplit-set]';

// Puts back what the page had where payloads went, by element.
const undo = new WeakMap<Element, (() => void)[]>();

/** Whether the parser is past a node, so that all of it is there, and what belongs behind it too. */
function isPast(node: Element): boolean {
  if (document.readyState !== 'loading') return true;
  for (let at: Element | null = node; at; at = at.parentElement) if (at.nextElementSibling) return true;
  return false;
}

function templatesBehind(place: Element): HTMLTemplateElement[] {
  const found: HTMLTemplateElement[] = [];
  for (let next = place.nextElementSibling; next instanceof HTMLTemplateElement; next = next.nextElementSibling) found.push(next);
  return found;
}

/**
 * The variant's template: of those right behind the element, or else of the whole page. Null where it has none, undefined where it may
 * still come, because the page is being parsed; the control does not wait for the whole page.
 */
export function templateOf(place: Element, key: string, variant: string, index: number): HTMLTemplateElement | null | undefined {
  const names = [`${key}:${variant}`, `${key}:${index}`];
  const behind = templatesBehind(place);
  const all = [...behind, ...document.querySelectorAll<HTMLTemplateElement>('template[data-samplit-variant]')];
  const found = all.find(({ dataset }) => names.includes(dataset.samplitVariant ?? ''));
  if (found) return isPast(found) ? found : undefined;
  return document.readyState !== 'loading' || (index === 0 && isPast(behind.at(-1) ?? place)) ? null : undefined;
}

function restore(root: Element): void {
  for (const back of undo.get(root) ?? []) back();
  undo.delete(root);
  for (const element of root.querySelectorAll(SETS)) restore(element);
}

/**
 * What is shown in place of the original, which is again as the page had it: one element takes its place, anything else its content;
 * nothing leaves a mark.
 */
export function variantOf(original: Element, template: HTMLTemplateElement | null): Element {
  restore(original);
  if (!template) return original;
  const content = document.importNode(template.content, true);
  const text = content.textContent?.trim();
  const [only] = content.children;
  if (content.children.length === 1 && only!.textContent?.trim() === text) return only!;
  if (!only && !text) return document.createElement('span');
  const element = original.cloneNode(false) as Element;
  element.append(content);
  return element;
}

function put(element: Element, attribute: string, value: unknown): void {
  if (typeof value !== 'string' && typeof value !== 'number') return;
  const taken = undo.get(element) ?? [];
  undo.set(element, taken);
  if (attribute === 'text') {
    const nodes = [...element.childNodes];
    taken.unshift(() => element.replaceChildren(...nodes));
    element.textContent = String(value);
  }
  if (!ATTRIBUTES.includes(attribute)) return;
  if (LINKS.includes(attribute) && !SCHEMES.includes(new URL(String(value), document.baseURI).protocol)) return;
  const had = element.getAttribute(attribute);
  taken.unshift(() => (had === null ? element.removeAttribute(attribute) : element.setAttribute(attribute, had)));
  element.setAttribute(attribute, String(value));
}

/** `data-samplit-set="text:title href:link"`: what of the payload goes where; `text` alone takes a payload that is a text. */
export function fill(root: Element, payload: unknown): void {
  if (payload === undefined || payload === null) return;
  for (const element of [root, ...root.querySelectorAll(SETS)]) {
    for (const pair of element.getAttribute('data-samplit-set')?.trim().split(/\s+/) ?? []) {
      const [attribute = '', field] = pair.split(':');
      try {
        put(element, attribute, field === undefined ? payload : (payload as Record<string, unknown>)[field]);
      } catch {} // no address
    }
  }
}
