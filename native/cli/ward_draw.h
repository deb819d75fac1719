// SPDX-License-Identifier: GPL-3.0-or-later
// A dendrogram for people (ASCII, SVG) and for programs (JSON, Newick). Names come from files of strangers and are
// escaped for each of them.
#ifndef SAMPLIT_WARD_DRAW_H
#define SAMPLIT_WARD_DRAW_H

#include <stdio.h>

#include "learn/cluster/cluster_name.h"
#include "learn/cluster/dendrogram.h"

#define SPL_WARD_LEAVES_MAX 200 // of a drawing

typedef struct spl_ward_tree {
    const spl_merge *merges;
    uint32_t n, d;
    const char *space;     // "features" or "embedding"
    const uint64_t *line;  // [n] of each row in its file
    uint32_t k;            // clusters that it is cut into; 0 = not cut
    double cut;            // a height of that cut: the joins at or below it are made; NaN if no height gives k
    const uint32_t *label; // [n] with k > 0
    uint32_t leaves;       // drawn: the top of the tree
    spl_branch *branches;  // [2 leaves - 1]
    char (*names)[SPL_CLUSTER_NAME_MAX]; // [leaves] of the drawn leaves, in order of their lowest rows
    const uint32_t *leaf;                // [n] which of the drawn leaves a row is in
} spl_ward_tree;

// The drawn top, with box-drawing characters where `utf8`.
void spl_ward_ascii(const spl_ward_tree *tree, bool utf8, FILE *out);

// A picture of the drawn top, heights to the right; it follows the reader's light or dark setting. False: no memory.
bool spl_ward_svg(const spl_ward_tree *tree, FILE *out);

// The whole linkage: docs/ward.md lists the members.
bool spl_ward_json(const spl_ward_tree *tree, FILE *out);

// The whole tree in the Newick format; a leaf is called by its line. False: no memory.
bool spl_ward_newick(const spl_ward_tree *tree, FILE *out);

#endif
