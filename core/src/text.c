// SPDX-License-Identifier: MIT
// UTF-8 by Unicode's table 3-7: the lead byte fixes the length and the range of the second byte;
// every further byte is 80..BF. Nearly all text here is ASCII, so eight bytes are looked at at once.
#include "samplit/text.h"

#include <string.h>

bool spl_text_equal(spl_text a, spl_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

// Bytes of the well-formed sequence at `s`, or 0.
static size_t sequence_size(const uint8_t *s, size_t left)
{
    uint8_t lead = s[0];
    if (lead < 0x80) return 1;
    size_t size = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (size == 0 || left < size) return 0;

    // No overlong forms (E0, F0), no surrogates (ED), nothing above U+10FFFF (F4).
    uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (s[1] < low || s[1] > high) return 0;
    for (size_t i = 2; i < size; i++)
        if (!is_continuation(s[i])) return 0;
    return size;
}

bool spl_text_is_utf8(spl_text text)
{
    const uint8_t *s = (const uint8_t *)text.data;
    size_t i = 0;
    while (i < text.size) {
        uint64_t eight;
        if (text.size - i >= sizeof eight) {
            memcpy(&eight, s + i, sizeof eight);
            if (!(eight & 0x8080808080808080u)) {
                i += sizeof eight;
                continue;
            }
        }
        size_t size = sequence_size(s + i, text.size - i);
        if (size == 0) return false;
        i += size;
    }
    return true;
}

// Steps back over at most three continuation bytes: in well-formed text that is where the cut
// sequence began. In malformed text a longer run of them is cut where it is.
spl_text spl_text_cut(spl_text text, size_t max_bytes)
{
    if (text.size <= max_bytes) return text;
    size_t end = max_bytes;
    for (int back = 0; back < 3 && end > 0 && is_continuation((uint8_t)text.data[end]); back++) end--;
    if (is_continuation((uint8_t)text.data[end])) end = max_bytes;
    return (spl_text){text.data, end};
}
