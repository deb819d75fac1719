// SPDX-License-Identifier: MIT
// After the WHATWG URL and application/x-www-form-urlencoded rules, as far as attribution needs
// them: no resolution of relative references, no punycode.
#include "url.h"

#include <string.h>

// The index of the first byte of `set` in the text from `start` on, or its size.
static size_t find_any(spl_text text, size_t start, const char *set)
{
    while (start < text.size && !(text.data[start] && strchr(set, text.data[start]))) start++;
    return start;
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
    size_t start = 0, colon = find_any(url, 0, ":/?#");
    if (url.size - colon >= 3 && memcmp(url.data + colon, "://", 3) == 0)
        start = colon + 3;
    else if (colon < url.size && url.data[colon] == ':' && !(colon + 1 < url.size && url.data[colon + 1] <= '9'))
        return (spl_text){0}; // "data:text/html", "about:blank"; but "example.com:8080" has a port

    size_t end = find_any(url, start, "/?#");
    for (size_t at = find_any(slice(url, 0, end), start, "@"); at < end; at = find_any(slice(url, 0, end), at + 1, "@"))
        start = at + 1;
    end = find_any(slice(url, 0, end), start, ":");
    if (end > start && url.data[end - 1] == '.') end--;
    spl_text host = slice(url, start, end);
    return is_host(host) ? host : (spl_text){0};
}

spl_text spl_url_query(spl_text url)
{
    size_t fragment = find_any(url, 0, "#");
    size_t start = find_any(slice(url, 0, fragment), 0, "?");
    return start < fragment ? slice(url, start + 1, fragment) : (spl_text){0};
}

bool spl_url_parameter(spl_text *query, spl_text *key, spl_text *value)
{
    if (!query->size) return false;
    size_t end = find_any(*query, 0, "&");
    size_t equals = find_any(slice(*query, 0, end), 0, "=");
    *key = slice(*query, 0, equals);
    *value = slice(*query, equals < end ? equals + 1 : end, end);
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
