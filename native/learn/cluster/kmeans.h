// SPDX-License-Identifier: GPL-3.0-or-later
// k-means: k points so that the weighted squares of the distances from each row to its nearest point sum to little.
// Arrays in, results out. The same seed gives the same bits on every processor and with any number of threads.
#ifndef SAMPLIT_KMEANS_H
#define SAMPLIT_KMEANS_H

#include "host/error.h"
#include "host/pool.h"
#include "samplit/cluster.h"

// Rows as spl_rows has them, borrowed.
typedef struct spl_points {
    uint32_t n, d;
    const float *x;       // (n, d)
    const double *weight; // [n] finite, >= 0, not all 0; NULL = 1 each
} spl_points;

static inline double spl_point_weight(const spl_points *points, uint32_t i)
{
    return points->weight ? points->weight[i] : 1;
}

typedef struct spl_kmeans_config {
    uint32_t k;              // 1 to SPL_CLUSTERS_MAX
    uint32_t restarts;       // runs from different starts; the best goes on. With 1, nothing comes after it
    uint32_t iterations_max; // of one run
    double tolerance; // stop when the squares of the centroids' moves sum to at most this share of the mean variance
    uint64_t seed;
    const float *start; // (k, d) centroids to start from, in one run; NULL = k-means++
    spl_kernel kernel;
    bool plain;     // without bounds: every row is compared with every centroid. Same result, for tests and measures
    spl_pool *pool; // NULL = on the caller
} spl_kmeans_config;

// 10 restarts, 300 iterations, 1e-4, the best kernel.
spl_kmeans_config spl_kmeans_default(uint32_t k);

// Owns all it points to.
typedef struct spl_kmeans {
    uint32_t n, d, k;
    float *centroids; // (k, d)
    uint32_t *label;  // [n] the centroid that spl_cluster_nearest gives
    uint64_t *rows;   // [k]
    double *weight;   // [k] the sum of the weights of the rows
    double inertia;
    uint32_t iterations; // of the run that counts; each compares rows with centroids once
    bool converged;      // before iterations_max
} spl_kmeans;

// Fails on what spl_points_check refuses, and when fewer distinct rows have weight than there are clusters.
// A cluster that loses all its weight during a run takes the row farthest from its centroid (of several the
// first), so none is empty in the end. Where there are many rows, starts are sought on a sample. Memory beyond the
// rows: about 20 n bytes, and 4 n (2 + ln k) more without a sample.
bool spl_kmeans_fit(const spl_points *points, const spl_kmeans_config *config, spl_kmeans **out, spl_error *error);
void spl_kmeans_free(spl_kmeans *kmeans); // NULL is fine

// Whether all cells are finite and below 1e15 in size (so that no square overflows) and weights are as they should
// be. The error names row and column, from 0.
bool spl_points_check(const spl_points *points, spl_error *error);

// The number of distinct rows that have weight, but at most `limit`. 0 when out of memory.
uint32_t spl_points_distinct(const spl_points *points, uint32_t limit);

// The bias of a point's column in spl_clusters.nearest: -|c|^2 / 2.
float spl_kmeans_bias(const float *centroid, uint32_t d);

#endif
