// SPDX-License-Identifier: GPL-3.0-or-later
// P(best): the probability of each variant that its mean is the highest of all.
#ifndef SAMPLIT_BEST_H
#define SAMPLIT_BEST_H

#include <stdint.h>

#include "stats/posterior.h"

typedef struct spl_best spl_best; // the rule and scratch for one number of variants

spl_best *spl_best_new(uint32_t variant_count); // 1 to SPL_VARIANTS_MAX; NULL: out of memory
void spl_best_free(spl_best *best);
const spl_legendre *spl_best_rule(const spl_best *best);

// out[variant_count]: sums to 1, error below 1e-6. All posteriors are of one family.
void spl_best_probabilities(spl_best *best, const spl_posterior *posteriors, double *out);

#endif
