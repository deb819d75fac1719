// SPDX-License-Identifier: MIT
// The parts of a URL that the context needs. Borrowed slices, no copy; anything that is not a URL
// gives empty parts.
#ifndef SAMPLIT_URL_H
#define SAMPLIT_URL_H

#include <stdbool.h>

#include "samplit/text.h"

// "shop.example.com" of "https://user@shop.example.com:8443/a?b#c": without user, port and final
// dot. For "android-app://com.example.app/…" the package. A scheme that has no host ("data:",
// "about:") and a host with a byte that no host has give an empty text.
spl_text spl_url_host(spl_text url);

// What stands between the first '?' and '#'.
spl_text spl_url_query(spl_text url);

// The next key=value of a query, still encoded; `query` moves on. False at the end.
bool spl_url_parameter(spl_text *query, spl_text *key, spl_text *value);

// Decodes %XX and '+' into out[max]; stops when it is full. A malformed %XX stays as it is.
// Returns the length.
size_t spl_url_decode(spl_text text, char *out, size_t max);

#endif
