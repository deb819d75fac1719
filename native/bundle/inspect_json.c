// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>

#include "bundle/inspect.h"
#include "bundle/manifest_read.h"
#include "bundle/payloads.h"
#include "bundle/segment_key.h"
#include "json/json_add.h"

static cJSON *make_experiment(const spl_experiment *x, const cJSON *payloads)
{
    cJSON *item = cJSON_CreateObject();
    spl_json_add_text(item, "key", x->key);
    spl_json_add_u64(item, "seed", x->seed);
    cJSON_AddStringToObject(item, "hash_mode", spl_hash_mode_name(x->hash_mode));
    cJSON_AddNumberToObject(item, "min_propensity", x->min_propensity);
    cJSON_AddItemToObject(item, "settings", spl_settings_json(&x->settings));
    cJSON_AddStringToObject(item, "rule", spl_rule_name(x->linear.rule));
    bool table = x->linear.rule == SPL_RULE_TABLE;
    if (table) {
        cJSON_AddNumberToObject(item, "rows", x->policy.row_count);
    } else {
        cJSON_AddStringToObject(item, "space", spl_space_name(x->linear.space));
        cJSON_AddNumberToObject(item, "width", x->linear.score.inputs);
        if (!x->linear.factor) cJSON_AddNumberToObject(item, "parameter", x->linear.parameter);
    }
    cJSON *variants = cJSON_AddArrayToObject(item, "variants");
    const double *p = table ? x->policy.table + (size_t)x->policy.row[0] * x->policy.variant_count : NULL;
    for (uint32_t v = 0; v < x->policy.variant_count; v++) {
        cJSON *variant = cJSON_CreateObject();
        spl_json_add_text(variant, "name", x->variants[v]);
        if (p) cJSON_AddNumberToObject(variant, "root_probability", p[v]);
        const cJSON *payload = cJSON_GetArrayItem(payloads, (int)v);
        if (payload) cJSON_AddItemToObject(variant, "payload", cJSON_Duplicate(payload, true));
        cJSON_AddItemToArray(variants, variant);
    }
    return item;
}

static void add_report(cJSON *to, const spl_report *report)
{
    if (!report) {
        cJSON_AddNullToObject(to, "report");
        return;
    }
    cJSON *item = cJSON_AddObjectToObject(to, "report");
    cJSON_AddStringToObject(item, "outcome", report->outcome);
    cJSON_AddNumberToObject(item, "exposures", report->nodes[0].exposures);
    if (report->nodes[0].exposures > 0) cJSON_AddNumberToObject(item, "rate", report->nodes[0].rate);
}

static void add_tree(cJSON *to, const spl_tree *tree)
{
    spl_tree_level_summary levels[SPL_TREE_DEPTH_MAX];
    uint32_t count = spl_tree_levels(tree, levels);
    cJSON *item = cJSON_AddObjectToObject(to, "tree");
    cJSON_AddNumberToObject(item, "nodes", tree->node_count);
    cJSON *list = cJSON_AddArrayToObject(item, "levels");
    for (uint32_t i = 0; i < count; i++) {
        cJSON *level = cJSON_CreateObject();
        char *name = malloc(levels[i].attribute.size + 1);
        if (name)
            spl_json_add_text(level, "attribute", (spl_text){name, spl_segment_decode(levels[i].attribute, name)});
        free(name);
        cJSON_AddNumberToObject(level, "nodes", levels[i].nodes);
        cJSON_AddItemToArray(list, level);
    }
}

static cJSON *make_feature(const cJSON *manifest, const spl_schema *schema, uint32_t i)
{
    cJSON *item = cJSON_CreateObject();
    char *name = spl_attribute_name(manifest, schema->attribute[i]);
    if (name) cJSON_AddStringToObject(item, "attribute", name);
    free(name);
    cJSON_AddStringToObject(item, "kind", spl_feature_kind_name(schema->kind[i]));
    cJSON_AddNumberToObject(item, "entries", spl_feature_width(schema, i));
    cJSON_AddNumberToObject(item, "missing", (double)schema->missing[i]);
    if (schema->kind[i] == SPL_FEATURE_NUMERIC) {
        cJSON_AddStringToObject(item, "transform", spl_transform_name(schema->transform[i]));
        cJSON_AddNumberToObject(item, "lo", (double)schema->lo[i]);
        cJSON_AddNumberToObject(item, "hi", (double)schema->hi[i]);
    } else if (schema->kind[i] == SPL_FEATURE_CATEGORICAL) {
        cJSON_AddNumberToObject(item, "categories", schema->category_start[i + 1] - schema->category_start[i]);
    } else if (schema->kind[i] == SPL_FEATURE_CYCLIC) {
        cJSON_AddNumberToObject(item, "period", (double)schema->period[i]);
    }
    return item;
}

