// SPDX-License-Identifier: MIT
// Breadth-first order makes the check one pass: walking the nodes in order, the children of each must
// begin exactly where the children of all before it ended. That alone rules out cycles, nodes
// with two parents and nodes that nothing reaches.
#include "bundle_reader.h"

#define CHECK(holds, tensor, at, expected) SPL_CHECK(reader, holds, SPL_BAD_TREE, "tree." tensor, at, expected)

static const spl_view ARRAYS[] = {
    {"tree.first_child", SPL_U32, 0, SPL_VECTOR, offsetof(spl_tree, first_child)},
    {"tree.child_count", SPL_U32, 0, SPL_VECTOR, offsetof(spl_tree, child_count)},
    {"tree.split", SPL_U64, 0, SPL_VECTOR, offsetof(spl_tree, split)},
    {"tree.value", SPL_U64, 0, SPL_VECTOR, offsetof(spl_tree, value)},
    {"tree.key_start", SPL_U32, 1, SPL_VECTOR, offsetof(spl_tree, key_start)},
};

static void check_node(const spl_bundle_reader *reader, const spl_tree *tree, uint32_t node, uint32_t next)
{
    uint32_t count = tree->child_count[node];
    CHECK((tree->split[node] != 0) == (count != 0), "split", node, "0 in a leaf, else an attribute to split on");
    CHECK(tree->first_child[node] == (count ? next : 0), "first_child", node, "breadth-first order, 0 in a leaf");
    CHECK(count <= tree->node_count - next, "child_count", node, "children within the tree");
    for (uint32_t child = next; !spl_read_failed(reader) && child < next + count; child++) {
        CHECK(tree->parent[child] == node, "parent", child, "the node whose child it is");
        CHECK(child == next || tree->value[child] > tree->value[child - 1], "value", child, "siblings that ascend");
    }
}

// `next` is where the children of the node at hand must begin; `level_end` where its level ends.
static void check_shape(const spl_bundle_reader *reader, const spl_tree *tree)
{
    CHECK(tree->parent[0] == SPL_NO_NODE, "parent", 0, "4294967295 for the root");
    CHECK(tree->value[0] == 0, "value", 0, "0 for the root");
    uint32_t next = 1, level_end = 1, depth = 1;
    for (uint32_t node = 0; !spl_read_failed(reader) && node < tree->node_count; node++) {
        if (node == level_end) {
            level_end = next;
            depth++;
        }
        CHECK(node < next, "child_count", node, "a node that the root leads to");
        CHECK(depth <= SPL_TREE_DEPTH_MAX, "parent", node, "at most 8 levels");
        check_node(reader, tree, node, next);
        next += tree->child_count[node];
    }
}

void spl_read_tree(const spl_bundle_reader *reader, spl_tree *out)
{
    const spl_tensor *parent = spl_read_tensor(reader, "tree.parent", SPL_U32, SPL_ANY, SPL_VECTOR);
    CHECK(parent->bytes > 0, "parent", 0, "at least the root");
    out->node_count = (uint32_t)parent->shape[0];
    out->parent = parent->data;
    spl_read_views(reader, ARRAYS, sizeof ARRAYS / sizeof *ARRAYS, out->node_count, out);
    const spl_tensor *key_bytes = spl_read_tensor(reader, "tree.key_bytes", SPL_U8, SPL_ANY, SPL_VECTOR);
    out->key_bytes = key_bytes->data;
    if (spl_read_failed(reader)) return;
    check_shape(reader, out);
    spl_check_keys(reader, out, key_bytes->bytes);
}
