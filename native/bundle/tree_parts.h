// SPDX-License-Identifier: GPL-3.0-or-later
// What the drawings of a tree and the answers about single segments have in common.
#ifndef SAMPLIT_TREE_PARTS_H
#define SAMPLIT_TREE_PARTS_H

#include <cJSON.h>

#include "bundle/tree_view.h"
#include "host/grid.h"

// A node as docs/trees.md lists its fields, without its children. NULL when out of memory.
cJSON *spl_tree_node_json(const spl_view *view, uint32_t index);

// The cells of a node's row behind its name, and the remark at their end unless `remark` is NULL or says it.
extern const char SPL_TREE_ROW_SIDES[]; // of the name and these cells
void spl_tree_row_titles(spl_grid *table, const char *name);
void spl_tree_row(const spl_view *view, uint32_t index, bool utf8, const char *remark, spl_grid *table);

// Bundle, experiment, variants and how to read the figures; an empty line ends it.
void spl_tree_head(const spl_view *view, bool utf8, FILE *out);

#endif
