// SPDX-License-Identifier: GPL-3.0-or-later
// A new encoder, or new clusters, against the old ones on the same held-out rows: a figure per row for each, and the
// mean of the differences with its interval.
//
// Clusters are judged by the simplified silhouette (Hruschka, Campello & de Castro 2004): (b - a) / max(a, b), where a
// is a row's distance to its own centroid and b that to the nearest other. It needs no other row, so it can be taken of
// a model and of single visitors; a cluster too many lowers it as one too few does. Inertia falls with every further
// cluster, and the silhouette proper judges labels, not a model.
#ifndef SAMPLIT_PART_CONTEST_H
#define SAMPLIT_PART_CONTEST_H

#include "host/error.h"
#include "samplit/bundle.h"

typedef struct spl_part_contest {
    uint32_t rows;
    double value_old, value_new;
    double gain, low, high; // of value_new - value_old, with its 95 % interval; NaN of fewer than two rows
} spl_part_contest;

// `together`: how many rows hang together, 1 if each figure is of its own row alone. Hits of nearest neighbours come in
// twos: where two rows are nearest to each other, both hit or both miss.
spl_part_contest spl_part_compare(const double *by_new, const double *by_old, uint32_t n, double together);

// fit[i] = the simplified silhouette of row i of x (n, width of the schema) among the bundle's clusters, two or more;
// 0 where a and b are both 0. Points of one label are one cluster. O(n k d).
bool spl_clusters_fit(const spl_bundle *bundle, const float *x, uint32_t n, double *fit, spl_error *error);

#endif
