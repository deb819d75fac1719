// SPDX-License-Identifier: MIT
// One request to the collector.
import { SamplitError } from './errors.js';

export const KEEPALIVE_CHARS = 16_000; // at most 48 kB of UTF-8; browsers let 64 kB go on when the page does not

/** Text stays text/plain, which needs no preflight. The cause of the error for an answer is its status. */
export async function post(url: string, body: string, signal?: AbortSignal): Promise<void> {
  const keepalive = body.length <= KEEPALIVE_CHARS;
  const answer = await fetch(url, { method: 'POST', body, ...(signal && { signal, keepalive }) });
  if (answer.ok) return;
  const { status } = answer;
  throw new SamplitError('NOT_FOUND', `the collector answered ${status}`, { cause: status });
}
