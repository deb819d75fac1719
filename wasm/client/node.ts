// SPDX-License-Identifier: MIT
// The entry `samplit` of Node, Deno and Bun: the module is a file beside this one.
import { webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createClientWith } from './create.js';
import { isWide } from './load.js';
import type { Client, ClientOptions } from './options.js';

async function ownModule(): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(new URL(isWide() ? './samplit.simd.wasm' : './samplit.wasm', import.meta.url));
}

/**
 * Makes a client. Resolves when a bundle decides, or none could be had, or `timeout_ms` is over: then what is
 * still to come takes its place when it comes. Never rejects; until there is a bundle, the control is served.
 */
export function createClient(options: ClientOptions): Promise<Client> {
  if (options.publicKey) globalThis.crypto ??= webcrypto; // Node 18 has it, but not as a global
  return createClientWith(options, ownModule);
}

export * from './common.js';
