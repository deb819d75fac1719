// SPDX-License-Identifier: GPL-3.0-or-later
// Whether other samples of the same rows give the same clusters.
#ifndef SAMPLIT_CLUSTER_STABILITY_H
#define SAMPLIT_CLUSTER_STABILITY_H

#include "learn/cluster/cluster_sample.h"
#include "learn/cluster/cluster_score.h"

typedef struct spl_stability_config {
    uint32_t bootstraps;
    uint32_t rows; // of a bootstrap sample, at most
    uint32_t restarts;
    uint64_t seed;
    spl_kernel kernel;
    spl_pool *pool;
} spl_stability_config;

// mean[t] = the mean over bootstrap samples of the adjusted Rand index of labeling t of the rows judged with where the
// centroids of the bootstrap sample, clustered with as many clusters, put them. A sample with fewer distinct rows than
// clusters counts 0.
bool spl_cluster_stability(const spl_points *points, const spl_cluster_sample *judged, const spl_labeling *labelings,
                           uint32_t count, const spl_stability_config *config, double *mean, spl_error *error);

// label[n] = the nearest of `fit`'s centroids, as the core gives it.
bool spl_kmeans_place(const spl_kmeans *fit, const spl_points *points, spl_kernel kernel, uint32_t *label);

#endif
