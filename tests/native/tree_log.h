// SPDX-License-Identifier: MIT
// Exposures in columns from attributes written as "plan:free|device:mobile", and what is grown from them.
#ifndef TREE_LOG_H
#define TREE_LOG_H

#include "learn/learn.h"
#include "learn/tree/tree_grow.h"

typedef struct tree_log {
    spl_exposures *exposures;
    spl_context *context;
    uint32_t units;
} tree_log;

tree_log tree_log_new(const char *candidates); // names with commas; "" takes all that are met
void tree_log_free(tree_log *log);

// One exposure of a unit of its own. An attribute of the form name=12 is a number.
void tree_log_add(tree_log *log, const char *attributes, uint32_t variant, double reward, spl_chance chance);
// n of them, of which s convert, evenly spread.
void tree_log_many(tree_log *log, const char *attributes, uint32_t variant, unsigned n, unsigned s);

// min_samples 100 on four levels, the usual rest.
spl_grow_config tree_log_config(uint32_t variants, spl_honesty honesty);
spl_grown tree_log_grow(const tree_log *log, const spl_grow_config *config); // or the test fails
spl_learned *tree_log_learn(spl_grown *grown);

#endif
