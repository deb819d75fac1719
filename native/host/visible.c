// SPDX-License-Identifier: GPL-3.0-or-later
#define _XOPEN_SOURCE 700
#include "host/visible.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define NOT_UTF8 0x80000000u

// The code point at *at, which moves past it; NOT_UTF8 | byte where there is none.
static uint32_t next_point(spl_text text, size_t *at)
{
    const unsigned char *s = (const unsigned char *)text.data + *at;
    size_t size = *s < 0x80 ? 1 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
    if (size > text.size - *at || !spl_text_is_utf8((spl_text){(const char *)s, size})) {
        ++*at;
        return NOT_UTF8 | *s;
    }
    uint32_t point = size == 1 ? *s : *s & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) point = point << 6 | (s[i] & 0x3f);
    *at += size;
    return point;
}

// Controls, and what is invisible or changes how its neighbours are read (Unicode categories Cc, Cf, Zl, Zp).
static bool prints(uint32_t point, bool utf8)
{
    static const uint32_t hidden[][2] = {
        {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e}, {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe0fff},
    };
    if (point < 0x20 || point == '\\' || (!utf8 && point > 0x7e)) return false;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        if (point >= hidden[i][0] && point <= hidden[i][1]) return false;
    }
    return true;
}

char *spl_visible(spl_text text, bool utf8)
{
    char *out = NULL;
    size_t size;
    FILE *stream = open_memstream(&out, &size);
    if (!stream) return NULL;
    for (size_t at = 0; at < text.size;) {
        size_t start = at;
        uint32_t point = next_point(text, &at);
        if (point == '\\') {
            fputs("\\\\", stream);
        } else if (point & NOT_UTF8) {
            fprintf(stream, "\\x%02x", point & 0xff);
        } else if (prints(point, utf8)) {
            fwrite(text.data + start, 1, at - start, stream);
        } else {
            fprintf(stream, "\\u{%x}", point);
        }
    }
    if (fclose(stream) == 0) return out;
    free(out);
    return NULL;
}

size_t spl_visible_columns(const char *text)
{
    spl_text all = {text, strlen(text)};
    size_t columns = 0;
    for (size_t at = 0; at < all.size;) {
        uint32_t point = next_point(all, &at);
        int width = point < 0x80 ? 1 : wcwidth((wchar_t)point);
        columns += width < 0 ? 1 : (size_t)width;
    }
    return columns;
}

void spl_put_html(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: fputc(*text, out);
        }
    }
}

void spl_put_dot(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') fputc('\\', out);
        fputc(*text, out);
    }
}

char *spl_valid_utf8(spl_text text)
{
    char *out = malloc(3 * text.size + 1), *to = out;
    if (!out) return NULL;
    for (size_t at = 0; at < text.size;) {
        size_t start = at;
        uint32_t point = next_point(text, &at);
        bool bad = point == 0 || (point & NOT_UTF8);
        size_t size = bad ? 3 : at - start;
        memcpy(to, bad ? "\xef\xbf\xbd" : text.data + start, size);
        to += size;
    }
    *to = '\0';
    return out;
}
