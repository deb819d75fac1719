// SPDX-License-Identifier: GPL-3.0-or-later
// Agglomeration by Ward's criterion (1963): always the two clusters whose union adds least to the sum of squares
// within clusters. Exact, in memory that grows with the number of points, not with its square.
#ifndef SAMPLIT_WARD_H
#define SAMPLIT_WARD_H

#include <stdint.h>

#include "host/error.h"
#include "host/pool.h"
#include "host/progress.h"
#include "samplit/encoder.h"

#define SPL_WARD_WEIGHT_RATIO 1e12 // of the heaviest point to the lightest

// Row i of a linkage as SciPy has it: what is joined, at which height, and how many points the union has. Points
// are 0 … n-1, the union of row i is n + i, and heights do not descend.
typedef struct spl_merge {
    uint32_t a, b;   // a < b
    double height;   // sqrt(2 * what the union adds to the sum of squares); of two points of weight 1, their distance
    uint32_t points; // of the union
} spl_merge;

typedef struct spl_ward_config {
    const double *weight;   // [n], above 0 and finite; NULL = 1 each. A point of weight 2 is two points
    spl_kernel kernel;      // usable; the result does not depend on it
    spl_pool *pool;         // NULL = one thread; the result does not depend on it
    spl_progress *progress; // NULL = none
} spl_ward_config;

// Sets merges[n - 1]. `x` is (n, d), row-major; n >= 1, d >= 1. Fails, naming the row (from 0) and the column, on a
// value that is not finite, and on weights that are out of range. Equal distances: the pair with the lower rows.
// Time O(n^2 d) at worst, most of it one blocked pass over all pairs; memory n * (12 d + 400) bytes.
bool spl_ward(const float *x, uint32_t n, uint32_t d, const spl_ward_config *config, spl_merge *merges,
              spl_error *error);

#endif
