// SPDX-License-Identifier: GPL-3.0-or-later
// Some of the rows, for what takes longer than a pass over all.
#ifndef SAMPLIT_CLUSTER_SAMPLE_H
#define SAMPLIT_CLUSTER_SAMPLE_H

#include "learn/cluster/kmeans.h"

typedef struct spl_cluster_sample {
    spl_points points; // without weights
    uint32_t *row;     // [points.n] where it stands among all
    float *x;          // behind `points`
} spl_cluster_sample;

// `size` rows, or all if there are no more, each at most once and in their order (every row as likely).
// `draw` keeps samples with one seed apart.
bool spl_cluster_sample_rows(const spl_points *points, uint32_t size, uint64_t seed, uint32_t draw,
                             spl_cluster_sample *out, spl_error *error);

// `size` draws with replacement: the bootstrap.
bool spl_cluster_sample_bootstrap(const spl_points *points, uint32_t size, uint64_t seed, uint32_t draw,
                                  spl_cluster_sample *out, spl_error *error);
void spl_cluster_sample_free(spl_cluster_sample *sample); // a zeroed one is fine

// out[i] = label[sample->row[i]]; from malloc, NULL when out of memory.
uint32_t *spl_cluster_sample_labels(const spl_cluster_sample *sample, const uint32_t *label);

#endif
