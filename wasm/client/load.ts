// SPDX-License-Identifier: MIT
// From what a host has (bytes, answers, compiled modules, or promises of them) to what decides.
import { Samplit } from './client.js';
import { controlOf } from './decision.js';
import type { Decider } from './engine.js';
import { SamplitError } from './errors.js';

export type ModuleSource = WebAssembly.Module | BufferSource | Response;
export type BundleSource = BufferSource | Response | null;

/** Whatever goes wrong on the way is a SamplitError; what it came from is its cause. */
export function asError(what: string, cause: unknown): SamplitError {
  if (cause instanceof SamplitError) return cause;
  const { name, status, message } = (cause ?? {}) as Partial<SamplitError>;
  if (name === 'SamplitError' && status && message) return new SamplitError(status, message, { cause }); // of another file's class
  return new SamplitError('INVALID_ARGUMENT', `${what}: ${cause instanceof Error ? cause.message : typeof cause}`, { cause });
}

/** Bytes, wherever they lie. */
export function bytesOf(source: unknown): Uint8Array<ArrayBuffer> {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength);
  throw new SamplitError('INVALID_ARGUMENT', 'neither bytes nor a Response; only null means no bundle');
}

export async function bodyOf(source: BufferSource | Response): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof Response === 'undefined' || !(source instanceof Response)) return bytesOf(source);
  if (!source.ok) throw new SamplitError('NOT_FOUND', `${source.url} answered ${source.status}`);
  return bytesOf(await source.arrayBuffer());
}

export async function compile(source: ModuleSource | Promise<ModuleSource>): Promise<WebAssembly.Module> {
  try {
    if (typeof WebAssembly === 'undefined') throw new SamplitError('UNSUPPORTED', 'there is no WebAssembly here');
    const given = await source;
    return given instanceof WebAssembly.Module ? given : await WebAssembly.compile(await bodyOf(given));
  } catch (error) {
    throw asError('the module cannot be loaded', error);
  }
}

async function read(source: BundleSource | Promise<BundleSource>): Promise<Uint8Array | null> {
  try {
    const given = await source;
    return given === null ? null : await bodyOf(given);
  } catch (error) {
    throw asError('the bundle cannot be loaded', error);
  }
}

/**
 * Makes a Samplit from a module and a bundle, or promises of them; null is no bundle: then the control
 * is decided, with the reason `default`. Rejects with a SamplitError, which names the tensor when the
 * bundle is bad.
 */
export async function load(
  module: ModuleSource | Promise<ModuleSource>,
  bundle: BundleSource | Promise<BundleSource>,
): Promise<Samplit> {
  const [code, file] = await Promise.all([compile(module), read(bundle)]);
  try {
    return new Samplit(await WebAssembly.instantiate(code, {}), file);
  } catch (error) {
    throw asError('the module cannot be started', error);
  }
}

/** The same at once, for workers that are handed a compiled module. */
export function loadSync(module: WebAssembly.Module, bundle: BufferSource | null): Samplit {
  try {
    return new Samplit(new WebAssembly.Instance(module, {}), bundle === null ? null : bytesOf(bundle));
  } catch (error) {
    throw asError('the module cannot be started', error);
  }
}

/**
 * `load` for a page that must go on: never rejects. Without a good bundle the module decides without
 * one, without a module a constant does, and both serve the control with the reason `default`.
 * `onError` hears why, once; what it throws is dropped.
 */
export async function loadOrDefault(
  module: ModuleSource | Promise<ModuleSource>,
  bundle: BundleSource | Promise<BundleSource>,
  onError: (error: SamplitError) => void,
): Promise<Decider> {
  const code = compile(module);
  try {
    return await load(code, bundle);
  } catch (error) {
    Promise.resolve(error as SamplitError).then(onError).catch(() => {});
    return load(code, null).catch(() => ({ bundle: '', decide: controlOf }));
  }
}

// The smallest module that uses simd128: one function that drops a v128.
const SIMD_PROBE = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11];

/** Whether this runtime has simd128. */
export const isWide = (): boolean => WebAssembly.validate(new Uint8Array(SIMD_PROBE));

/** File name of the widest module that this runtime can run; both give equal bits. */
export function moduleName(): string {
  return isWide() ? 'samplit.simd.wasm' : 'samplit.wasm';
}
