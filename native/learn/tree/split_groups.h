// SPDX-License-Identifier: GPL-3.0-or-later
// The groups that the values of one candidate, or of two, make of a node's exposures, and the test of their effects.
#ifndef SAMPLIT_SPLIT_GROUPS_H
#define SAMPLIT_SPLIT_GROUPS_H

#include "learn/tree/exposures.h"
#include "learn/tree/split_test.h"

#define SPL_GROUPS_MAX 1000     // children of one node: its most frequent values
#define SPL_GROUPS_PAIR_MAX 256 // groups of two candidates together
#define SPL_GROUP_REST 0        // of exposures without the attribute, or of rare values: they make no child

// Exposures of a node, and which half of the units does what: bit h of a mask stands for half h.
typedef struct spl_split_rows {
    const spl_exposures *data;
    const uint32_t *rows; // [count]
    uint32_t count;
    uint8_t choose, estimate; // masks
} spl_split_rows;

static inline bool spl_split_takes(const spl_exposures *data, uint8_t mask, uint32_t row)
{
    return mask >> spl_exposures_in_half(data, row) & 1;
}

// One candidate's groups in one node. All zero at first; memory is kept for the next node.
typedef struct spl_grouping {
    uint32_t candidate, count;         // SPL_GROUP_REST included; 1 = no value makes a child
    uint16_t *of_code;                 // [65536] the group of a code; owned
    uint16_t code[1 + SPL_GROUPS_MAX]; // of a group
} spl_grouping;

// What is observed in groups, and scratch; for one number of variants.
typedef struct spl_split_cells {
    uint32_t variant_count;
    double min_per_variant; // exposures that a cell needs to take part
    bool binary;
    uint32_t *counts;     // [65536]
    spl_cell *cells;      // (1 + SPL_GROUPS_MAX, variant_count)
    spl_moments *moments; // the same
    bool mixed[1 + SPL_GROUPS_MAX];
} spl_split_cells;

bool spl_split_cells_init(spl_split_cells *cells, uint32_t variant_count, double min_per_variant, bool binary);
void spl_split_cells_free(spl_split_cells *cells);

// A group for every value with `min_samples` estimating exposures; the most frequent ones if there are too many.
// False when out of memory.
bool spl_grouping_make(spl_grouping *grouping, uint32_t candidate, uint64_t min_samples, const spl_split_rows *node,
                       spl_split_cells *cells);
void spl_grouping_free(spl_grouping *grouping);

// Observes the choosing exposures by the groups of `a`, or of `a` and `b` together (NULL = none), and tests them.
spl_split_test spl_grouping_test(const spl_grouping *a, const spl_grouping *b, const spl_split_rows *node,
                                 spl_split_cells *cells);

// Drops the groups of `a` in which no two variants were seen often enough to be compared: their exposures are rest.
void spl_grouping_settle(spl_grouping *a, const spl_split_rows *node, spl_split_cells *cells);

#endif
