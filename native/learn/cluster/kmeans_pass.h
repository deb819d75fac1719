// SPDX-License-Identifier: GPL-3.0-or-later
// What a run of Lloyd's iteration works on, and its passes over the rows. Of kmeans_lloyd.c and kmeans_pass.c only.
#ifndef SAMPLIT_KMEANS_PASS_H
#define SAMPLIT_KMEANS_PASS_H

#include "learn/cluster/kmeans_kernel.h"
#include "learn/cluster/kmeans_lloyd.h"

#define SPL_LLOYD_BLOCK 2048u // rows of one part
#define SPL_LLOYD_TILES 4u    // gathered at once: what is stored should settle before it is read

// A block whose bounds are not looked at.
typedef struct spl_resting {
    uint8_t left, last; // passes still to go; how many they were
} spl_resting;

struct spl_lloyd {
    const spl_points *points;
    spl_kmeans_config config;
    const spl_tile_kernels *kernels;
    uint32_t blocks, threads, padded; // padded: k up to a multiple of SPL_POINTS
    float *centroids, *before;        // (k, d)
    float *columns, *bias;            // (d, padded), [padded]
    float *squares;                   // [n] |x|^2
    float *zero;                      // [d]
    float *upper, *lower;             // [n] bounds of the distances
    uint32_t *label;                  // [n]
    float *near, *far;                // [k] how far the centroid went, and the farthest of the others
    float squares_most;               // the largest |x|^2
    float slack;                      // error of a squared distance from scores, twice
    double *scale, weight_scale;      // [d] powers of 2
    double mean_square;               // weighted, of |x|
    int64_t *sums, *totals;           // (threads, k, d + 1): changes; (k, d + 1): the last is the weight
    float *scratch;                   // (threads, (d * TILES + padded) * 16)
    double *partial;                  // [blocks] inertia
    spl_resting *resting;             // [blocks]
    uint32_t *anew;                   // [k] clusters that were empty
    bool first, last;                 // pass of a run
};

static inline double spl_lloyd_weight(const spl_points *points, uint32_t i)
{
    return points->weight ? points->weight[i] : 1;
}

// One pass: compares rows with the centroids in `columns` and `bias`, settles labels and `sums`. The last one leaves
// `partial` too.
void spl_lloyd_pass(spl_lloyd *lloyd);

// partial[block] = the inertia of its rows as they lie now.
void spl_lloyd_measure(spl_lloyd *lloyd);

// Puts a row into another cluster; sums (k, d + 1) follow.
void spl_lloyd_move(spl_lloyd *lloyd, int64_t *sums, uint32_t row, uint32_t to);

#endif
