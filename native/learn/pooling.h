// SPDX-License-Identifier: GPL-3.0-or-later
// Partial pooling: every segment starts from its parent, as strongly as the data of its level say.
#ifndef SAMPLIT_POOLING_H
#define SAMPLIT_POOLING_H

#include <stdbool.h>

#include "learn/posterior.h"
#include "learn/state.h"

typedef struct spl_pool {
    spl_family family;
    double kappa[SPL_TREE_DEPTH_MAX]; // [level_count]: strength of the parent's prior, in samples
    spl_posterior *posteriors;        // (nodes of the state, variant_count)
} spl_pool;

// Of a state that was totalled. False when out of memory. O(nodes * variants).
bool spl_pool_fit(const spl_state *state, spl_family family, spl_pool *out);
void spl_pool_free(spl_pool *pool);

// One cell of a level: what was observed, and its parent's posterior mean and within-segment variance.
typedef struct spl_pool_cell {
    double count, sum; // of rewards
    double mean, variance;
} spl_pool_cell;

// The strength that the cells call for, in [1, 1e7]. Without cells that can tell: 1e7 (one pool).
double spl_pool_kappa(spl_family family, const spl_pool_cell *cells, uint32_t n);

#endif
