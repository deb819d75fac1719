// SPDX-License-Identifier: MIT
// The visitors' file of `samplit simulate --counterfactual` (docs/simulation.md): who comes, how they
// show themselves, and what each variant would make of them. Rows are read when they are met.
import type { Context, Value } from '../../wasm/client/index.js';

export interface Visitor {
  readonly unit: string;
  /** Raw fields, as a host would see them. */
  readonly context: Context;
  /** The true chance of conversion, by variant. */
  readonly rates: readonly number[];
  /** In (0, 1): the visitor converts under every variant whose rate is above. */
  readonly u: number;
}

interface WorldSegment {
  readonly new?: readonly number[];
  readonly returning?: readonly number[];
}

/** unit, ms since the row before, segment, looks, returns, pageviews, seconds, luck. */
type Row = readonly [string, number, number, readonly number[], number, number, number, number];

interface Document {
  readonly format: number;
  readonly experiment: string;
  readonly outcome: string;
  readonly variants: readonly string[];
  readonly start_ms: number;
  readonly segments: readonly WorldSegment[];
  readonly looks: readonly Readonly<Record<string, Value>>[];
  readonly columns: readonly string[];
  readonly visitors: readonly Row[];
}

const FORMAT = 1;
const COLUMNS = ['unit', 'time_ms', 'segment', 'looks', 'is_returning', 'pageviews', 'session_seconds', 'luck'];

export class Visitors {
  readonly experiment: string;
  readonly outcome: string;
  readonly variants: readonly string[];
  #document: Document;
  #times: Float64Array; // of visits, Unix ms
  #rows: readonly number[]; // of the visits that are looked at

  /** Takes the parsed file, and of its visits those from some countries; throws an Error that says what is wrong with it. */
  constructor(json: unknown, countries?: readonly string[]) {
    const document = checked(json);
    this.#document = document;
    this.experiment = document.experiment;
    this.outcome = document.outcome;
    this.variants = document.variants;
    let time = document.start_ms;
    this.#times = Float64Array.from(document.visitors, (row) => (time += row[1]));
    this.#rows = rowsFrom(document, countries);
  }

  get count(): number {
    return this.#rows.length;
  }

  at(place: number): Visitor {
    const index = this.#rows[place]!;
    const [unit, , segment, looks, returning, pageviews, seconds, luck] = this.#document.visitors[index]!;
    const rates = this.#document.segments[segment]?.[returning ? 'returning' : 'new'];
    if (rates?.length !== this.variants.length) throw new Error(`visitors[${index}] names segment ${segment}, which has no rates`);
    const context = Object.assign({}, ...looks.map((look) => this.#document.looks[look])) as Record<string, Value>;
    context['time_ms'] = this.#times[index];
    context['pageviews'] = pageviews;
    context['session_seconds'] = seconds;
    context['is_returning'] = returning !== 0;
    return { unit, context, rates, u: (luck + 0.5) / 2 ** 32 };
  }
}

function rowsFrom({ looks, visitors }: Document, countries?: readonly string[]): number[] {
  const isFrom = looks.map(({ country }) => countries?.includes(String(country)));
  const isWanted = ([, , , own]: Row) => !countries || own.some((look) => isFrom[look]);
  return visitors.flatMap((row, index) => (isWanted(row) ? [index] : []));
}

function checked(json: unknown): Document {
  const document = json as Partial<Document> | null;
  if (document?.format !== FORMAT) throw new Error(`its format is ${String(document?.format)}; this page reads format ${FORMAT}`);
  if (document.columns?.join() !== COLUMNS.join()) throw new Error(`its columns are not ${COLUMNS.join(', ')}`);
  for (const name of ['variants', 'segments', 'looks', 'visitors'] as const) {
    if (!Array.isArray(document[name]) || document[name].length === 0) throw new Error(`it has no ${name}`);
  }
  if (typeof document.experiment !== 'string') throw new Error('it names no experiment');
  return document as Document;
}
