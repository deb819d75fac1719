// SPDX-License-Identifier: MIT
// Which group a visitor is most like: the nearest of k points, by Euclidean distance, in the space of the
// features or of the embedding. On embeddings, whose norm is 1, that is also the order of cosines.
//
// |x - c|^2 is smallest where x*c - |c|^2 / 2 is greatest, so the search is one dense layer with a column per
// point and the bias -|c|^2 / 2, run by the encoder's kernels to equal bits everywhere.
#ifndef SAMPLIT_CLUSTER_H
#define SAMPLIT_CLUSTER_H

#include <stdint.h>

#include "samplit/encoder.h"
#include "samplit/text.h"

#define SPL_CLUSTERS_MAX 4096 // points

// Which vector a part of the bundle works on. Values are append-only: they stand in bundles.
typedef enum spl_space {
    SPL_SPACE_FEATURES = 0,
    SPL_SPACE_EMBEDDING = 1,
} spl_space;

// Views into a checked bundle. Several points may have one label: a group is then all of them.
typedef struct spl_clusters {
    uint32_t count;              // k points; 0 = no clusters
    uint32_t space;              // spl_space
    spl_layer nearest;           // (width of the space, k), bias -|c|^2 / 2
    const uint32_t *label_start; // [k + 1] into label_bytes
    const char *label_bytes;     // UTF-8, 1 to 255 bytes each: the value of the attribute `cluster`
} spl_clusters;

// The index of the nearest point; of several, the lowest. `scores` holds k floats of scratch.
uint32_t spl_cluster_nearest(const spl_clusters *clusters, spl_kernel kernel, const float *x, float *scores);

// The label of a point.
spl_text spl_cluster_label(const spl_clusters *clusters, uint32_t point);

#endif
