// SPDX-License-Identifier: MIT
// Borrowed bytes, and the few questions asked of them. Text is UTF-8 without a terminator.
#ifndef SAMPLIT_TEXT_H
#define SAMPLIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The caller keeps `data` alive; an empty text may have data == NULL.
typedef struct spl_text {
    const char *data;
    size_t size; // bytes
} spl_text;

// A string literal as text, its terminator left out.
#define SPL_TEXT(literal) ((spl_text){(literal), sizeof(literal) - 1})

// Whether both hold the same bytes.
bool spl_text_equal(spl_text a, spl_text b);

// Whether the bytes are well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms,
// no surrogates, nothing above U+10FFFF. O(size).
bool spl_text_is_utf8(spl_text text);

// The longest prefix of at most `max_bytes` that does not cut a UTF-8 sequence in two.
spl_text spl_text_cut(spl_text text, size_t max_bytes);

#endif
