// SPDX-License-Identifier: GPL-3.0-or-later
// The segments that are looked at: everybody; the visitors with one value of one attribute; and those with the same
// values of two or three. Which ones is settled by how many visitors they have, never by what these did, so that the
// tests that follow are honest.
#ifndef SAMPLIT_ANALYZE_SEGMENTS_H
#define SAMPLIT_ANALYZE_SEGMENTS_H

#include "analyze/visitors.h"

#define SPL_SEGMENT_DEPTH_MAX 3
#define SPL_SEGMENTS_MAX 1000 // beside everybody
#define SPL_SEGMENT_SUBSETS_MAX 128

typedef struct spl_segment_rule {
    uint32_t depth; // attributes of a segment, 1 to SPL_SEGMENT_DEPTH_MAX; 0 = 2 for up to SPL_SEGMENT_FEW, else 1
    uint32_t min_visitors; // 1 or more
} spl_segment_rule;

#define SPL_SEGMENT_FEW 4

typedef struct spl_chosen {
    uint32_t depth;                                                         // attributes; 0 = everybody
    uint32_t attribute[SPL_SEGMENT_DEPTH_MAX], code[SPL_SEGMENT_DEPTH_MAX]; // of the visitors' attributes, ascending
    uint32_t visitors;
    uint32_t parent; // the one without the last attribute, or the nearest above that is looked at; UINT32_MAX for 0
} spl_chosen;

typedef struct spl_segments {
    uint32_t count;
    spl_chosen *items;    // [count] parents before children, subtrees in one piece, siblings by visitors; owned
    uint32_t *first;      // [cell_count + 1]
    uint32_t *of_cell;    // visitors of cell c are in of_cell[first[c]..first[c + 1]), everybody left out
    uint32_t small, more; // left out: below min_visitors; beyond SPL_SEGMENTS_MAX, the smallest
    uint32_t attribute_count;
    uint32_t attributes[SPL_CANDIDATES_MAX]; // that were looked at
} spl_segments;

// A segment whose visitors are exactly those of another with no more attributes is left out: it would be the same
// question twice. Fails if depth and attributes make more than SPL_SEGMENT_SUBSETS_MAX combinations.
bool spl_segments_choose(const spl_visitors *visitors, const spl_segment_rule *rule, spl_segments *out,
                         spl_error *error);
void spl_segments_free(spl_segments *segments);

#endif
