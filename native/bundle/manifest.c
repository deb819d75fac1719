// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/manifest.h"

#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/inspect.h"

// cJSON wants terminated strings. False when out of memory.
static bool add_text(cJSON *array, const char *name, spl_text text)
{
    char *copy = malloc(text.size + 1);
    if (!copy) return false;
    if (text.size > 0) memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    cJSON *item = cJSON_CreateString(copy);
    free(copy);
    return name ? cJSON_AddItemToObject(array, name, item) : cJSON_AddItemToArray(array, item);
}

static bool add_schema(cJSON *root, const spl_manifest *manifest)
{
    if (!manifest->schema) return true;
    cJSON *schema = spl_schema_spec_json(manifest->schema);
    return schema && cJSON_AddItemToObject(root, "schema", schema);
}

static bool add_tree(cJSON *root, const spl_manifest *manifest)
{
    cJSON *out = cJSON_AddObjectToObject(root, "tree");
    bool ok = cJSON_AddNumberToObject(out, "nodes", manifest->bundle->tree.node_count) != NULL;
    cJSON *levels = cJSON_AddArrayToObject(out, "levels");
    for (uint32_t i = 0; ok && i < manifest->level_count; i++) ok = add_text(levels, NULL, manifest->levels[i]);
    return ok;
}

static bool add_policy(cJSON *experiment, const spl_experiment *x)
{
    const spl_linear *linear = &x->linear;
    cJSON *out = cJSON_AddObjectToObject(experiment, "policy");
    if (!cJSON_AddStringToObject(out, "kind", spl_rule_name(linear->rule))) return false;
    if (linear->rule == SPL_RULE_TABLE) return cJSON_AddNumberToObject(out, "rows", x->policy.row_count);
    return cJSON_AddStringToObject(out, "space", spl_space_name(linear->space)) &&
           (linear->factor || cJSON_AddNumberToObject(out, "parameter", linear->parameter));
}

static bool add_experiment(cJSON *list, const spl_experiment *experiment, const cJSON *payloads)
{
    cJSON *out = cJSON_CreateObject();
    char seed[24]; // as text: JSON numbers end at 2^53
    snprintf(seed, sizeof seed, "%" PRIu64, experiment->seed);
    bool ok = cJSON_AddItemToArray(list, out) && add_text(out, "key", experiment->key) &&
              cJSON_AddStringToObject(out, "seed", seed) &&
              cJSON_AddStringToObject(out, "hash_mode", spl_hash_mode_name(experiment->hash_mode)) &&
              cJSON_AddNumberToObject(out, "min_propensity", experiment->min_propensity);
    if (ok && !spl_settings_are_plain(&experiment->settings))
        ok = cJSON_AddItemToObject(out, "settings", spl_settings_json(&experiment->settings));
    cJSON *variants = cJSON_AddArrayToObject(out, "variants");
    for (uint32_t v = 0; ok && v < experiment->policy.variant_count; v++) {
        ok = add_text(variants, NULL, experiment->variants[v]);
    }
    if (ok && payloads) ok = cJSON_AddItemToObject(out, "payloads", cJSON_Duplicate(payloads, true));
    return ok && add_policy(out, experiment);
}

static bool add_encoders(cJSON *root, const spl_bundle *bundle)
{
    if (bundle->encoder_count == 0) return true;
    cJSON *list = cJSON_AddArrayToObject(root, "encoders");
    bool ok = list != NULL;
    for (uint32_t m = 0; ok && m < bundle->encoder_count; m++) {
        const spl_encoder *encoder = &bundle->encoders[m];
        cJSON *widths = cJSON_CreateArray();
        ok = cJSON_AddItemToArray(list, widths) &&
             cJSON_AddItemToArray(widths, cJSON_CreateNumber(encoder->layers[0].inputs));
        for (uint32_t i = 0; ok && i < encoder->layer_count; i++)
            ok = cJSON_AddItemToArray(widths, cJSON_CreateNumber(encoder->layers[i].outputs));
    }
    return ok;
}

// One label per point, as the tensors have them.
static bool add_clusters(cJSON *root, const spl_clusters *clusters)
{
    if (clusters->count == 0) return true;
    cJSON *out = cJSON_AddObjectToObject(root, "clusters");
    bool ok = cJSON_AddStringToObject(out, "space", spl_space_name(clusters->space)) != NULL;
    cJSON *labels = cJSON_AddArrayToObject(out, "labels");
    for (uint32_t i = 0; ok && i < clusters->count; i++) ok = add_text(labels, NULL, spl_cluster_label(clusters, i));
    return ok;
}

static bool add_more(cJSON *root, const cJSON *more)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, more)
    {
        cJSON *copy = cJSON_Duplicate(item, true);
        if (!copy || !cJSON_AddItemToObject(root, item->string, copy)) return false;
    }
    return true;
}

static bool fill(cJSON *root, const spl_manifest *manifest)
{
    bool ok = cJSON_AddNumberToObject(root, "format", SPL_BUNDLE_VERSION) &&
              cJSON_AddStringToObject(root, "writer", "samplit " SAMPLIT_VERSION) && add_schema(root, manifest) &&
              add_tree(root, manifest);
    cJSON *experiments = cJSON_AddArrayToObject(root, "experiments");
    for (uint32_t i = 0; ok && i < manifest->bundle->experiment_count; i++) {
        ok = add_experiment(experiments, &manifest->bundle->experiments[i], i == 0 ? manifest->payloads : NULL);
    }
    return ok && add_encoders(root, manifest->bundle) && add_clusters(root, &manifest->bundle->clusters) &&
           add_more(root, manifest->more);
}

char *spl_manifest_text(const spl_manifest *manifest)
{
    cJSON *root = cJSON_CreateObject();
    char *text = root && fill(root, manifest) ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    return text;
}
