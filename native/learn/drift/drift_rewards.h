// SPDX-License-Identifier: GPL-3.0-or-later
// Whether rewards changed between two samples of the same variants, and whether they changed apart.
#ifndef SAMPLIT_DRIFT_REWARDS_H
#define SAMPLIT_DRIFT_REWARDS_H

#include <stdbool.h>
#include <stdint.h>

// Rewards of one variant in one sample.
typedef struct spl_rewards {
    double count, mean;
    double variance; // of one reward; not read if binary
} spl_rewards;

// What the changes of several variants add up to; sums over segments too.
typedef struct spl_shift {
    double weight, sum; // of 1 / variance, and of change / variance
    double apart;       // Cochran's Q: weighted squares of the changes around their mean
    double freedom;     // of Q: variants - 1, at least 0
} spl_shift;

// Variants with too few rewards to tell (fewer than five of either kind expected, or ten real ones) are left out.
spl_shift spl_shift_of(const spl_rewards *then, const spl_rewards *now, uint32_t variants, bool binary);
void spl_shift_add(spl_shift *to, const spl_shift *more);

// NaN where nothing can be told.
double spl_shift_common_p(const spl_shift *shift); // against: no variant changed, if they all changed alike
double spl_shift_apart_p(const spl_shift *shift);  // against: they all changed alike

#endif
