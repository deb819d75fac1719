// SPDX-License-Identifier: MIT
// The exact layer: typed views on the module's memory, and the staging area that one decision's
// fields and texts are written to. It knows addresses and offsets, and no meaning.
//
// Staging is as large as the largest context, so nothing ever moves or grows after loading:
//
//   [fields: ENTRIES_MAX][unit][texts of the fields … a name to be hashed]
import * as abi from './abi.js';
import { ENTRIES_MAX, NAME_MAX, UNIT_BYTES } from './entries.js';
import { SamplitError } from './errors.js';
import { HEX } from './hex.js';

/** The functions of wasm/exports.txt. Addresses and sizes are unsigned 32-bit numbers. */
export interface Exports {
  memory: WebAssembly.Memory;
  spl_wasm_abi(): number;
  spl_wasm_this(): number;
  spl_wasm_reserve(size: number): number;
  spl_wasm_open(size: number): number;
  spl_wasm_stage(bytes: number): number;
  spl_wasm_decide(experiment: number, unit: number, unitSize: number, fields: number, fieldCount: number): void;
  spl_wasm_decide_next(experiment: number, unit: number, unitSize: number): void;
  spl_wasm_rank(experiment: number, unit: number, unitSize: number): void;
  spl_wasm_hash(text: number, size: number): bigint;
  spl_wasm_known_name(name: bigint): void;
}

/** A 64-bit hash as two halves, so that no decision needs a BigInt. */
export interface Hash {
  readonly lo: number;
  readonly hi: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const FIELDS_BYTES = ENTRIES_MAX * abi.SPL_FIELD_BYTES;
const UNIT_ROOM = UNIT_BYTES + 4; // with room for one character more, to see that there is one
const STAGING_BYTES = FIELDS_BYTES + UNIT_ROOM + ENTRIES_MAX * abi.SPL_TEXT_MAX + 3 * NAME_MAX;
const SHORT = 320; // up to here a loop over ASCII beats encodeInto
const NAMES_MAX = 4096; // cached hashes; names are few unless the host makes them up

export class Memory {
  declare readonly exports: Exports;
  /** Address of the module's instance struct. */
  declare readonly at: number;
  declare u8: Uint8Array;
  declare u32: Uint32Array;
  declare f64: Float64Array;

  /** Hashes of the names that the host has used. */
  readonly names = new Map<string, Hash>();
  #fields = 0; // address of staging
  #fieldCount = 0;
  #unitSize = 0;
  #cursor = 0; // where the next text goes

  constructor(instance: WebAssembly.Instance) {
    this.exports = instance.exports as unknown as Exports;
    if (this.exports.spl_wasm_abi?.() !== abi.SPL_WASM_ABI) {
      throw new SamplitError('INVALID_ARGUMENT', `not a Samplit module with ABI ${abi.SPL_WASM_ABI}`);
    }
    this.at = this.exports.spl_wasm_this() >>> 0;
    this.#refresh();
  }

  // Growing memory detaches the views on it.
  #refresh(): void {
    const { buffer } = this.exports.memory;
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  /** Copies a bundle file in and opens it. Returns the status; the error struct says more. */
  open(file: Uint8Array): number {
    const start = this.exports.spl_wasm_reserve(file.byteLength) >>> 0;
    if (!start) throw new SamplitError('NO_SPACE', `no memory for a bundle of ${file.byteLength} bytes`);
    this.#refresh();
    this.u8.set(file, start);
    const status = this.exports.spl_wasm_open(file.byteLength);
    this.#refresh();
    return status;
  }

