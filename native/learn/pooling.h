// SPDX-License-Identifier: GPL-3.0-or-later
// Partial pooling: a variant in a segment starts from what the segment is like and what the variant does elsewhere, as
// strongly as the data of its level say.
#ifndef SAMPLIT_POOLING_H
#define SAMPLIT_POOLING_H

#include <stdbool.h>

#include "stats/posterior.h"
#include "learn/state.h"

typedef struct spl_pooling {
    spl_family family;
    double base[SPL_TREE_DEPTH_MAX];  // [level_count] strength of the prior that segments are like their parent
    double kappa[SPL_TREE_DEPTH_MAX]; // and of the one that a variant's effect is; both in samples
    spl_posterior *posteriors;        // (nodes of the state, variant_count)
} spl_pooling;

// Of a state that was totalled. False when out of memory. O(nodes * variants).
bool spl_pooling_fit(const spl_state *state, spl_family family, spl_pooling *out);
void spl_pooling_free(spl_pooling *pool);

// One cell of a level: what was observed, and what is expected of it.
typedef struct spl_pooling_cell {
    double count, sum;     // of rewards
    double mean, variance; // expected mean, variance of one reward (Normal only)
    double slack;          // 1 / samples that the expectation itself rests on; 0 = it is exact
} spl_pooling_cell;

// The strength that the cells call for, in [1, 1e7]. Without cells that can tell: 1e7 (one pool).
double spl_pooling_kappa(spl_family family, const spl_pooling_cell *cells, uint32_t n);

#endif
