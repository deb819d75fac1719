// SPDX-License-Identifier: MIT
// The raw fields that a web page knows about its visit. Nothing here leaves the page.
import type { Context } from './types.js';

interface ClientHints {
  readonly brands?: readonly { readonly brand: string; readonly version: string }[];
  readonly mobile?: boolean;
  readonly platform?: string;
}

type More = Navigator & { connection?: { effectiveType?: string }; userAgentData?: ClientHints };

// The low-entropy hints, spelled as the headers of the same name spell them.
function hintFields(hints: ClientHints | undefined): Context {
  if (!hints) return {};
  return {
    sec_ch_ua: hints.brands?.map(({ brand, version }) => `"${brand}";v="${version}"`).join(', '),
    sec_ch_ua_mobile: hints.mobile === undefined ? undefined : hints.mobile ? '?1' : '?0',
    sec_ch_ua_platform: hints.platform && `"${hints.platform}"`,
  };
}

/**
 * Raw fields of the visit at hand: address, referrer, user agent, client hints, language, width, connection and local
 * time. For pages only; a worker or server has `requestContext`.
 */
export function browserContext(): Context {
  const { userAgent, language, connection, userAgentData: hints } = navigator as More;
  const now = new Date();
  return {
    url: location.href,
    referrer: document.referrer,
    user_agent: userAgent,
    language,
    viewport_width: innerWidth,
    connection: connection?.effectiveType,
    time_ms: now.getTime(),
    utc_offset_minutes: -now.getTimezoneOffset(),
    ...hintFields(hints),
  };
}

const CONTEXT_MS = 60_000; // so long the minute of the day stands

let last: Context = {};
let lastUrl: string | undefined;
let lastAt = 0;

/** `browserContext`, made anew when the address has changed or a minute has gone. */
export function currentContext(): Context {
  const now = performance.now();
  if (location.href !== lastUrl || now - lastAt > CONTEXT_MS) {
    last = browserContext();
    lastUrl = location.href;
    lastAt = now;
  }
  return last;
}
