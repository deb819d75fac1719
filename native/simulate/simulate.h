// SPDX-License-Identifier: GPL-3.0-or-later
// Visits of a world, decided by a bundle, written as events; in a closed loop the bundle is learned
// anew from what was seen so far. What each choice was worth is known here, so lift and regret
// are exact expectations over the visits met, not estimates.
#ifndef SAMPLIT_SIMULATE_H
#define SAMPLIT_SIMULATE_H

#include "learn/learn.h"
#include "simulate/world.h"

typedef struct spl_simulate_config {
    uint64_t visitors, seed;
    const char *out_path;                       // events; NULL = not written
    const char *policy_path;                    // the bundle that decides; NULL = uniform
    bool learn;                                 // close the loop, from uniform on
    uint64_t period;                            // visits between two learnings; >= 1
    uint64_t min_samples[SPL_WORLD_LEVELS_MAX]; // of the levels, when learning
    spl_learn_config learning;
    const char *bundle_path; // where the first deciding bundle goes (the last learned one when learning), or NULL
} spl_simulate_config;

spl_simulate_config spl_simulate_config_default(void);

// Sums over visits. The last three are of true rates: of the variants served, of uniform
// traffic, and of the best variant of each visitor's segment.
typedef struct spl_worth {
    uint64_t visits, conversions;
    double served, uniform, best;
} spl_worth;

// An entry of the series: one period, or 2, 4, 8, … of them where there would be more entries than 4,096.
typedef struct spl_period {
    spl_worth worth;   // in this time
    double regret;     // since the beginning: best - served
    uint32_t segments; // of the tree that decided last
    uint32_t serving;  // of them with a policy of their own
    char bundle[33];   // its id
} spl_period;

typedef struct spl_tally {
    uint64_t visits, conversions;
} spl_tally;

typedef struct spl_simulation {
    spl_worth total;
    spl_tally *tallies;  // (world nodes, variants), each over its subtree
    spl_period *periods; // [period_count]
    size_t period_count;
    int64_t first_ms, last_ms; // times of the first and last visit
} spl_simulation;

// Runs it. Memory does not depend on the visits.
bool spl_simulate(const spl_world *world, const spl_simulate_config *config, spl_simulation *out, spl_error *error);

void spl_simulation_free(spl_simulation *simulation); // a zeroed one is fine

// served / uniform - 1; 0 when there is nothing to divide by.
double spl_worth_lift(const spl_worth *worth);

#endif
