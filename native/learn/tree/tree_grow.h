// SPDX-License-Identifier: GPL-3.0-or-later
// A tree whose splits are chosen from data: every node on the attribute that the variants' effects differ by most.
#ifndef SAMPLIT_TREE_GROW_H
#define SAMPLIT_TREE_GROW_H

#include "host/progress.h"
#include "learn/state.h"
#include "learn/tree/exposures.h"
#include "learn/tree/split_groups.h"

// Which exposures do what, so that a split is not judged by those that chose it (docs/trees.md).
typedef enum spl_honesty {
    SPL_HONEST_NO,        // all exposures do everything
    SPL_HONEST_TESTS,     // one half of the units chooses splits, the other tests segments; all of them estimate
    SPL_HONEST_ESTIMATES, // the other half tests and estimates
} spl_honesty;

typedef struct spl_grow_config {
    uint32_t variant_count, max_depth; // levels below the root, 0 to SPL_TREE_DEPTH_MAX - 1
    const spl_level *levels;           // [max_depth]: exposures that a segment of each depth needs; names are not read
    double alpha;                      // level of the test that splits a node, all candidates together; 0.05 is usual
    double min_per_variant;            // exposures that a cell needs to take part in that test; 20 is usual
    spl_honesty honesty;
    bool binary;            // rewards are 0 and 1
    spl_progress *progress; // counts exposures as they are looked at, again in each test; NULL = silent
} spl_grow_config;

#define SPL_NO_PARTNER UINT32_MAX

typedef struct spl_grown_split {
    uint32_t node; // of the state
    uint32_t candidate, children;
    uint32_t partner; // candidate that it matters together with, neither doing so alone; SPL_NO_PARTNER: it does alone
    uint32_t tested;  // candidates, and pairs of them where no candidate passed
    double p;         // times what was tested
} spl_grown_split;

typedef struct spl_grown {
    spl_state *state; // all that is estimated from
    spl_state *judge; // the same nodes with what tests them; the state itself without honesty
    uint32_t split_count;
    spl_grown_split *splits; // in order of nodes
} spl_grown;

// O(depth * (candidates + 66) * exposures). False when out of memory.
bool spl_tree_grow(const spl_exposures *exposures, const spl_grow_config *config, spl_grown *out);
void spl_grown_free(spl_grown *grown);

#endif
