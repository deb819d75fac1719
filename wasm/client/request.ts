// SPDX-License-Identifier: MIT
// The raw fields that a request for a page tells a worker or server about the visit.
import type { Context } from './types.js';

// Fields that are headers of the same name.
const HEADERS = [
  'user_agent',
  'accept_language',
  'sec_ch_ua',
  'sec_ch_ua_mobile',
  'sec_ch_ua_platform',
  'sec_ch_ua_platform_version',
  'sec_ch_ua_form_factors',
];

/**
 * Raw fields of the visit that a page is requested for: address, referrer, user agent, client hints, language, and
 * the country where Cloudflare says it. Browsers send platform version, form factors, width and connection to those
 * who asked for them: `Accept-CH: Sec-CH-UA-Platform-Version, Sec-CH-UA-Form-Factors, Sec-CH-Viewport-Width, ECT`. The
 * visitor's local time is not in a request.
 */
export function requestContext(request: Request): Context {
  const { headers, url } = request;
  const { cf } = request as Request & { cf?: { country?: string } };
  return {
    url,
    referrer: headers.get('referer'),
    ...Object.fromEntries(HEADERS.map((name) => [name, headers.get(name.replaceAll('_', '-'))])),
    viewport_width: Number(headers.get('sec-ch-viewport-width') ?? NaN),
    connection: headers.get('ect'),
    country: cf?.country ?? headers.get('cf-ipcountry'),
  };
}
