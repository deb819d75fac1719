// SPDX-License-Identifier: MIT
// What the client calls of Node.
declare module 'node:crypto' {
  export const webcrypto: Crypto;
}
declare module 'node:fs' {
  export function readFileSync(path: URL): Uint8Array<ArrayBuffer>;
}
declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}
