// SPDX-License-Identifier: MIT
// Where a bundle comes from: an address that is asked with the ETag of what is there, and a cache that holds the last good one.
// Whatever comes is bounded in size and time, and checked against the pinned keys, also what comes from the cache.
import { SamplitError } from './errors.js';
import { asError } from './load.js';
import type { BundleCache } from './options.js';

const ANSWER_MS = 30_000;
const SIGNATURE_BYTES = 4096;
const KEPT_SIGNATURE = 'x-samplit-signature';

/** A bundle as it came. */
export interface Got {
  readonly file: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly signature: string;
}

export interface Source {
  /** The last good one, or undefined. Never rejects. */
  kept(): Promise<Got | undefined>;
  /** A newer one, or undefined where the one with this ETag is the newest. */
  newer(etag: string): Promise<Got | undefined>;
  keep(got: Got): void;
  forget(): void;
}

interface SourceParts {
  readonly url: string;
  /** Text or address; empty where the address follows from the bundle's. */
  readonly signature: string;
  readonly keys: readonly string[];
  readonly cache: () => Promise<BundleCache | undefined>;
  readonly maxBytes: number;
}

/** The body, unless it is larger. What Content-Length says may be of the compressed body, so the bytes are counted. */
async function readWithin(answer: Response, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = answer.body?.getReader();
  let size = 0;
  for (let part; reader && !(part = await reader.read()).done; parts.push(part.value)) {
    if ((size += part.value.length) <= max) continue;
    reader.cancel().catch(() => {});
    throw new SamplitError('TOO_LARGE', `${answer.url} has more than ${max} bytes`);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// A page asks another origin without headers of its own, which would need that origin's leave; the browser's cache revalidates.
function headersFor(url: string, etag: string): Record<string, string> {
  const isForeign = typeof location !== 'undefined' && new URL(url, location.href).origin !== location.origin;
  return etag && !isForeign ? { 'if-none-match': etag } : {};
}

async function ask<T>(url: string, etag: string, read: (answer: Response) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const limit = setTimeout(() => abort.abort(), ANSWER_MS);
  try {
    const answer = await fetch(url, { cache: 'no-cache', headers: headersFor(url, etag), signal: abort.signal });
    if (!answer.ok && answer.status !== 304) throw new SamplitError('NOT_FOUND', `${url} answered ${answer.status}`);
    return await read(answer);
  } catch (error) {
    if (abort.signal.aborted) throw new SamplitError('TIMED_OUT', `${url} took more than ${ANSWER_MS} ms`);
    throw asError('the bundle cannot be loaded', error);
  } finally {
    clearTimeout(limit);
  }
}

export function makeSource({ url, signature, keys, cache, maxBytes }: SourceParts): Source {
  const text = async (answer: Response) => new TextDecoder().decode(await readWithin(answer, SIGNATURE_BYTES));

  function signatureText(): string | Promise<string> {
    if (!keys.length || signature.includes('\n')) return signature;
    return ask(signature || url.replace(/(?=[?#]|$)/, '.minisig'), '', text);
  }

  async function checked(got: Got): Promise<Got> {
    if (keys.length) await (await import('./signature.js')).verify(got.file, got.signature, keys);
    return got;
  }

  // One after the other, so that what is to be forgotten is not put there after all.
  let work: Promise<unknown> = Promise.resolve();
  function inCache(act: (store: BundleCache) => Promise<unknown>): void {
    work = work.then(cache).then((store) => store && act(store)).catch(() => {});
  }

  const forget = () => inCache((store) => store.delete(url));

  return {
    async kept() {
      try {
        const answer = await (await cache())?.match(url);
        if (!answer) return undefined;
        const { headers } = answer;
        const got = { etag: headers.get('etag') ?? '', signature: decodeURIComponent(headers.get(KEPT_SIGNATURE) ?? '') };
        return await checked({ ...got, file: await readWithin(answer, maxBytes) });
      } catch {
        forget();
        return undefined;
      }
    },
    newer: (etag) =>
      ask(url, etag, async (answer) => {
        if (answer.status === 304) return undefined;
        const [file, signed] = await Promise.all([readWithin(answer, maxBytes), signatureText()]);
        return checked({ file, etag: answer.headers.get('etag') ?? '', signature: signed });
      }),
    keep({ file, etag, signature: signed }) {
      const headers = { etag, [KEPT_SIGNATURE]: encodeURIComponent(signed) };
      inCache((store) => store.put(url, new Response(file, { headers })));
    },
    forget,
  };
}
