// SPDX-License-Identifier: MIT
// The raw fields that a request for a page tells a worker or server about the visit.
import type { Context } from './types.js';

/**
 * Raw fields of the visit that a page is requested for: address, referrer, user agent, client hints, language, and the
 * country where Cloudflare says it: by `CF-IPCountry`, else in `request.cf`, which is dear to read. Browsers send platform
 * version, form factors, width and connection to those who asked for them: `Accept-CH: Sec-CH-UA-Platform-Version,
 * Sec-CH-UA-Form-Factors, Sec-CH-Viewport-Width, ECT`. The visitor's local time is not in a request.
 */
export function requestContext(request: Request): Context {
  const { headers, url } = request;
  return {
    url,
    referrer: headers.get('referer'),
    user_agent: headers.get('user-agent'),
    accept_language: headers.get('accept-language'),
    sec_ch_ua: headers.get('sec-ch-ua'),
    sec_ch_ua_mobile: headers.get('sec-ch-ua-mobile'),
    sec_ch_ua_platform: headers.get('sec-ch-ua-platform'),
    sec_ch_ua_platform_version: headers.get('sec-ch-ua-platform-version'),
    sec_ch_ua_form_factors: headers.get('sec-ch-ua-form-factors'),
    viewport_width: Number(headers.get('sec-ch-viewport-width') ?? NaN),
    connection: headers.get('ect'),
    country: headers.get('cf-ipcountry') ?? (request as Request & { cf?: { country?: string } }).cf?.country,
  };
}
