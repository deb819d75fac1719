// SPDX-License-Identifier: MIT
// The exact layer: typed views on the module's memory, and the staging area that one decision's
// fields and texts are written to. It knows addresses and offsets, and no meaning.
import * as abi from './abi.js';
import { SamplitError } from './errors.js';

/** The functions of wasm/exports.txt. Addresses and sizes are unsigned 32-bit numbers. */
export interface Exports {
  memory: WebAssembly.Memory;
  spl_wasm_abi(): number;
  spl_wasm_this(): number;
  spl_wasm_reserve(size: number): number;
  spl_wasm_open(size: number): number;
  spl_wasm_stage(bytes: number): number;
  spl_wasm_decide(experiment: number, unit: number, unitSize: number, fields: number, fieldCount: number): void;
  spl_wasm_hash(text: number, size: number): bigint;
  spl_wasm_known_name(name: bigint): void;
}

/** A 64-bit hash as two halves, so that no decision needs a BigInt. */
export interface Hash {
  readonly lo: number;
  readonly hi: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// Text is written no further than the core reads, plus enough to tell that more followed.
const TEXT_BYTES = abi.SPL_TEXT_MAX + 8;
const SHORT = 320; // up to here a loop over ASCII beats encodeInto
const NAMES_MAX = 4096; // cached hashes; names are few unless the host makes them up

export class Memory {
  readonly exports: Exports;
  /** Address of the module's instance struct. */
  readonly at: number;
  u8!: Uint8Array;
  u32!: Uint32Array;
  f64!: Float64Array;

  #names = new Map<string, Hash>();
  #fields = 0; // address of the first field: the start of staging
  #fieldRoom = 32; // fields that fit before the texts begin
  #fieldCount = 0;
  #unitSize = 0;
  #cursor = 0; // where the next text goes
  #end = 0; // end of staging

  constructor(instance: WebAssembly.Instance) {
    this.exports = instance.exports as unknown as Exports;
    if (this.exports.spl_wasm_abi?.() !== abi.SPL_WASM_ABI) {
      throw new SamplitError('INVALID_ARGUMENT', `not a Samplit module with ABI ${abi.SPL_WASM_ABI}`);
    }
    this.at = this.exports.spl_wasm_this() >>> 0;
    this.restage(16384);
  }

  /** Makes sure that staging holds `bytes`, and looks up where it is. */
  restage(bytes: number): void {
    const start = bytes < 0x8000_0000 ? this.exports.spl_wasm_stage(bytes) >>> 0 : 0;
    if (!start) throw new SamplitError('NO_SPACE', 'no memory for the context');
    this.#fields = start;
    this.#end = start + bytes;
    this.refresh();
  }

  /** Renews the views; growing memory detaches the old ones. */
  refresh(): void {
    const { buffer } = this.exports.memory;
    if (this.u8?.buffer === buffer && this.u8.byteLength === buffer.byteLength) return;
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  /** Copies a bundle file in and opens it. Returns the status; the error struct says more. */
  open(file: Uint8Array): number {
    const start = this.exports.spl_wasm_reserve(file.byteLength) >>> 0;
    if (!start) throw new SamplitError('NO_SPACE', `no memory for a bundle of ${file.byteLength} bytes`);
    this.refresh();
    this.u8.set(file, start);
    const status = this.exports.spl_wasm_open(file.byteLength);
    this.restage(16384);
    return status;
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

  /** Begins a decision: staging holds the unit and nothing else. */
  begin(unit: string): void {
    if (this.u8.byteLength === 0) this.refresh();
    this.#fieldCount = 0;
    this.#cursor = this.#texts;
    this.#unitSize = this.#put(unit, 3 * unit.length);
  }

  /** Decides with what was staged; the answer lies in the instance's decision. */
  decide(experiment: number): void {
    this.exports.spl_wasm_decide(experiment, this.#texts, this.#unitSize, this.#fields, this.#fieldCount);
  }

  // Texts begin behind the room for fields; the unit is the first of them.
  get #texts(): number {
    return this.#fields + this.#fieldRoom * abi.SPL_FIELD_BYTES;
  }

  // Writes a text at the cursor, at most `limit` bytes of it, and returns its size.
  #put(text: string, limit: number): number {
    const start = this.#cursor;
    const need = Math.min(text.length * 3, limit);
    if (start + need > this.#end) this.restage(2 * (start + need - this.#fields));
    const size = text.length <= SHORT ? this.#putShort(text, start) : -1;
    const written = size >= 0 ? size : encoder.encodeInto(text, this.u8.subarray(start, start + need)).written;
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

  /** The core's hash of an attribute's name; computed once per name. */
  hash(name: string): Hash {
    return this.#names.get(name) ?? this.#hashNew(name);
  }

  #hashNew(name: string): Hash {
    const size = this.#put(name, 3 * name.length);
    this.#cursor -= size;
    const hash = this.exports.spl_wasm_hash(this.#cursor, size);
    const halves = { lo: Number(hash & 0xffff_ffffn), hi: Number((hash >> 32n) & 0xffff_ffffn) };
    if (this.#names.size >= NAMES_MAX) this.#names.clear();
    this.#names.set(name, halves);
    return halves;
  }

  /** The name whose hash stands at an address: one that the core knows or the host has used, else its hex digits. */
  name(at: number): string {
    const [lo, hi] = [this.u32[at >> 2]!, this.u32[(at >> 2) + 1]!];
    this.exports.spl_wasm_known_name((BigInt(hi) << 32n) | BigInt(lo));
    const known = this.textAt(this.at + abi.SPL_WASM_INSTANCE_NAME);
    if (known) return known;
    for (const [name, hash] of this.#names) if (hash.lo === lo && hash.hi === hi) return name;
    return hi.toString(16).padStart(8, '0') + lo.toString(16).padStart(8, '0');
  }

  /** Stages one field. Values that are neither string, number nor boolean count as missing. */
  field(name: string, value: unknown): void {
    if (this.#fieldCount === this.#fieldRoom) this.#widen();
    const { lo, hi } = this.hash(name);
    let kind: number = abi.SPL_KIND_MISSING;
    let number = 0;
    let start = 0;
    let size = 0;
    if (typeof value === 'string') {
      kind = abi.SPL_KIND_STRING;
      start = this.#cursor;
      size = this.#put(value, TEXT_BYTES);
    } else if (typeof value === 'number') {
      kind = abi.SPL_KIND_NUMBER;
      number = value;
    } else if (typeof value === 'boolean') {
      kind = abi.SPL_KIND_BOOLEAN;
      number = value ? 1 : 0;
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

  // Doubles the room for fields: the texts move up, and the fields' pointers to them.
  #widen(): void {
    const shift = this.#fieldRoom * abi.SPL_FIELD_BYTES;
    const texts = this.#texts;
    if (this.#cursor + shift > this.#end) this.restage(2 * (this.#cursor + shift - this.#fields));
    this.u8.copyWithin(texts + shift, texts, this.#cursor);
    for (let i = 0; i < this.#fieldCount; i++) {
      const pointer = (this.#fields + i * abi.SPL_FIELD_BYTES + abi.SPL_FIELD_TEXT) >> 2;
      if (this.u32[pointer]) this.u32[pointer]! += shift;
    }
    this.#cursor += shift;
    this.#fieldRoom *= 2;
  }
}
