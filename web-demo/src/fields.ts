// SPDX-License-Identifier: MIT
// The playground's form: a context that can be edited. An empty field is missing from the context.
import type { Context, Value } from '../../wasm/client/index.js';
import { el } from './dom.js';

type Kind = 'text' | 'number' | 'boolean' | readonly string[];

interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: Kind;
  readonly step?: string;
}

interface Group {
  readonly title: string;
  readonly fields: readonly Field[];
}

const text = (name: string, label: string): Field => ({ name, label, kind: 'text' });
const number = (name: string, label: string, step = '1'): Field => ({ name, label, kind: 'number', step });
const choice = (name: string, label: string, values: readonly string[]): Field => ({ name, label, kind: values });

const MONTHS = ['Feb', 'Mar', 'May', 'June', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const GROUPS: readonly Group[] = [
  { title: 'Who', fields: [text('unit', 'Unit'), choice('country', 'Country', ['US', 'DE', 'BR'])] },
  {
    title: 'What the session was like',
    fields: [
      number('PageValues', 'Worth of pages seen', 'any'),
      number('ProductRelated', 'Product pages'),
      number('ProductRelated_Duration', 'Seconds on them', 'any'),
      number('Administrative', 'Account pages'),
      number('BounceRates', 'Bounce rate', 'any'),
      number('ExitRates', 'Exit rate', 'any'),
      choice('VisitorType', 'Visitor', ['New_Visitor', 'Returning_Visitor']),
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
  const type = field.kind === 'number' ? 'number' : 'text';
  const step = field.step ? { step: field.step } : {};
  return el('input', { id, name: field.name, type, placeholder: 'missing', autocomplete: 'off', spellcheck: 'false', ...step });
}

function valueOf(field: Field, given: string): Value {
  if (given === '') return undefined;
  return field.kind === 'number' ? Number(given) : given;
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

  get(): Case {
    const context: Record<string, Value> = { ...this.#rest };
    let unit = '';
    for (const [field, { value }] of this.#controls) {
      if (field.name === 'unit') unit = value;
      else if (valueOf(field, value) !== undefined) context[field.name] = valueOf(field, value);
    }
    return { unit, context };
  }
}
