// SPDX-License-Identifier: GPL-3.0-or-later
// Classification as a bandit (Bietti, Agarwal & Langford 2021): the rows in random order, once; every row is served one
// class, the reward is 1 if it was the right one and 0 otherwise, and nothing is said about the other classes. The
// share of wrong ones is the progressive validation error: each row is judged before it is learned from.
#ifndef SAMPLIT_BANDIT_RUN_H
#define SAMPLIT_BANDIT_RUN_H

#include "bench/bandit_data.h"
#include "learn/bandit/bandit_online.h"

typedef struct spl_bandit_error {
    double error, standard_error; // over the seeds; 0 with one seed
    double last_half;             // of the rows: what is left once most has been learned
    double propensity;            // mean of the chances with which variants were served
    double seconds;               // of one pass
} spl_bandit_error;

// One pass per seed 1, 2, …, `seeds`; a seed gives the order of rows and the draws, the same for every policy. Several
// threads, the same result whatever their number. False when out of memory.
bool spl_bandit_run(const spl_bandit_data *data, const spl_bandit_config *config, uint32_t seeds,
                    spl_bandit_error *out);

#endif
