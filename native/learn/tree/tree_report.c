// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/tree/tree_report.h"

#include <cJSON.h>
#include <string.h>

#include "json/json_add.h"

static bool put_candidates(cJSON *root, const spl_candidates *candidates)
{
    cJSON *list = cJSON_AddArrayToObject(root, "candidates");
    bool ok = list != NULL;
    for (uint32_t i = 0; ok && i < spl_candidates_count(candidates); i++) {
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(list, item) &&
             spl_json_add_text(item, "attribute", spl_candidates_name(candidates, i)) &&
             cJSON_AddNumberToObject(item, "values", spl_candidates_values(candidates, i)) &&
             cJSON_AddBoolToObject(item, "quantity", spl_candidates_is_quantity(candidates, i));
    }
    return ok;
}

// Where the node of a split stands in the bundle's tree; SPL_NO_NODE if it, or all below it, was pruned.
static uint32_t place_of(const spl_learned *learned, uint32_t node)
{
    for (uint32_t i = 0; i < learned->node_count; i++) {
        if (learned->nodes[i].source == node) return learned->nodes[i].child_count > 0 ? i : SPL_NO_NODE;
    }
    return SPL_NO_NODE;
}

static bool put_partner(cJSON *item, const spl_tree_report *tree, uint32_t partner)
{
    if (partner == SPL_NO_PARTNER) return cJSON_AddNullToObject(item, "with") != NULL;
    return spl_json_add_text(item, "with", spl_candidates_name(tree->candidates, partner));
}

static bool put_splits(cJSON *root, const spl_tree_report *tree, const spl_learned *learned)
{
    cJSON *list = cJSON_AddArrayToObject(root, "splits");
    bool ok = list != NULL;
    uint32_t pruned = 0;
    for (uint32_t i = 0; ok && i < tree->grown->split_count; i++) {
        const spl_grown_split *split = &tree->grown->splits[i];
        uint32_t node = place_of(learned, split->node);
        pruned += node == SPL_NO_NODE;
        if (node == SPL_NO_NODE) continue;
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(list, item) && cJSON_AddNumberToObject(item, "node", node) &&
             spl_json_add_text(item, "attribute", spl_candidates_name(tree->candidates, split->candidate)) &&
             put_partner(item, tree, split->partner) && cJSON_AddNumberToObject(item, "p", split->p) &&
             cJSON_AddNumberToObject(item, "tested", split->tested) &&
             cJSON_AddNumberToObject(item, "children", split->children);
    }
    return ok && cJSON_AddNumberToObject(root, "splits_pruned", pruned);
}

char *spl_tree_report_text(const spl_tree_report *tree, const spl_learned *learned)
{
    static const char *const honesty[] = {"no", "tests", "estimates"};
    cJSON *root = cJSON_CreateObject();
    bool ok = cJSON_AddNumberToObject(root, "max_depth", tree->max_depth) &&
              cJSON_AddNumberToObject(root, "split_alpha", tree->split_alpha) &&
              cJSON_AddNumberToObject(root, "min_per_variant", tree->min_per_variant) &&
              cJSON_AddStringToObject(root, "honest", honesty[tree->honesty]) &&
              put_candidates(root, tree->candidates) && put_splits(root, tree, learned);
    char *text = ok ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    return text;
}
