// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/json_out.h"

#include <stdint.h>
#include <string.h>

#include "samplit/num.h"
#include "json/number.h"

void spl_json_put(spl_json_out *out, const char *data, size_t size)
{
    if ((size_t)(out->end - out->at) < size) {
        out->full = true;
        out->end = out->at;
        return;
    }
    memcpy(out->at, data, size);
    out->at += size;
}

void spl_json_put_number(spl_json_out *out, double value)
{
    char text[SPL_NUMBER_MAX];
    if (spl_is_finite(value))
        spl_json_put(out, text, spl_number_write(value, text));
    else
        SPL_JSON_PUT(out, "null");
}

static bool needs_escape(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

// How many bytes from text[from] on stand in JSON as they are; eight at a time, by the zero-byte
// test (x - 01..) & ~x & 80.. on the text's differences to what must be escaped.
static size_t plain_bytes(spl_text text, size_t from)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    size_t i = from;
    for (; i + 8 <= text.size; i += 8) {
        uint64_t word;
        memcpy(&word, text.data + i, 8);
        uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
        uint64_t hit = ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
        if (hit & high) break;
    }
    while (i < text.size && !needs_escape(text.data[i])) i++;
    return i - from;
}

static void put_escape(spl_json_out *out, char c)
{
    static const char hex[] = "0123456789abcdef";
    char text[SPL_JSON_ESCAPED_MAX] = {'\\', c, '0', '0', 0, 0};
    if (c == '"' || c == '\\') {
        spl_json_put(out, text, 2);
        return;
    }
    text[1] = 'u';
    text[2] = '0';
    text[3] = '0';
    text[4] = hex[(unsigned char)c >> 4];
    text[5] = hex[(unsigned char)c & 15];
    spl_json_put(out, text, 6);
}

void spl_json_put_string(spl_json_out *out, spl_text text)
{
    SPL_JSON_PUT(out, "\"");
    for (size_t i = 0; i < text.size;) {
        size_t plain = plain_bytes(text, i);
        spl_json_put(out, text.data + i, plain);
        i += plain;
        if (i < text.size) put_escape(out, text.data[i++]);
    }
    SPL_JSON_PUT(out, "\"");
}

// The length of the well-formed sequence at text[from], 0 if there is none.
static size_t sequence(spl_text text, size_t from)
{
    for (size_t size = 1; size <= 4 && from + size <= text.size; size++) {
        if (spl_text_is_utf8((spl_text){text.data + from, size})) return size;
    }
    return 0;
}

void spl_json_put_bytes(spl_json_out *out, spl_text text)
{
    SPL_JSON_PUT(out, "\"");
    for (size_t i = 0; i < text.size;) {
        size_t size = sequence(text, i);
        if (size == 0)
            SPL_JSON_PUT(out, "\\ufffd");
        else if (needs_escape(text.data[i]))
            put_escape(out, text.data[i]);
        else
            spl_json_put(out, text.data + i, size);
        i += size ? size : 1;
    }
    SPL_JSON_PUT(out, "\"");
}
