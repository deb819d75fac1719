// SPDX-License-Identifier: MIT
// The raw fields that a request for a page tells a worker or server about the visit.
import type { Context } from './types.js';

/**
 * Raw fields of the visit that a page is requested for: address, referrer, user agent, client hints, language, and
 * the country where Cloudflare says it. The visitor's local time is not in a request.
 */
export function requestContext(request: Request): Context {
  const { headers, url } = request;
  const { cf } = request as Request & { cf?: { country?: string } };
  return {
    url,
    referrer: headers.get('referer'),
    user_agent: headers.get('user-agent'),
    accept_language: headers.get('accept-language'),
    sec_ch_ua: headers.get('sec-ch-ua'),
    sec_ch_ua_mobile: headers.get('sec-ch-ua-mobile'),
    sec_ch_ua_platform: headers.get('sec-ch-ua-platform'),
    country: cf?.country ?? headers.get('cf-ipcountry'),
  };
}
