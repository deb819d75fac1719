// SPDX-License-Identifier: GPL-3.0-or-later
// What the report of docs/learning.md says of a tree that was grown from data.
#ifndef SAMPLIT_TREE_REPORT_H
#define SAMPLIT_TREE_REPORT_H

#include "learn/learn.h"
#include "learn/tree/tree_grow.h"

typedef struct spl_tree_report {
    const spl_grown *grown;
    const spl_candidates *candidates;
    uint32_t max_depth;
    double split_alpha, min_per_variant;
    spl_honesty honesty;
} spl_tree_report;

// The member `tree` of the report, as JSON from malloc; NULL when out of memory.
char *spl_tree_report_text(const spl_tree_report *tree, const spl_learned *learned);

#endif
