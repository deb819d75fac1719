// SPDX-License-Identifier: GPL-3.0-or-later
// P(best): the probability of each variant that its mean is the highest of all; and the expected loss of choosing it,
// E[max of all means - its mean].
#ifndef SAMPLIT_BEST_H
#define SAMPLIT_BEST_H

#include <stdint.h>

#include "stats/posterior.h"

typedef struct spl_best spl_best; // the rule and scratch for one number of variants

spl_best *spl_best_new(uint32_t variant_count); // 1 to SPL_VARIANTS_MAX; NULL: out of memory
// The same on more panels over a wider range: ten times slower, and exact to about 1e-10 for counts up to 1e7.
spl_best *spl_best_new_exact(uint32_t variant_count);
void spl_best_free(spl_best *best);
const spl_legendre *spl_best_rule(const spl_best *best);

// out[variant_count]: sums to 1, error below 1e-6. All posteriors are of one family.
void spl_best_probabilities(spl_best *best, const spl_posterior *posteriors, double *out);

// loss[variant_count] beside it, in units of the means; of errors like those of `out`, times the widest deviation.
void spl_best_losses(spl_best *best, const spl_posterior *posteriors, double *out, double *loss);

#endif
