// SPDX-License-Identifier: MIT
// One request to the collector.
import { SamplitError } from './errors.js';

/** A collector's answer that no repetition will change. */
export class Refused extends SamplitError {}

export const KEEPALIVE_CHARS = 16_000; // at most 48 kB of UTF-8; browsers let 64 kB go on when the page does not

/** Text stays text/plain, which needs no preflight. */
export async function post(url: string, body: string, signal?: AbortSignal): Promise<void> {
  const keepalive = body.length <= KEEPALIVE_CHARS;
  const answer = await fetch(url, { method: 'POST', body, ...(signal && { signal, keepalive }) });
  if (answer.ok) return;
  const Kind = answer.status < 500 && ![408, 425, 429].includes(answer.status) ? Refused : SamplitError;
  throw new Kind('NOT_FOUND', `the collector answered ${answer.status}`);
}
