// SPDX-License-Identifier: GPL-3.0-or-later
// Puts segment keys together (docs/bundle-format.md, "Segment keys"); bundle/segment_key.h takes them apart.
#ifndef SAMPLIT_SEGMENT_WRITE_H
#define SAMPLIT_SEGMENT_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "samplit/text.h"

// The key of n pairs, at most SPL_TREE_DEPTH_MAX, sorted by attribute and escaped, without a terminator. Returns its
// bytes; with out == NULL only that.
size_t spl_segment_write(const spl_text *attributes, const spl_text *values, uint32_t n, char *out);

#endif
