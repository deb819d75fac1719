// SPDX-License-Identifier: GPL-3.0-or-later
// The posteriors of learn/ridge.h kept up to date row by row: Sherman and Morrison (1950) turn the inverse matrix by
// one outer product per row, d^2 products instead of d^3 / 6. In double, with the inverse kept symmetric, a million
// rows stay within 1e-9 of the batch fit (tested on fewer).
#ifndef SAMPLIT_ONLINE_RIDGE_H
#define SAMPLIT_ONLINE_RIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The entries of z = (x, 1) that are not 0, in order, once per context for all variants.
typedef struct spl_sparse {
    uint32_t count;
    uint32_t *index; // [d]
    double *value;   // [d]
} spl_sparse;

bool spl_sparse_init(spl_sparse *sparse, uint32_t d); // false when out of memory
void spl_sparse_free(spl_sparse *sparse);
void spl_sparse_set(spl_sparse *sparse, const float *x, uint32_t width); // x[width], then the constant

typedef struct spl_online_ridge {
    uint32_t d;
    bool wide;       // whether this processor has the lanes of AVX2
    double prior;    // reward expected before anything is seen
    double *inverse; // (d, d) symmetric: (lambda I + sum z z^T)^-1
    double *theta;   // [d]
    double *product; // [d] inverse * z of the last spl_online_ridge_variance
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

#endif
