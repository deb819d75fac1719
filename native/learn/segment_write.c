// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/segment_write.h"

#include <stdbool.h>
#include <string.h>

#include "host/texts.h"
#include "samplit/tree.h"

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '%' && c != '|' && c != ':';
}

// Bytes of the escaped part; written behind out + at unless out is NULL.
static size_t write_part(spl_text part, char *out, size_t at)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t size = 0;
    for (size_t i = 0; i < part.size; i++) {
        unsigned char c = (unsigned char)part.data[i];
        const char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};
        size_t bytes = is_plain(c) ? 1 : 3;
        if (out) memcpy(out + at + size, bytes == 1 ? part.data + i : escaped, bytes);
        size += bytes;
    }
    return size;
}

size_t spl_segment_write(const spl_text *attributes, const spl_text *values, uint32_t n, char *out)
{
    uint32_t order[SPL_TREE_DEPTH_MAX];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = i;
        for (; j > 0 && spl_text_before(attributes[i], attributes[order[j - 1]]); j--) order[j] = order[j - 1];
        order[j] = i;
    }
    size_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0 && out) out[at] = '|';
        at += i > 0;
        at += write_part(attributes[order[i]], out, at);
        if (out) out[at] = ':';
        at++;
        at += write_part(values[order[i]], out, at);
    }
    return at;
}
