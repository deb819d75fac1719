// SPDX-License-Identifier: GPL-3.0-or-later
// Which of many segments are unlike the rest, beyond noise and beyond how much segments usually differ.
#ifndef SAMPLIT_OUTLIERS_H
#define SAMPLIT_OUTLIERS_H

#include <stdint.h>

#include "stats/means.h"

// The pooled model: estimate i is about normal around `centre` with the variance spread^2 + its own. Both are fitted so
// that the estimates which do not fit hardly count.
typedef struct spl_pooled_model {
    double centre, spread;
    uint32_t used; // estimates that were known
} spl_pooled_model;

#define SPL_OUTLIERS_LEAST 5 // of fewer known estimates nothing is said
#define SPL_OUTLIERS_Z 3.5   // |z| beyond it is an anomaly (Iglewicz & Hoaglin 1993)

// z[i]: the estimate's distance from the centre in standard deviations of the model; NaN where it is unknown (as in
// shrink.h) or fewer than SPL_OUTLIERS_LEAST are known. Variances should be those under the pooled model, such as
// spl_mean_under_rate gives: those of the segment's own rate are too small just where it is low by chance.
spl_pooled_model spl_outliers(const spl_mean *estimates, uint32_t count, double *z);

#endif
