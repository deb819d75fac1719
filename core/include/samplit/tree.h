// SPDX-License-Identifier: MIT
// The segment tree, as arrays. Node 0 is the root (`global`); nodes are in breadth-first order,
// so children of a node are neighbours and every parent stands before its children.
#ifndef SAMPLIT_TREE_H
#define SAMPLIT_TREE_H

#include <stdint.h>

#include "samplit/context.h"
#include "samplit/text.h"

#define SPL_TREE_DEPTH_MAX 8 // nodes on a path, the root included
#define SPL_NO_NODE UINT32_MAX

// Views into a checked bundle, n nodes. In a leaf split is 0 and child_count is 0.
typedef struct spl_tree {
    uint32_t node_count;         // n >= 1
    const uint32_t *parent;      // [n] index; SPL_NO_NODE for the root
    const uint32_t *first_child; // [n] index of the first child
    const uint32_t *child_count; // [n]
    const uint64_t *split;       // [n] name hash of the attribute that the children differ on
    const uint64_t *value;       // [n] value key under the parent's split; siblings ascend
    const uint32_t *key_start;   // [n + 1] into key_bytes
    const char *key_bytes;       // segment keys, UTF-8; the root's is empty
} spl_tree;

// The child of `node` that the context falls into, or SPL_NO_NODE. O(log children).
uint32_t spl_tree_child(const spl_tree *tree, uint32_t node, const spl_context *context);

// path[0..returned) = the nodes from the root to the deepest one that matches. Returns 1 to
// SPL_TREE_DEPTH_MAX.
uint32_t spl_tree_path(const spl_tree *tree, const spl_context *context, uint32_t path[SPL_TREE_DEPTH_MAX]);

// The ancestors of `node`, root first, the node itself last; returns how many.
uint32_t spl_tree_ancestors(const spl_tree *tree, uint32_t node, uint32_t path[SPL_TREE_DEPTH_MAX]);

// The node with that segment key, or SPL_NO_NODE. `global` and the empty key name the root. O(n).
uint32_t spl_tree_find(const spl_tree *tree, spl_text key);

// Depth of a node; the root has 0.
uint32_t spl_tree_level(const spl_tree *tree, uint32_t node);

// The segment key of a node; `global` for the root.
spl_text spl_tree_key(const spl_tree *tree, uint32_t node);

#endif
