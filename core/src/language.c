// SPDX-License-Identifier: MIT
// Accept-Language (RFC 9110, 12.5.4) of language tags (BCP 47). Only the primary subtag is kept:
// region and script split segments without saying more than `country` does.
#include "language.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_letter(char c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26;
}

static size_t skip_spaces(spl_text text, size_t i)
{
    while (i < text.size && (text.data[i] == ' ' || text.data[i] == '\t')) i++;
    return i;
}

// The weight of one entry in thousandths: "…;q=0.8" is 800, no q is 1000, a malformed one 0.
static uint32_t weight(spl_text entry)
{
    size_t i = 0;
    while (i < entry.size && entry.data[i] != ';') i++;
    if (i == entry.size) return 1000;
    i = skip_spaces(entry, i + 1);
    if (entry.size - i < 3 || (entry.data[i] | 0x20) != 'q' || entry.data[i + 1] != '=') return 0;
    if (entry.data[i + 2] == '1') return 1000;
    if (entry.data[i + 2] != '0') return 0;
    uint32_t value = 0, unit = 100;
    if (i + 3 < entry.size && entry.data[i + 3] != '.') return 0;
    for (i += 4; i < entry.size && unit && entry.data[i] >= '0' && entry.data[i] <= '9'; i++, unit /= 10) {
        value += (uint32_t)(entry.data[i] - '0') * unit;
    }
    return value;
}

// Codes that ISO 639 replaced in 1989 and old Java and Android still send.
static void replace_old(char code[2])
{
    static const char OLD[][4] = {"iwhe", "inid", "jiyi"};
    for (size_t i = 0; i < sizeof OLD / sizeof *OLD; i++) {
        if (memcmp(code, OLD[i], 2) == 0) {
            memcpy(code, OLD[i] + 2, 2);
            return;
        }
    }
}

// The primary subtag of one entry, two or three letters; its length, or 0.
static size_t primary(spl_text entry, char out[SPL_LANGUAGE_MAX])
{
    size_t n = 0;
    while (n < entry.size && is_letter(entry.data[n])) n++;
    char after = n < entry.size ? entry.data[n] : '-';
    bool ends = after == '-' || after == '_' || after == ';' || after == ' ' || after == '.';
    if (n < 2 || n > SPL_LANGUAGE_MAX || !ends) return 0;
    for (size_t i = 0; i < n; i++) out[i] = (char)(entry.data[i] | 0x20);
    if (n == 2) replace_old(out);
    return n == 3 && memcmp(out, "und", 3) == 0 ? 0 : n;
}

spl_text spl_language_read(spl_text text, char out[SPL_LANGUAGE_MAX])
{
    size_t size = 0;
    uint32_t best = 0;
    for (size_t i = 0, end; i < text.size; i = end + 1) {
        i = skip_spaces(text, i);
        for (end = i; end < text.size && text.data[end] != ',';) end++;
        spl_text entry = {text.data + i, end - i};
        char code[SPL_LANGUAGE_MAX];
        size_t n = primary(entry, code);
        uint32_t q = n ? weight(entry) : 0;
        if (q <= best) continue;
        best = q;
        size = n;
        memcpy(out, code, n);
    }
    return (spl_text){out, size};
}
