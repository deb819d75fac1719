// SPDX-License-Identifier: GPL-3.0-or-later
// Logistic regression: what a variant does to the odds of converting, with what else is known of visitors held equal.
#ifndef SAMPLIT_LOGIT_H
#define SAMPLIT_LOGIT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum spl_logit_end {
    SPL_LOGIT_FOUND,
    SPL_LOGIT_SINGULAR,  // a column is a sum of others, or there are more columns than rows
    SPL_LOGIT_SEPARATED, // some combination of columns tells the outcomes apart: an estimate is infinite
    SPL_LOGIT_NO_MEMORY,
} spl_logit_end;

typedef struct spl_logit_term {
    double estimate, se, z, p; // Wald's test, two-sided
} spl_logit_term;

// x (n, d) row-major, a column of ones first for an intercept; y[n] 0 or 1; all finite, n and d above 0. Maximum
// likelihood by Newton's method until steps are below 1e-10 of a standard error. O(n d^2) a step, usually six.
// terms[d] and *deviance are filled only if SPL_LOGIT_FOUND.
spl_logit_end spl_logit_fit(const double *x, const double *y, uint32_t n, uint32_t d, spl_logit_term *terms,
                            double *deviance);

const char *spl_logit_end_name(spl_logit_end end); // a sentence's worth; static storage

#endif
