// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/bandit/ridge_sparse.h"

#include <stdlib.h>

bool spl_sparse_init(spl_sparse *sparse, uint32_t d)
{
    *sparse = (spl_sparse){.index = malloc(d * sizeof(uint32_t)), .value = malloc(d * sizeof(double))};
    if (sparse->index && sparse->value) return true;
    spl_sparse_free(sparse);
    return false;
}

void spl_sparse_free(spl_sparse *sparse)
{
    free(sparse->index);
    free(sparse->value);
    *sparse = (spl_sparse){0};
}

void spl_sparse_set(spl_sparse *sparse, const float *x, uint32_t width)
{
    uint32_t count = 0;
    for (uint32_t j = 0; j < width; j++) {
        sparse->index[count] = j;
        sparse->value[count] = (double)x[j];
        count += x[j] != 0;
    }
    sparse->index[count] = width;
    sparse->value[count] = 1;
    sparse->count = count + 1;
}
