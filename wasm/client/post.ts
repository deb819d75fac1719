// SPDX-License-Identifier: MIT
// One request to the collector.
import { SamplitError } from './errors.js';

export const KEEPALIVE_CHARS = 16_000; // at most 48 kB of UTF-8; browsers let 64 kB go on when the page does not

/** Throws unless the collector took it; the cause is its status. */
export function check({ ok, status }: Response): void {
  if (!ok) throw new SamplitError('NOT_FOUND', `the collector answered ${status}`, { cause: status });
}

/** Text stays text/plain, which needs no preflight. */
export async function post(url: string, body: string, signal?: AbortSignal): Promise<void> {
  const keepalive = body.length <= KEEPALIVE_CHARS;
  check(await fetch(url, { method: 'POST', body, ...(signal && { signal, keepalive }) }));
}

/** Why events did not arrive, from what the collector threw. */
export function sendError(cause: unknown): SamplitError {
  return cause instanceof SamplitError ? cause : new SamplitError('NOT_FOUND', 'the collector cannot be reached', { cause });
}

/** Whether it may help to send them again: not where the collector refused what it got. */
export function isPassing({ cause }: SamplitError): boolean {
  const status = cause as number;
  return !(status >= 400 && status < 500) || [408, 425, 429].includes(status);
}
