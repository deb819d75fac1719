// SPDX-License-Identifier: GPL-3.0-or-later
// How good a clustering is, from the rows and their labels alone; and how alike two are.
#ifndef SAMPLIT_CLUSTER_SCORE_H
#define SAMPLIT_CLUSTER_SCORE_H

#include "learn/cluster/silhouette.h"

typedef struct spl_cluster_spread {
    double davies_bouldin;    // Davies & Bouldin 1979: lower is better; 0 for one cluster
    double calinski_harabasz; // Calinski & Harabasz 1974: higher is better; 0 for one cluster, infinity for no spread
} spl_cluster_spread;

// Both from the means of the rows of each label, weighted. O(n d). Clusters without weight are left out.
bool spl_cluster_spread_of(const spl_points *points, const spl_labeling *labeling, spl_cluster_spread *out,
                           spl_error *error);

// The adjusted Rand index (Hubert & Arabie 1985) of two labelings of n rows: 1 = the same, 0 = as by chance.
bool spl_adjusted_rand(const spl_labeling *a, const spl_labeling *b, uint32_t n, double *out, spl_error *error);

#endif
