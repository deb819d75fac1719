// SPDX-License-Identifier: MIT
// Breadth-first order makes the check one pass: walking the nodes in order, the children of each must
// begin exactly where the children of all before it ended. That alone rules out cycles, nodes
// with two parents and nodes that nothing reaches.
#include "bundle_reader.h"

#define BAD_TREE(tensor, at, expected) spl_read_fail(reader, SPL_BAD_TREE, "tree." tensor, at, expected)

static const spl_view ARRAYS[] = {
    {"tree.first_child", SPL_U32, 0, offsetof(spl_tree, first_child)},
    {"tree.child_count", SPL_U32, 0, offsetof(spl_tree, child_count)},
    {"tree.split", SPL_U64, 0, offsetof(spl_tree, split)},
    {"tree.value", SPL_U64, 0, offsetof(spl_tree, value)},
    {"tree.key_start", SPL_U32, 1, offsetof(spl_tree, key_start)},
};

static spl_status read_arrays(const spl_bundle_reader *reader, spl_tree *tree, const spl_tensor **key_bytes)
{
    const spl_tensor *parent;
    spl_status status = spl_read_vector(reader, "tree.parent", SPL_U32, SPL_ANY, &parent);
    if (status != SPL_OK) return status;
    if (parent->shape[0] == 0) return BAD_TREE("parent", 0, "at least the root");
    tree->node_count = (uint32_t)parent->shape[0];
    tree->parent = parent->data;
    status = spl_read_views(reader, ARRAYS, sizeof ARRAYS / sizeof *ARRAYS, tree->node_count, tree);
    if (status != SPL_OK) return status;
    status = spl_read_vector(reader, "tree.key_bytes", SPL_U8, SPL_ANY, key_bytes);
    if (status == SPL_OK) tree->key_bytes = (*key_bytes)->data;
    return status;
}

static spl_status check_node(const spl_bundle_reader *reader, const spl_tree *tree, uint32_t node, uint64_t next)
{
    uint32_t count = tree->child_count[node];
    if (count == 0) {
        if (tree->split[node] != 0) return BAD_TREE("split", node, "0 in a leaf");
        if (tree->first_child[node] != 0) return BAD_TREE("first_child", node, "0 in a leaf");
        return SPL_OK;
    }
    if (tree->split[node] == 0) return BAD_TREE("split", node, "an attribute to split on");
    if (tree->first_child[node] != next) return BAD_TREE("first_child", node, "breadth-first order");
    if (count > tree->node_count - next) return BAD_TREE("child_count", node, "children within the tree");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t child = (uint32_t)next + i;
        if (tree->parent[child] != node) return BAD_TREE("parent", child, "the node whose child it is");
        if (i > 0 && tree->value[child] <= tree->value[child - 1]) {
            return BAD_TREE("value", child, "siblings that ascend");
        }
    }
    return SPL_OK;
}

// `next` is where the children of the node at hand must begin; `level_end` where its level ends.
static spl_status check_shape(const spl_bundle_reader *reader, const spl_tree *tree)
{
    if (tree->parent[0] != SPL_NO_NODE) return BAD_TREE("parent", 0, "4294967295 for the root");
    if (tree->value[0] != 0) return BAD_TREE("value", 0, "0 for the root");
    uint64_t next = 1, level_end = 1;
    uint32_t depth = 1;
    for (uint32_t node = 0; node < tree->node_count; node++) {
        if (node == level_end) {
            level_end = next;
            depth++;
        }
        if (node >= next) return BAD_TREE("child_count", node, "a node that the root leads to");
        if (depth > SPL_TREE_DEPTH_MAX) return BAD_TREE("parent", node, "at most 8 levels");
        spl_status status = check_node(reader, tree, node, next);
        if (status != SPL_OK) return status;
        next += tree->child_count[node];
    }
    return SPL_OK;
}

spl_status spl_read_tree(const spl_bundle_reader *reader, spl_tree *out)
{
    spl_tree tree = {0};
    const spl_tensor *key_bytes;
    spl_status status = read_arrays(reader, &tree, &key_bytes);
    if (status == SPL_OK) status = check_shape(reader, &tree);
    if (status == SPL_OK) status = spl_check_keys(reader, &tree, key_bytes);
    if (status == SPL_OK) *out = tree;
    return status;
}
