// SPDX-License-Identifier: GPL-3.0-or-later
// The gap statistic (Tibshirani, Walther & Hastie 2001): how much lower the spread within k clusters is than it would
// be for as many rows spread evenly over the same box.
#ifndef SAMPLIT_GAP_H
#define SAMPLIT_GAP_H

#include "learn/cluster/kmeans.h"

typedef struct spl_gap_config {
    uint32_t references; // even data sets; 20 is usual
    uint32_t restarts;   // of each clustering, of the rows and of the references alike
    uint64_t seed;
    spl_kernel kernel;
    spl_pool *pool;
} spl_gap_config;

typedef struct spl_gap {
    double gap;        // mean over references of ln W*_k, less ln W_k
    double error;      // s_k = sd * sqrt(1 + 1 / references)
    double lift_error; // the same of ln W*_k - ln W*_1, reference by reference: the error of gap(k) - gap(1)
} spl_gap;

// out[i] for k[i] clusters, 1 <= k[i] <= distinct rows; k[0] must be 1. The box is that of the principal axes, or of
// the columns themselves where there are more than 64 of them.
bool spl_gap_of(const spl_points *points, const uint32_t *k, uint32_t count, const spl_gap_config *config, spl_gap *out,
                spl_error *error);

#endif
