// SPDX-License-Identifier: GPL-3.0-or-later
// Estimates of many like things (segments' rates, a variant's effect in each segment) drawn towards their common mean,
// as far as noise explains how far they are apart. The highest of many raw estimates is too high; the highest shrunken
// one is not.
#ifndef SAMPLIT_SHRINK_H
#define SAMPLIT_SHRINK_H

#include <stdint.h>

#include "stats/interval.h"
#include "stats/means.h"

typedef struct spl_shrunk {
    double value, variance;
    spl_interval interval;
    double weight; // of its own data, in [0, 1]; the rest comes from the others
} spl_shrunk;

typedef struct spl_shrinkage {
    double centre; // the common mean; NaN where nothing was known
    double spread; // standard deviation between the true values, the median of what is believed of it
    uint32_t used; // estimates that were known
} spl_shrinkage;

#define SPL_SHRINK_LEAST 3 // of fewer known estimates the spread cannot be told, and none is moved

// estimates[count] with their variances; independent of each other, so segments must not overlap (those of one level,
// or of one attribute). One with a value that is not finite or a variance that is not positive and finite is unknown:
// it gets the others' mean, with the spread as its deviation and weight 0. `out` is [count]. Intervals hold what is not
// known of centre and spread too.
spl_shrinkage spl_shrink(const spl_mean *estimates, uint32_t count, double confidence, spl_shrunk *out);

#endif
