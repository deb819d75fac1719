// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/inspect.h"

#include "bundle/segment_key.h"

static const char *pick(const char *const *names, size_t count, size_t i)
{
    return i < count ? names[i] : "unknown";
}

const char *spl_feature_kind_name(uint8_t kind)
{
    static const char *const names[] = {"numeric", "boolean", "categorical", "cyclic"};
    return pick(names, 4, kind);
}

const char *spl_transform_name(uint8_t transform)
{
    static const char *const names[] = {"none", "log1p"};
    return pick(names, 2, transform);
}

const char *spl_space_name(uint32_t space)
{
    static const char *const names[] = {"features", "embedding"};
    return pick(names, 2, space);
}

const char *spl_rule_name(uint32_t rule)
{
    static const char *const names[] = {"table", "inverse-gap", "softmax", "epsilon-greedy", "linucb", "lints"};
    return pick(names, 6, rule);
}

const char *spl_dtype_name(spl_dtype dtype)
{
    static const char *const names[] = {"U8", "I32", "U32", "U64", "F32", "F64", "1 byte", "2 bytes", "8 bytes"};
    return pick(names, 9, dtype);
}

uint64_t spl_encoder_parameters(const spl_encoder *encoder)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < encoder->layer_count; i++)
        count += (uint64_t)(encoder->layers[i].inputs + 1) * encoder->layers[i].outputs;
    return count;
}

uint32_t spl_cluster_groups(const spl_clusters *clusters, uint32_t *first, uint32_t *points)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < clusters->count; i++) {
        spl_text label = spl_cluster_label(clusters, i);
        uint32_t g = 0;
        while (g < count && !spl_text_equal(spl_cluster_label(clusters, first[g]), label)) g++;
        if (g == count) {
            first[count] = i;
            points[count++] = 0;
        }
        points[g]++;
    }
    return count;
}

uint32_t spl_tree_levels(const spl_tree *tree, spl_tree_level_summary levels[SPL_TREE_DEPTH_MAX])
{
    uint32_t count = 1;
    levels[0] = (spl_tree_level_summary){{NULL, 0}, 1};
    for (uint32_t node = 1; node < tree->node_count; node++) {
        uint32_t parent = tree->parent[node], depth = spl_tree_level(tree, node);
        spl_text above = parent == 0 ? (spl_text){NULL, 0} : spl_tree_key(tree, parent), attribute, value;
        spl_segment_step(above, spl_tree_key(tree, node), &attribute, &value);
        if (depth == count) levels[count++] = (spl_tree_level_summary){attribute, 0}; // breadth first
        if (!spl_text_equal(levels[depth].attribute, attribute)) levels[depth].attribute = (spl_text){NULL, 0};
        levels[depth].nodes++;
    }
    return count;
}
