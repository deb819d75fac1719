// SPDX-License-Identifier: MIT
// The entry `samplit` of pages, and of runtimes that have no entry of their own.
import { createClientWith } from './create.js';
import { isWide } from './load.js';
import type { Client, ClientOptions } from './options.js';

// Written out twice, so that bundlers see both files.
async function ownModule(): Promise<Response> {
  const { url } = import.meta;
  return fetch(isWide() ? new URL('./samplit.simd.wasm', url) : new URL('./samplit.wasm', url));
}

/**
 * Makes a client. Resolves when a bundle decides, or none could be had, or `timeout_ms` is over: then what is
 * still to come takes its place when it comes. Never rejects; until there is a bundle, the control is served.
 */
export function createClient(options: ClientOptions): Promise<Client> {
  return createClientWith(options, ownModule);
}

export * from './common.js';
