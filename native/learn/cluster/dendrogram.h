// SPDX-License-Identifier: GPL-3.0-or-later
// What a linkage (learn/cluster/ward.h) is asked for: clusters by their number or by a height, the order in which its
// points stand side by side, and its uppermost part for a drawing.
#ifndef SAMPLIT_DENDROGRAM_H
#define SAMPLIT_DENDROGRAM_H

#include "learn/cluster/ward.h"

// Turns joins in any order that has children before parents into a linkage: sorted by height, points renumbered.
// On entry a and b are points of the two sides and `points` is not read. False when out of memory.
bool spl_dendrogram_sort(spl_merge *merges, uint32_t n);

// label[n] = the cluster of each point when the tree is cut into k, 1 <= k <= n. Clusters are numbered by their first
// point. False when out of memory.
bool spl_dendrogram_cut(const spl_merge *merges, uint32_t n, uint32_t k, uint32_t *label);

// How many clusters are left once everything at or below `height` is joined.
uint32_t spl_dendrogram_count(const spl_merge *merges, uint32_t n, double height);

// A height at which k clusters are left, midway between the last join that is made for them and the next one where
// there is room; NaN if these two are equally high, so that no height gives k.
double spl_dendrogram_height(const spl_merge *merges, uint32_t n, uint32_t k);

// order[n] = the points from left to right, so that no branches cross; the side with fewer points stands left.
// False when out of memory.
bool spl_dendrogram_leaves(const spl_merge *merges, uint32_t n, uint32_t *order);

// The top of the tree as a drawing wants it: node 0 is the root, children follow their parents.
typedef struct spl_branch {
    uint32_t node;    // of the linkage
    uint32_t points;  // below it
    uint32_t left;    // index of the first child, whose sibling is next to it; 0 = not divided further
    uint32_t example; // the lowest point in it
    double height;    // 0 for a point
} spl_branch;

// out[2 * leaves - 1] = the top cut into `leaves` (1 to n); returns how many there are.
uint32_t spl_dendrogram_top(const spl_merge *merges, uint32_t n, uint32_t leaves, spl_branch *out);

#endif
