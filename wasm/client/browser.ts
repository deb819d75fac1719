// SPDX-License-Identifier: MIT
// The raw fields that a web page knows about its visit. Nothing here leaves the page.
import type { Context } from './types.js';

interface ClientHints {
  readonly brands?: readonly { readonly brand: string }[];
  readonly mobile?: boolean;
  readonly platform?: string;
}

type More = Navigator & { connection?: { effectiveType?: string }; userAgentData?: ClientHints };

/**
 * Raw fields of the visit at hand: address, referrer, user agent, client hints (what of their headers is read), language,
 * width, connection and local time. For pages only; a worker or server has `requestContext`.
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
    time_ms: Number(now),
    utc_offset_minutes: -now.getTimezoneOffset(),
    sec_ch_ua: hints?.brands?.map(({ brand }) => brand).join(),
    sec_ch_ua_mobile: hints?.mobile,
    sec_ch_ua_platform: hints?.platform,
  };
}

const CONTEXT_MS = 60_000; // so long the minute of the day stands

let last: Context = {};

/** `browserContext`, made anew when the address has changed, a minute has gone, or the clock was set. */
export function currentContext(): Context {
  const isFresh = Math.abs(Date.now() - Number(last.time_ms)) < CONTEXT_MS;
  if (!isFresh || last.url !== location.href) last = browserContext();
  return last;
}
