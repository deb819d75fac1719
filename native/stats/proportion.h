// SPDX-License-Identifier: GPL-3.0-or-later
// Intervals for one proportion. All are NaN without trials, and for counts that cannot be (spl_counts_possible).
#ifndef SAMPLIT_PROPORTION_H
#define SAMPLIT_PROPORTION_H

#include <stdbool.h>

#include "stats/interval.h"

// Whether there are trials, and neither less than no success nor more successes than trials.
bool spl_counts_possible(double successes, double trials);

// Wilson's score interval (1927), 95 %, without continuity correction: close to its level even for rare
// conversions, and never outside [0, 1]. NaN without trials.
void spl_wilson(double successes, double trials, double *low, double *high);

// The same at any confidence in (0, 1).
spl_interval spl_wilson_interval(double successes, double trials, double confidence);

// Clopper & Pearson's interval (1934): never below its level, therefore long.
spl_interval spl_clopper_pearson(double successes, double trials, double confidence);

// The central interval of the posterior under Jeffreys's prior, Beta(1/2, 1/2).
spl_interval spl_jeffreys(double successes, double trials, double confidence);

#endif
