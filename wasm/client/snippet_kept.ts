// SPDX-License-Identifier: MIT
// The last good bundle, where a page can read it without waiting: in localStorage, as text. The Cache API, which the client
// uses elsewhere, answers after the first paint. One line each: address, ETag, signature; then the bytes in base64.
import type { BundleCache } from './options.js';
import { KEPT_KEY } from './snippet_hold.js';

const SIGNATURE = 'x-samplit-signature';
const CHARS_MAX = 1 << 20; // of some five million that a site has

const bytesOfText = (binary: string) => Uint8Array.from(binary, (char) => char.charCodeAt(0));

/** The bytes of a base64 text, or none where it is not one: no bundle is empty. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return bytesOfText(atob(text));
  } catch {
    return new Uint8Array(0);
  }
}

async function toBase64(blob: Blob): Promise<string> {
  const reader = new FileReader();
  await new Promise((done) => {
    reader.onloadend = done;
    reader.readAsDataURL(blob);
  });
  return String(reader.result).replace(/^.*?,/, '');
}

// Throws where storage is denied; the client takes that for an empty cache.
function read(url: string): [etag: string, signature: string, text: string] | undefined {
  const [address, etag = '', signature = '', text = ''] = localStorage.getItem(KEPT_KEY)?.split('\n') ?? [];
  return address === url && text ? [etag, signature, text] : undefined;
}

/** The last good bundle of an address, at once. */
export function keptBytes(url: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const kept = read(url);
    return kept && fromBase64(kept[2]);
  } catch {
    return undefined;
  }
}

/** For the client, which asks it only where there is consent. */
export const localBundles: BundleCache = {
  async match(url) {
    const kept = read(url);
    return kept && new Response(fromBase64(kept[2]), { headers: { etag: kept[0], [SIGNATURE]: kept[1] } });
  },
  async put(url, answer) {
    const { headers } = answer;
    const text = await toBase64(await answer.blob());
    const lines = [url, headers.get('etag') ?? '', headers.get(SIGNATURE) ?? '', text].join('\n');
    if (lines.length <= CHARS_MAX) localStorage.setItem(KEPT_KEY, lines);
    else localStorage.removeItem(KEPT_KEY);
  },
  async delete() {
    localStorage.removeItem(KEPT_KEY);
    return true;
  },
};