  /** Takes the staging area, behind the bundle. Memory is then as large as it will be. */
  stage(): void {
    this.#fields = this.exports.spl_wasm_stage(STAGING_BYTES) >>> 0;
    if (!this.#fields) throw new SamplitError('NO_SPACE', 'no memory for the context');
    this.#refresh();
    this.begin('');
  }

  /** The UTF-8 text of `size` bytes. */
  text(start: number, size: number): string {
    return decoder.decode(this.u8.subarray(start, start + size));
  }

  /** The text that an spl_text struct points to. */
  textAt(struct: number): string {
    return this.text(this.u32[(struct + abi.SPL_TEXT_DATA) >> 2]!, this.u32[(struct + abi.SPL_TEXT_SIZE) >> 2]!);
  }

  /** A zero-terminated text; empty for address 0. */
  cText(start: number): string {
    return start ? this.text(start, this.u8.indexOf(0, start) - start) : '';
  }

  /** The hex digits of the 64-bit word at an address. */
  hexAt(at: number): string {
    let digits = '';
    for (let i = 7; i >= 0; i--) digits += HEX[this.u8[at + i]!];
    return digits;
  }

  /** Begins a decision: staging holds the unit and nothing else. One of more than UNIT_BYTES counts as none. */
  begin(unit: string): void {
    this.#fieldCount = 0;
    this.#cursor = this.#fields + FIELDS_BYTES;
    const size = this.#put(unit, UNIT_ROOM);
    this.#unitSize = size > UNIT_BYTES ? 0 : size;
  }

  /** Decides with what was staged; the answer lies in the instance's decision. */
  decide(experiment: number): void {
    this.exports.spl_wasm_decide(experiment, this.#fields + FIELDS_BYTES, this.#unitSize, this.#fields, this.#fieldCount);
  }

  /** Ranks the variants of the last decision, which was for this experiment; the answer is the instance's order. */
  rank(experiment: number): void {
    this.exports.spl_wasm_rank(experiment, this.#fields + FIELDS_BYTES, this.#unitSize);
  }

  // Writes a text at the cursor, the characters that fit in `limit` bytes, and returns its size.
  #put(text: string, limit: number): number {
    const start = this.#cursor;
    const size = text.length <= SHORT ? this.#putShort(text, start) : -1;
    const written = size >= 0 ? size : encoder.encodeInto(text, this.u8.subarray(start, start + limit)).written;
    this.#cursor = start + written;
    return written;
  }

  // The size if the text is all ASCII, else -1.
  #putShort(text: string, start: number): number {
    const { u8 } = this;
    const length = text.length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return -1;
      u8[start + i] = code;
    }
    return length;
  }

  // The core's hash of an attribute's name; computed once per name, while they are few.
  #hash(name: string): Hash {
    return this.names.get(name) ?? this.#hashNew(name);
  }

  #hashNew(name: string): Hash {
    const size = this.#put(name, 3 * NAME_MAX);
    this.#cursor -= size;
    const hash = this.exports.spl_wasm_hash(this.#cursor, size);
    const halves = { lo: Number(hash & 0xffff_ffffn), hi: Number((hash >> 32n) & 0xffff_ffffn) };
    if (this.names.size >= NAMES_MAX) this.names.clear();
    this.names.set(name, halves);
    return halves;
  }

  /** Stages one field; there are at most ENTRIES_MAX, with names of at most NAME_MAX characters. */
  field(name: string, value: string | number | boolean): void {
    const { lo, hi } = this.#hash(name);
    const start = this.#cursor;
    let kind: number = abi.SPL_KIND_STRING;
    let number = 0;
    let size = 0;
    if (typeof value === 'string') {
      size = this.#put(value, abi.SPL_TEXT_MAX);
    } else {
      kind = typeof value === 'number' ? abi.SPL_KIND_NUMBER : abi.SPL_KIND_BOOLEAN;
      number = Number(value);
    }
    const at = this.#fields + this.#fieldCount++ * abi.SPL_FIELD_BYTES;
    const word = at >> 2;
    this.u32[word + (abi.SPL_FIELD_NAME >> 2)] = lo;
    this.u32[word + (abi.SPL_FIELD_NAME >> 2) + 1] = hi;
    this.f64[(at + abi.SPL_FIELD_NUMBER) >> 3] = number;
    this.u32[word + (abi.SPL_FIELD_TEXT >> 2)] = start;
    this.u32[word + (abi.SPL_FIELD_SIZE >> 2)] = size;
    this.u32[word + (abi.SPL_FIELD_KIND >> 2)] = kind;
  }
}
