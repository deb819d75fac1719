// SPDX-License-Identifier: GPL-3.0-or-later
// The posteriors of learn/bandit/ridge.h kept up to date row by row: Sherman and Morrison (1950) turn the inverse
// matrix by one outer product per row, d^2 products instead of d^3 / 6. In double, with the inverse kept symmetric, a
// million rows stay within 1e-9 of the batch fit (tested on fewer).
#ifndef SAMPLIT_ONLINE_RIDGE_H
#define SAMPLIT_ONLINE_RIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "learn/bandit/ridge.h"
#include "samplit/encoder.h"

typedef struct spl_online_ridge {
    uint32_t d;
    spl_kernel kernel; // whose lanes are used; all give equal bits
    double prior;      // reward expected before anything is seen
    uint32_t stride;   // d, rounded up to whole groups of lanes
    double *inverse;   // (d, stride) symmetric: (lambda I + sum z z^T)^-1; zeros beyond d
    double *theta;     // [d]
    double *product;   // [stride] inverse * z of the last spl_online_ridge_variance
    uint64_t count;
} spl_online_ridge;

bool spl_online_ridge_init(spl_online_ridge *ridge, uint32_t d, double lambda, double prior);
void spl_online_ridge_free(spl_online_ridge *ridge); // a zeroed one is fine

// The reward expected at z. O(entries).
double spl_online_ridge_mean(const spl_online_ridge *ridge, const spl_sparse *z);

// z^T inverse z: the variance of that mean in units of the noise's. O(entries * d).
double spl_online_ridge_variance(spl_online_ridge *ridge, const spl_sparse *z);

// One more row. `fresh` says that spl_online_ridge_variance was just asked about this z. O(d^2).
void spl_online_ridge_add(spl_online_ridge *ridge, const spl_sparse *z, double reward, bool fresh);

// The posterior of the same rows, summed up in `gram` less the prior, under another lambda. `scratch` has d * (d + 1)
// entries. False, and nothing is changed, when it is not finite. O(d^3).
bool spl_online_ridge_refit(spl_online_ridge *ridge, const spl_gram *gram, double lambda, double *scratch);

#endif
