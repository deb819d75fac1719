// SPDX-License-Identifier: GPL-3.0-or-later
// Partial pooling: a variant in a segment starts from what the segment is like and what the variant does elsewhere, as
// strongly as the data of its level say.
#ifndef SAMPLIT_POOLING_H
#define SAMPLIT_POOLING_H

#include <stdbool.h>

#include "learn/state.h"
#include "stats/posterior.h"

typedef struct spl_pooling {
    spl_family family;
    double base[SPL_TREE_DEPTH_MAX];  // [level_count] strength of the prior that segments are like their parent
    double kappa[SPL_TREE_DEPTH_MAX]; // and of the one that effects are as in the siblings; both in samples
    spl_posterior *posteriors;        // (nodes of the state, variant_count)
} spl_pooling;

// Of a state that was totalled. False when out of memory. O(nodes * variants), and P(best) of a few thousand segments.
bool spl_pooling_fit(const spl_state *state, spl_family family, spl_pooling *out);
void spl_pooling_free(spl_pooling *pool);

#endif
