// SPDX-License-Identifier: GPL-3.0-or-later
// Inputs are mostly zeros, being one-hot: what is not is gathered once, and every product runs over that.
#ifndef SAMPLIT_RIDGE_SPARSE_H
#define SAMPLIT_RIDGE_SPARSE_H

#include <stdbool.h>
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

#endif
