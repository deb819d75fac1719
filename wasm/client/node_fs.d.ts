// SPDX-License-Identifier: MIT
// The one function of Node that the client calls.
declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}
