// SPDX-License-Identifier: GPL-3.0-or-later
// The clusters that are still apart, and for each of them a short list of those nearest to it that outlives merges.
#ifndef SAMPLIT_WARD_NEAR_H
#define SAMPLIT_WARD_NEAR_H

#include "learn/cluster/ward.h"
#include "learn/cluster/ward_scan.h"

// Whoever is not on the list, and no union of such, is nearer than `bound`.
typedef struct spl_ward_near {
    double bound;
    uint32_t count;
    uint32_t slot[SPL_WARD_NEAR]; // where they were when they were noted; forwarded as they merge
} spl_ward_near;

// A cluster lives in the slot of its lowest point.
typedef struct spl_ward_field {
    uint32_t n, d, active;
    spl_kernel kernel;
    double *centre;      // (n, d)
    double *shift;       // [d] taken off on the way into the blocks, so that floats need hold the spread only
    double *weight;      // [n]
    double lightest;     // the least weight of a point
    uint32_t *forward;   // [n] the slot that this one merged into, or itself
    spl_ward_near *near; // [n]
    uint32_t *place;     // [n] in the blocks
    uint32_t *slot;      // [16 * blocks.count] of each place
    uint64_t *ticket;    // [n] the gathering that met the slot last
    uint64_t tickets;
    float *row;               // [d] scratch: the query of a single scan
    float *block_x, *block_w; // what `blocks` points to
    spl_ward_blocks blocks;
} spl_ward_field;

// Copies the points, scaled by a power of two so that they lie within 1 of their mean (heights are then times *scale).
bool spl_ward_field_make(const float *x, uint32_t n, uint32_t d, const spl_ward_config *config, spl_ward_field *out,
                         double *scale, spl_error *error);
void spl_ward_field_free(spl_ward_field *field);

// The squared height at which two slots would merge. The same bits both ways.
double spl_ward_distance(const spl_ward_field *field, uint32_t a, uint32_t b);

// The nearest to `slot` of all others, and its distance; of equals, the lowest slot. Needs two clusters.
uint32_t spl_ward_nearest(spl_ward_field *field, uint32_t slot, double *distance);

// Slot `b` becomes part of slot `a`, a < b, at that distance. They must be nearest to each other.
void spl_ward_join(spl_ward_field *field, uint32_t a, uint32_t b, double distance);

#endif