static void add_schema(cJSON *to, const cJSON *manifest, const spl_schema *schema)
{
    if (schema->feature_count == 0) {
        cJSON_AddNullToObject(to, "schema");
        return;
    }
    cJSON *item = cJSON_AddObjectToObject(to, "schema");
    cJSON_AddNumberToObject(item, "width", schema->width);
    cJSON *list = cJSON_AddArrayToObject(item, "features");
    for (uint32_t i = 0; i < schema->feature_count; i++) cJSON_AddItemToArray(list, make_feature(manifest, schema, i));
}

static cJSON *make_widths(const spl_encoder *encoder)
{
    cJSON *widths = cJSON_CreateArray();
    cJSON_AddItemToArray(widths, cJSON_CreateNumber(encoder->layers[0].inputs));
    for (uint32_t i = 0; i < encoder->layer_count; i++)
        cJSON_AddItemToArray(widths, cJSON_CreateNumber(encoder->layers[i].outputs));
    return widths;
}

// The first member's widths, and of an ensemble those of all.
static void add_encoder(cJSON *to, const spl_bundle *bundle)
{
    if (bundle->encoder_count == 0) {
        cJSON_AddNullToObject(to, "encoder");
        return;
    }
    uint64_t parameters = 0;
    cJSON *item = cJSON_AddObjectToObject(to, "encoder");
    cJSON_AddItemToObject(item, "widths", make_widths(bundle->encoders));
    cJSON *members = bundle->encoder_count > 1 ? cJSON_AddArrayToObject(item, "members") : NULL;
    for (uint32_t m = 0; m < bundle->encoder_count; m++) {
        parameters += spl_encoder_parameters(&bundle->encoders[m]);
        if (members) cJSON_AddItemToArray(members, make_widths(&bundle->encoders[m]));
    }
    cJSON_AddNumberToObject(item, "parameters", (double)parameters);
}

static bool add_clusters(cJSON *to, const spl_clusters *clusters)
{
    if (clusters->count == 0) {
        cJSON_AddNullToObject(to, "clusters");
        return true;
    }
    uint32_t *first = malloc(2 * (size_t)clusters->count * sizeof *first);
    if (!first) return false;
    uint32_t *points = first + clusters->count, groups = spl_cluster_groups(clusters, first, points);
    cJSON *item = cJSON_AddObjectToObject(to, "clusters");
    cJSON_AddStringToObject(item, "space", spl_space_name(clusters->space));
    cJSON_AddNumberToObject(item, "points", clusters->count);
    cJSON *labels = cJSON_AddArrayToObject(item, "labels");
    for (uint32_t g = 0; g < groups; g++) {
        cJSON *label = cJSON_CreateObject();
        spl_json_add_text(label, "label", spl_cluster_label(clusters, first[g]));
        cJSON_AddNumberToObject(label, "points", points[g]);
        cJSON_AddItemToArray(labels, label);
    }
    free(first);
    return true;
}

static void add_tensors(cJSON *to, const spl_bundle *bundle)
{
    cJSON *list = cJSON_AddArrayToObject(to, "tensors");
    for (uint32_t i = 0; i < bundle->tensor_count; i++) {
        const spl_tensor *t = &bundle->tensors[i];
        cJSON *item = cJSON_CreateObject();
        spl_json_add_text(item, "name", t->name);
        cJSON_AddStringToObject(item, "dtype", spl_dtype_name(t->dtype));
        cJSON *shape = cJSON_AddArrayToObject(item, "shape");
        for (uint32_t d = 0; d < t->dims; d++) cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)t->shape[d]));
        cJSON_AddNumberToObject(item, "bytes", (double)t->bytes);
        cJSON_AddItemToArray(list, item);
    }
}

bool spl_inspect_json(const spl_inspection *inspection, FILE *out)
{
    const spl_bundle *bundle = &inspection->file->bundle;
    cJSON *manifest = spl_manifest_read(bundle), *root = cJSON_CreateObject();
    spl_json_add_text(root, "id", bundle->id_hex);
    cJSON_AddBoolToObject(root, "id_matches", inspection->id_matches);
    cJSON_AddNumberToObject(root, "format", SPL_BUNDLE_VERSION);
    cJSON_AddNumberToObject(root, "bytes", (double)inspection->file->size);
    cJSON *experiments = cJSON_AddArrayToObject(root, "experiments");
    for (uint32_t i = 0; i < bundle->experiment_count; i++)
        cJSON_AddItemToArray(experiments,
                             make_experiment(&bundle->experiments[i], spl_payloads_in(manifest, bundle, i)));
    add_report(root, inspection->report);
    add_tree(root, &bundle->tree);
    add_schema(root, manifest, &bundle->schema);
    add_encoder(root, bundle);
    bool ok = add_clusters(root, &bundle->clusters);
    add_tensors(root, bundle);
    cJSON_AddItemToObject(root, "manifest", manifest ? manifest : cJSON_CreateNull());
    char *text = ok ? cJSON_Print(root) : NULL;
    if (text) fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}
