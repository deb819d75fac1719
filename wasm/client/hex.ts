// SPDX-License-Identifier: MIT

/** The two hex digits of every byte. */
export const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function hexOf(bytes: Uint8Array): string {
  let digits = '';
  for (const byte of bytes) digits += HEX[byte];
  return digits;
}

// Ids must be unique, not secret: a runtime without WebCrypto (Node 18) makes do with Math.random.
function randomBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  return globalThis.crypto ? crypto.getRandomValues(bytes) : bytes.map(() => Math.random() * 256);
}

/** A drawn id of 32 hex digits. A UUID is drawn in a fifth of the time of bytes (Node); pages without https have none. */
export const drawnId = (): string => globalThis.crypto?.randomUUID?.().replaceAll('-', '') ?? hexOf(randomBytes(16));
