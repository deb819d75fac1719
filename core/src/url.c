// SPDX-License-Identifier: MIT
// After the WHATWG URL and application/x-www-form-urlencoded rules, as far as attribution needs
// them: no resolution of relative references, no punycode.
#include "url.h"

#include <string.h>

// The index of the first c from `start` on, or the size.
static size_t find(spl_text text, size_t start, char c)
{
    const char *found = start < text.size ? memchr(text.data + start, c, text.size - start) : NULL;
    return found ? (size_t)(found - text.data) : text.size;
}

// The end of what may be a scheme or a host: the first of "/?#", or of ":/?#".
static size_t find_end(spl_text text, size_t start, bool colon)
{
    size_t i = start;
    for (; i < text.size; i++) {
        char c = text.data[i];
        if (c == '/' || c == '?' || c == '#' || (colon && c == ':')) break;
    }
    return i;
}

static spl_text slice(spl_text text, size_t start, size_t end)
{
    return (spl_text){text.data + start, end - start};
}

static bool is_host(spl_text host)
{
    for (size_t i = 0; i < host.size; i++) {
        uint8_t c = (uint8_t)host.data[i], lower = c | 0x20;
        bool letter = lower >= 'a' && lower <= 'z', digit = c >= '0' && c <= '9';
        if (!letter && !digit && c != '.' && c != '-' && c != '_' && c < 0x80) return false;
    }
    return host.size > 0;
}

spl_text spl_url_host(spl_text url)
{
    size_t start = 0, colon = find_end(url, 0, true);
    if (url.size - colon >= 3 && memcmp(url.data + colon, "://", 3) == 0)
        start = colon + 3;
    else if (colon < url.size && url.data[colon] == ':' && !(colon + 1 < url.size && url.data[colon + 1] <= '9'))
        return (spl_text){0}; // "data:text/html", "about:blank"; but "example.com:8080" has a port

    spl_text host = slice(url, start, find_end(url, start, false));
    for (size_t user = find(host, 0, '@'); user < host.size; user = find(host, 0, '@'))
        host = slice(host, user + 1, host.size);
    host = slice(host, 0, find(host, 0, ':'));
    if (host.size && host.data[host.size - 1] == '.') host.size--;
    return is_host(host) ? host : (spl_text){0};
}

spl_text spl_url_query(spl_text url)
{
    url = slice(url, 0, find(url, 0, '#'));
    size_t mark = find(url, 0, '?');
    return mark < url.size ? slice(url, mark + 1, url.size) : (spl_text){0};
}

bool spl_url_parameter(spl_text *query, spl_text *key, spl_text *value)
{
    if (!query->size) return false;
    size_t end = find(*query, 0, '&');
    spl_text pair = slice(*query, 0, end);
    size_t equals = find(pair, 0, '=');
    *key = slice(pair, 0, equals);
    *value = slice(pair, equals < end ? equals + 1 : end, end);
    *query = slice(*query, end < query->size ? end + 1 : end, query->size);
    return true;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

size_t spl_url_decode(spl_text text, char *out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < text.size && n < max; i++) {
        char c = text.data[i] == '+' ? ' ' : text.data[i];
        if (c == '%' && i + 2 < text.size && hex(text.data[i + 1]) >= 0 && hex(text.data[i + 2]) >= 0) {
            c = (char)(hex(text.data[i + 1]) * 16 + hex(text.data[i + 2]));
            i += 2;
        }
        out[n++] = c;
    }
    return n;
}
