// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/segment_key.h"

#include <string.h>

bool spl_segment_next(spl_text key, size_t *at, spl_text *attribute, spl_text *value)
{
    if (*at >= key.size) return false;
    const char *start = key.data + *at;
    size_t left = key.size - *at;
    const char *bar = memchr(start, '|', left);
    size_t size = bar ? (size_t)(bar - start) : left;
    const char *colon = memchr(start, ':', size);
    size_t name = colon ? (size_t)(colon - start) : size;
    *attribute = (spl_text){start, name};
    *value = colon ? (spl_text){colon + 1, size - name - 1} : (spl_text){start + size, 0};
    *at += size + (bar != NULL);
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t spl_segment_decode(spl_text part, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < part.size; i++) {
        char c = part.data[i];
        if (c == '%' && i + 2 < part.size) {
            int high = hex_digit(part.data[i + 1]), low = hex_digit(part.data[i + 2]);
            if (high >= 0 && low >= 0) {
                c = (char)(high << 4 | low);
                i += 2;
            }
        }
        out[size++] = c;
    }
    return size;
}

static bool holds(spl_text key, spl_text attribute, spl_text value)
{
    spl_text a, v;
    for (size_t at = 0; spl_segment_next(key, &at, &a, &v);) {
        if (spl_text_equal(a, attribute) && spl_text_equal(v, value)) return true;
    }
    return false;
}

void spl_segment_step(spl_text parent, spl_text child, spl_text *attribute, spl_text *value)
{
    for (size_t at = 0; spl_segment_next(child, &at, attribute, value);) {
        if (!holds(parent, *attribute, *value)) return;
    }
    *attribute = *value = (spl_text){NULL, 0};
}
