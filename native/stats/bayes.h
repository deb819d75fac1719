// SPDX-License-Identifier: GPL-3.0-or-later
// What is believed of several variants, side by side: which is the best, what choosing it costs if it is not, and where
// each lies. By quadrature (stats/best.h), so the same every time and without the noise of draws.
#ifndef SAMPLIT_BAYES_H
#define SAMPLIT_BAYES_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/interval.h"
#include "stats/means.h"
#include "stats/posterior.h"
#include "stats/two_proportions.h"

// Beta(1 + successes, 1 + failures): the posterior of a rate under the uniform prior. One that says
// nothing (below) unless 0 <= successes <= trials.
spl_posterior spl_posterior_of_rate(spl_conversions seen);

// Normal(value, sqrt(variance)): that of a mean of many, or of any estimate that is about normal, under a flat prior.
// For estimates from a bandit's log (stats/adaptive.h) as well as for plain means.
spl_posterior spl_posterior_of_mean(spl_mean seen);

typedef struct spl_belief {
    double mean;
    spl_interval interval; // central, credible
    double p_best;         // that its mean is the highest of all; sums to 1 over the variants
    double loss;           // expected: by how much the best is better than it, 0 if it is the best itself
    double p_over_first;   // that its mean is above that of variant 0; NaN for variant 0
} spl_belief;

// All posteriors are of one family. One that says nothing (a NaN, a Beta's parameter or a Normal's deviation that is
// not positive and finite) gets NaNs and is left out: the others are judged among themselves. p_best and p_over_first
// have errors below 1e-9, loss below 1e-9 of the widest posterior's standard deviation. 1 to SPL_VARIANTS_MAX variants;
// `confidence` in (0, 1). False when out of memory.
bool spl_bayes_of(const spl_posterior *posteriors, uint32_t variant_count, double confidence, spl_belief *out);

#endif
