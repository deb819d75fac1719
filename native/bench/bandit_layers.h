// SPDX-License-Identifier: GPL-3.0-or-later
// What each layer of the learner buys: the same simulated visitors, served in closed loops that differ in what is
// learned between two periods. Worth is the expected rate of what was served, exploration included, so nothing is
// estimated; layers are compared on equal visits with equal luck (docs/simulation.md).
#ifndef SAMPLIT_BANDIT_LAYERS_H
#define SAMPLIT_BANDIT_LAYERS_H

#include "host/error.h"
#include "simulate/world.h"

// Values are the order in which each is held against the one before.
typedef enum spl_layer_kind {
    SPL_LAYER_GLOBAL,   // Thompson sampling over everybody
    SPL_LAYER_SEGMENTS, // the same in every leaf of the world on its own
    SPL_LAYER_CASCADE,  // leaves and their ancestors apart, the deepest with samples enough serves
    SPL_LAYER_POOLED,   // `samplit learn --levels`: children start from their parents
    SPL_LAYER_UNPRUNED, // the same with --prune-gain 0: every segment with samples enough serves
    SPL_LAYER_TREE,     // `samplit learn --levels auto`: nobody says what the levels are
    SPL_LAYER_LINEAR,   // `samplit learn --policy lints`
    SPL_LAYER_NEURAL,   // `samplit learn --policy auto`
    SPL_LAYER_COUNT,
} spl_layer_kind;

// "global Thompson" and so on. Static storage.
const char *spl_layer_name(uint32_t kind);

typedef struct spl_layers_config {
    const spl_world *world;
    uint64_t visitors;
    uint32_t seeds; // 1, 2, …
} spl_layers_config;

// Of one run; rates of conversion per visit.
typedef struct spl_layer_run {
    double value, uniform, oracle; // over all visits: of what was served, equal traffic, the best of each leaf
    double last, last_oracle;      // over the last fifth of the visits
    double reached;                // visits after which every period was worth 95 % of the oracle; NaN: never
} spl_layer_run;

// *runs is (seeds, SPL_LAYER_COUNT), from malloc. Every loop learns after 500 visits, and again whenever there are a
// fifth more. Several threads, the same result whatever their number.
bool spl_layers_run(const spl_layers_config *config, spl_layer_run **runs, spl_error *error);

#endif
