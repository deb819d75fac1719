// SPDX-License-Identifier: GPL-3.0-or-later
// Names come from logs and bundles of strangers. On the way to a terminal or a page they may hold
// escape sequences, line breaks, marks that turn the reading direction around, or broken UTF-8.
// Here such text becomes what can be printed anywhere without being obeyed.
#ifndef SAMPLIT_VISIBLE_H
#define SAMPLIT_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "samplit/text.h"

// The text with everything that does not print spelled out: `\u{1b}` for a code point, `\xff` for a
// byte that is not UTF-8, and `\\` for a backslash. With utf8 = false that includes all but ASCII.
// From malloc; NULL when out of memory. The result is valid UTF-8.
char *spl_visible(spl_text text, bool utf8);

// Terminal columns that a visible text takes (wide characters take two where the locale knows them).
size_t spl_visible_columns(const char *text);

// Writes a visible text as the content of an HTML element or of a quoted attribute.
void spl_put_html(FILE *out, const char *text);

// Writes a visible text within a double-quoted string of the DOT language.
void spl_put_dot(FILE *out, const char *text);

// The text as valid UTF-8 without NUL: whatever is neither becomes U+FFFD. For JSON, which can carry
// the rest. From malloc; NULL when out of memory.
char *spl_valid_utf8(spl_text text);

#endif
