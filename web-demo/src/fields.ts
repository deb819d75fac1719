// SPDX-License-Identifier: MIT
// The playground's form: a context that can be edited. An empty field is missing from the context.
import type { Context, Value } from '../../wasm/client/index.js';
import { el } from './dom.js';
import { regions } from './regions.js';

type Kind = 'text' | 'number' | 'boolean' | readonly string[];

interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: Kind;
}

interface Group {
  readonly title: string;
  readonly fields: readonly Field[];
}

const text = (name: string, label: string): Field => ({ name, label, kind: 'text' });
const number = (name: string, label: string): Field => ({ name, label, kind: 'number' });
const choice = (name: string, label: string, values: readonly string[]): Field => ({ name, label, kind: values });

const MONTHS = ['Feb', 'Mar', 'May', 'June', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const GROUPS: readonly Group[] = [
  { title: 'Who', fields: [text('unit', 'Unit'), choice('country', 'Country', regions[0]!.countries)] },
  {
    title: 'What the session was like',
    fields: [
      number('PageValues', 'Worth of pages seen'),
      number('ProductRelated', 'Product pages'),
      number('ProductRelated_Duration', 'Seconds on products'),
      number('Administrative', 'Account pages'),
      number('BounceRates', 'Bounce rate, 0 to 1'),
      number('ExitRates', 'Exit rate, 0 to 1'),
      choice('VisitorType', 'New or returning', ['New_Visitor', 'Returning_Visitor']),
      choice('Month', 'Month', MONTHS),
    ],
  },
  {
    title: 'What the browser tells',
    fields: [
      text('user_agent', 'User agent'),
      text('url', 'Address'),
      text('referrer', 'Referrer'),
      text('language', 'Language'),
      number('time_ms', 'Time, Unix ms'),
      number('utc_offset_minutes', 'Minutes from UTC'),
    ],
  },
];

/** What people call a column. */
export function labelOf(name: string): string {
  return GROUPS.flatMap(({ fields }) => fields).find((field) => field.name === name)?.label ?? name;
}

type Control = HTMLInputElement | HTMLSelectElement;

export interface Case {
  readonly unit: string;
  readonly context: Context;
}

function control(field: Field, id: string): Control {
  if (Array.isArray(field.kind)) {
    const options = field.kind as readonly string[];
    return el('select', { id, name: field.name }, el('option', { value: '' }, 'unknown'), ...options.map((value) => el('option', { value }, value.replaceAll('_', ' '))));
  }
  // Of type number an empty one would be heard as 0, which is not missing.
  const mode = field.kind === 'number' ? 'decimal' : 'text';
  return el('input', { id, name: field.name, type: 'text', inputmode: mode, placeholder: 'missing', autocomplete: 'off', spellcheck: 'false' });
}

function valueOf(field: Field, given: string): Value {
  if (given === '') return undefined;
  if (field.kind !== 'number') return given;
  return given.trim() !== '' && Number.isFinite(Number(given)) ? Number(given) : undefined;
}

export class Form {
  readonly #controls = new Map<Field, Control>();
  #rest: Context = {}; // of a case, without a field of its own

  constructor(form: HTMLElement, changed: () => void) {
    for (const { title, fields } of GROUPS) {
      const group = el('fieldset', {}, el('legend', {}, title));
      for (const field of fields) {
        const made = control(field, `field-${field.name}`);
        this.#controls.set(field, made);
        const wide = field.kind === 'text' && field.name !== 'unit' && field.name !== 'language';
        group.append(el('p', { class: wide ? 'field wide' : 'field' }, el('label', { for: made.id }, field.label), made));
      }
      form.append(group);
    }
    form.addEventListener('input', changed);
    form.addEventListener('submit', (event) => event.preventDefault());
  }

  set({ unit, context }: Case): void {
    const rest: Record<string, Value> = { ...context };
    for (const [{ name }, made] of this.#controls) {
      const value = name === 'unit' ? unit : context[name];
      made.value = value === undefined || value === null ? '' : String(value);
      delete rest[name];
    }
    this.#rest = rest;
  }

  /** What the last case that was got leaves out, in words: fields that hold no number and should. */
  get wrong(): string[] {
    const isWrong = ([, made]: readonly [Field, Control]) => made.getAttribute('aria-invalid') === 'true';
    return [...this.#controls].filter(isWrong).map(([{ label }]) => `${label}: not a number, so it is missing.`);
  }

  get(): Case {
    const context: Record<string, Value> = { ...this.#rest };
    let unit = '';
    for (const [field, made] of this.#controls) {
      const value = valueOf(field, made.value);
      made.setAttribute('aria-invalid', String(made.value !== '' && value === undefined));
      if (field.name === 'unit') unit = made.value;
      else if (value !== undefined) context[field.name] = value;
    }
    return { unit, context };
  }
}
