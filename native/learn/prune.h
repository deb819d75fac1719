// SPDX-License-Identifier: GPL-3.0-or-later
// Which segments serve on their own, and which are left out.
#ifndef SAMPLIT_PRUNE_H
#define SAMPLIT_PRUNE_H

#include <stdbool.h>

#include "learn/pooling.h"

typedef struct spl_pruning {
    uint32_t *first_child, *next_sibling; // [nodes], SPL_NO_NODE ends the list; siblings by value key
    double *samples;                      // [nodes] exposures
    double *effect_p;                     // [nodes] see spl_effect_p; 1 for the root, NaN without a test
    bool *enough;                         // [nodes] samples reach the level's min_samples
    bool *serves;                         // [nodes] enough, and kept by the test; always the root
    bool *keeps;                          // [nodes] serves, or one below it does
} spl_pruning;

// Of a state that was totalled. At alpha 1 and gain 0 every segment with samples enough serves. The tests are made on
// `judge`: the state itself, or one with the same nodes and other observations, totalled too. `gain` is the share of
// what the nearest serving ancestor's row would earn by which a segment's own must earn more. False when out of memory.
// O(nodes * (variants + log siblings)), and P(best) of every node.
bool spl_prune(const spl_state *state, const spl_state *judge, const spl_pooling *pool, double alpha, double gain,
               spl_pruning *out);
void spl_pruning_free(spl_pruning *pruning);

#endif
