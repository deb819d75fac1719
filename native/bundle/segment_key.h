// SPDX-License-Identifier: GPL-3.0-or-later
// Takes segment keys apart: `attribute:value` pairs joined with `|`, bytes escaped as %XX.
#ifndef SAMPLIT_SEGMENT_KEY_H
#define SAMPLIT_SEGMENT_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "samplit/text.h"

// The pair of the key that begins at *at, still escaped, both parts within the key; *at moves behind it.
// A pair without a colon has an empty value. False at the end. Start with *at = 0.
bool spl_segment_next(spl_text key, size_t *at, spl_text *attribute, spl_text *value);

// Takes the escapes out of one part; `out` has room for part.size bytes. Returns the bytes written. A
// percent sign without two hex digits stands for itself.
size_t spl_segment_decode(spl_text part, char *out);

// The pair that `child` has and `parent` has not, escaped; both empty if there is none.
void spl_segment_step(spl_text parent, spl_text child, spl_text *attribute, spl_text *value);

#endif
