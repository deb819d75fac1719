// SPDX-License-Identifier: GPL-3.0-or-later
// Recall at one neighbour, row by row, so that two encoders can be compared on the same rows.
#ifndef SAMPLIT_NEAREST_ALIKE_H
#define SAMPLIT_NEAREST_ALIKE_H

#include "host/error.h"
#include "host/pool.h"
#include "samplit/bundle.h"

// Labelled rows, an even sample of them, packed; owns both arrays.
typedef struct spl_labelled {
    uint32_t n, d;
    float *x;       // (n, d)
    int32_t *label; // [n]
} spl_labelled;

// Those of n rows whose label is not negative, in their order; of more than `most`, evenly. False when out of memory.
bool spl_labelled_sample(const float *x, const int32_t *label, uint32_t n, uint32_t d, uint32_t most,
                         spl_labelled *out);
void spl_labelled_free(spl_labelled *rows); // a zeroed one is fine

// hit[i] = 1 if the nearest other row's embedding, by Euclidean distance, of equally near ones the first, has row i's
// label, else 0. *share is their mean. O(n^2 width). Fails on fewer than two rows.
bool spl_nearest_alike(const spl_bundle *bundle, const spl_labelled *rows, spl_pool *pool, uint8_t *hit, double *share,
                       spl_error *error);

#endif
