// SPDX-License-Identifier: MIT
// What the client calls of Node, and what the types of @openfeature/server-sdk name of it.
declare module 'node:crypto' {
  export const webcrypto: Crypto;
}
declare module 'node:events' {
  export type EventEmitter<_Events = unknown> = any;
}
declare module 'node:fs' {
  export function readFileSync(path: URL): Uint8Array<ArrayBuffer>;
}
declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}
