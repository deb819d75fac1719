// SPDX-License-Identifier: GPL-3.0-or-later
// Texts in memory of their own, and a few more questions to those of samplit/text.h.
#ifndef SAMPLIT_TEXTS_H
#define SAMPLIT_TEXTS_H

#include <string.h>
#include <strings.h>

#include "samplit/text.h"

// The text with a zero byte behind it, from malloc; NULL when out of memory.
char *spl_text_copy(spl_text text);

// Frees each, and the list. NULL is fine, for both.
void spl_texts_free(char **texts, uint32_t count);

// Whether `a` comes first in the order of bytes.
bool spl_text_before(spl_text a, spl_text b);

// Whether the text is the word, in letters of either case. Asked of every cell, so that a literal's length should be
// known to the compiler.
static inline bool spl_text_is_word(spl_text text, const char *word)
{
    return text.size == strlen(word) && strncasecmp(text.data, word, text.size) == 0;
}

// What stands behind the last slash of a path.
const char *spl_path_name(const char *path);

#endif
