// SPDX-License-Identifier: MIT
#include "samplit/tree.h"

uint32_t spl_tree_child(const spl_tree *tree, uint32_t node, const spl_context *context)
{
    uint32_t first = tree->first_child[node], count = tree->child_count[node];
    if (count == 0) return SPL_NO_NODE;
    const spl_attribute *attribute = spl_context_find(context, tree->split[node]);
    if (!attribute) return SPL_NO_NODE;

    uint32_t lo = 0, hi = count;
    while (lo < hi) {
        uint32_t middle = lo + (hi - lo) / 2;
        if (tree->value[first + middle] < attribute->key) {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    return lo < count && tree->value[first + lo] == attribute->key ? first + lo : SPL_NO_NODE;
}

uint32_t spl_tree_path(const spl_tree *tree, const spl_context *context, uint32_t path[SPL_TREE_DEPTH_MAX])
{
    uint32_t length = 0;
    for (uint32_t node = 0; node != SPL_NO_NODE && length < SPL_TREE_DEPTH_MAX;) {
        path[length++] = node;
        node = spl_tree_child(tree, node, context);
    }
    return length;
}

uint32_t spl_tree_level(const spl_tree *tree, uint32_t node)
{
    uint32_t level = 0;
    while (tree->parent[node] != SPL_NO_NODE) {
        node = tree->parent[node];
        level++;
    }
    return level;
}

uint32_t spl_tree_ancestors(const spl_tree *tree, uint32_t node, uint32_t path[SPL_TREE_DEPTH_MAX])
{
    uint32_t length = spl_tree_level(tree, node) + 1;
    for (uint32_t i = length; i-- > 0; node = tree->parent[node]) path[i] = node;
    return length;
}

uint32_t spl_tree_find(const spl_tree *tree, spl_text key)
{
    if (key.size == 0) return 0;
    for (uint32_t node = 0; node < tree->node_count; node++) {
        if (spl_text_equal(spl_tree_key(tree, node), key)) return node;
    }
    return SPL_NO_NODE;
}

spl_text spl_tree_key(const spl_tree *tree, uint32_t node)
{
    if (node == 0) return SPL_TEXT("global");
    uint32_t start = tree->key_start[node];
    return (spl_text){tree->key_bytes + start, tree->key_start[node + 1] - start};
}
