// SPDX-License-Identifier: GPL-3.0-or-later
// The inner loop of Ward's method: one pass over all clusters for the nearest few of one, or of four at once.
// In float, as a filter: learn/cluster/ward_near.c bounds its error and settles the order in double.
#ifndef SAMPLIT_WARD_SCAN_H
#define SAMPLIT_WARD_SCAN_H

#include <stdint.h>

#include "samplit/encoder.h"

#define SPL_WARD_LANES 16  // places of a block
#define SPL_WARD_NEAR 16   // neighbours that are kept of a cluster
#define SPL_WARD_QUERIES 4 // clusters looked at in one pass

// Clusters by place, in blocks of 16: block b holds (d, 16) floats, one column per place. A place whose cluster is
// gone has infinity in it.
typedef struct spl_ward_blocks {
    uint32_t d, count;   // dimensions, blocks
    const float *x;      // (count, d, 16)
    const float *weight; // [16 count], above 0
} spl_ward_blocks;

// The nearest of one cluster, ascending; equal distances by place. The last of them only bounds the rest.
typedef struct spl_ward_query {
    const float *x; // [d]
    float weight;
    uint32_t self;                     // its own place, passed over
    uint32_t count;                    // found
    float distance[SPL_WARD_NEAR + 1]; // |x - y|^2 w_y / (w_x + w_y)
    uint32_t place[SPL_WARD_NEAR + 1];
} spl_ward_query;

// Fills queries[count], 1 <= count <= SPL_WARD_QUERIES. Equal bits with every kernel.
void spl_ward_scan(spl_kernel kernel, const spl_ward_blocks *blocks, spl_ward_query *queries, uint32_t count);

#endif
