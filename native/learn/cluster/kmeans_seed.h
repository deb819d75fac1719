// SPDX-License-Identifier: GPL-3.0-or-later
// Where a run of k-means starts: greedy k-means++.
#ifndef SAMPLIT_KMEANS_SEED_H
#define SAMPLIT_KMEANS_SEED_H

#include "learn/cluster/kmeans.h"

#define SPL_STREAM_CLUSTER 64 // draws of clustering, apart from those of the core (samplit/rng.h)

// centroids (k, d) = k rows, distinct if there are k distinct ones with weight. `run` keeps restarts apart.
bool spl_kmeans_seed(const spl_points *points, const spl_kmeans_config *config, uint32_t run, float *centroids,
                     spl_error *error);

// row (d) = a row where one more centroid would help much, drawn in the same greedy way given the k centroids that
// there are and the labels (n) of the rows under them.
bool spl_kmeans_seed_one(const spl_points *points, const spl_kmeans_config *config, uint32_t run,
                         const float *centroids, const uint32_t *label, float *row, spl_error *error);

#endif

