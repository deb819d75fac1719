// SPDX-License-Identifier: GPL-3.0-or-later
// One run of Lloyd's iteration from given centroids.
#ifndef SAMPLIT_KMEANS_LLOYD_H
#define SAMPLIT_KMEANS_LLOYD_H

#include "learn/cluster/kmeans.h"

typedef struct spl_lloyd spl_lloyd;

// Memory for runs over these rows, to be used one after the other. NULL when out of memory.
spl_lloyd *spl_lloyd_new(const spl_points *points, const spl_kmeans_config *config);
void spl_lloyd_free(spl_lloyd *lloyd); // NULL is fine

// What a run ended with; borrowed until the next one.
typedef struct spl_lloyd_result {
    const float *centroids; // (k, d)
    const uint32_t *label;  // [n]
    double inertia;
    uint32_t iterations;
    bool converged;
    bool empty; // a cluster is: there were not enough rows that differ
} spl_lloyd_result;

spl_lloyd_result spl_lloyd_run(spl_lloyd *lloyd, const float *start);

#endif
