// SPDX-License-Identifier: GPL-3.0-or-later
// The silhouette (Rousseeuw 1987) of several labelings of the same rows at once.
#ifndef SAMPLIT_SILHOUETTE_H
#define SAMPLIT_SILHOUETTE_H

#include "learn/cluster/kmeans.h"

typedef struct spl_labeling {
    uint32_t k;
    const uint32_t *label; // [n] below k
} spl_labeling;

// mean[t] = the mean silhouette of the rows under labeling t. A row alone in its cluster counts 0, as does every row
// if all are in one cluster. Rows count equally; their weights are not read. O(n^2 (d + 1)) for labelings that agree on
// most rows, whatever their number, and at most as often as there are labelings; memory n * (d + 2 * labelings) * 4
// bytes and 128 bytes per combination of labels that occurs.
bool spl_silhouette(const spl_points *points, const spl_labeling *labelings, uint32_t count, spl_kernel kernel,
                    spl_pool *pool, double *mean, spl_error *error);

#endif
