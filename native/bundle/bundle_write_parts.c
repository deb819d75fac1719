// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/bundle_write_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/settings.h"

#define FIXED_TENSORS (1 + 9 + 5 + 7 + 8 + 4) // format, schema, clusters, tree, experiments, settings
#define POLICY_TENSORS 6                      // at most
#define KEY_MAX 64                            // bytes

// What stands in a bundle as structs, as arrays.
typedef struct owned {
    uint8_t clusters_space;
    uint32_t *key_start, *variant_start, *variant_count; // [e + 1], [v + 1], [e]
    uint64_t *seed;                                      // [e]
    double *min_propensity;                              // [e]
    uint8_t *hash_mode, *rule, *space;                   // [e]
    char *key_bytes, *variant_bytes;
    size_t variants; // v
    bool has_settings;
    uint32_t *counts, *hash_seed_start; // (e, 4), [e + 1]
    double *shares;                     // (e, 2)
    char *hash_seed_bytes;
} owned;

const size_t spl_dtype_bytes[] = {
    [SPL_U8] = 1, [SPL_I32] = 4, [SPL_U32] = 4, [SPL_U64] = 8, [SPL_F32] = 4, [SPL_F64] = 8,
};

static spl_column *put_matrix(spl_columns *all, const char *name, spl_dtype dtype, uint64_t rows, uint64_t width,
                              const void *data)
{
    spl_column *item = &all->items[all->count++];
    snprintf(item->name, sizeof item->name, "%s", name);
    item->dtype = dtype;
    item->dims = 2;
    item->shape[0] = rows;
    item->shape[1] = width;
    item->data = data;
    item->bytes = (size_t)(rows * width) * spl_dtype_bytes[dtype];
    return item;
}

static void put(spl_columns *all, const char *name, spl_dtype dtype, uint64_t count, const void *data)
{
    put_matrix(all, name, dtype, count, 1, data)->dims = 1;
}

static void put_schema(spl_columns *all, const spl_schema *schema)
{
    uint32_t f = schema->feature_count;
    if (f == 0) return;
    put(all, "schema.attribute", SPL_U64, f, schema->attribute);
    put(all, "schema.kind", SPL_U8, f, schema->kind);
    put(all, "schema.transform", SPL_U8, f, schema->transform);
    put(all, "schema.period", SPL_F32, f, schema->period);
    put(all, "schema.missing", SPL_F32, f, schema->missing);
    put(all, "schema.category_start", SPL_U32, (uint64_t)f + 1, schema->category_start);
    put(all, "schema.categories", SPL_U64, schema->category_start[f], schema->categories);
    put(all, "normalizer.lo", SPL_F32, f, schema->lo);
    put(all, "normalizer.hi", SPL_F32, f, schema->hi);
}

// `prefix` names the member: "encoder." or "ensemble.1." and so on.
static void put_encoder(spl_columns *all, const char *prefix, const spl_encoder *encoder)
{
    for (uint32_t i = 0; i < encoder->layer_count; i++) {
        const spl_layer *layer = &encoder->layers[i];
        char name[48];
        snprintf(name, sizeof name, "%s%" PRIu32 ".weight", prefix, i);
        put_matrix(all, name, SPL_F32, layer->inputs, layer->outputs, layer->weight);
        snprintf(name, sizeof name, "%s%" PRIu32 ".bias", prefix, i);
        put(all, name, SPL_F32, layer->outputs, layer->bias);
    }
}

static void put_encoders(spl_columns *all, const spl_bundle *bundle)
{
    char prefix[32] = "encoder.";
    for (uint32_t m = 0; m < bundle->encoder_count; m++) {
        if (m > 0) snprintf(prefix, sizeof prefix, "ensemble.%" PRIu32 ".", m);
        put_encoder(all, prefix, &bundle->encoders[m]);
    }
}

static void put_clusters(spl_columns *all, const spl_clusters *clusters, const uint8_t *space)
{
    const spl_layer *nearest = &clusters->nearest;
    uint32_t k = clusters->count;
    if (k == 0) return;
    put(all, "clusters.space", SPL_U8, 1, space);
    put_matrix(all, "clusters.centroids", SPL_F32, nearest->inputs, k, nearest->weight);
    put(all, "clusters.bias", SPL_F32, k, nearest->bias);
    put(all, "clusters.label_start", SPL_U32, (uint64_t)k + 1, clusters->label_start);
    put(all, "clusters.label_bytes", SPL_U8, clusters->label_start[k], clusters->label_bytes);
}

static void put_tree(spl_columns *all, const spl_tree *tree)
{
    static const uint32_t parent = SPL_NO_NODE, none = 0, starts[2] = {0};
    static const uint64_t no_value = 0;
    static const spl_tree root = {1, &parent, &none, &none, &no_value, &no_value, starts, ""};
    if (tree->node_count == 0) tree = &root;
    uint32_t n = tree->node_count;
    put(all, "tree.parent", SPL_U32, n, tree->parent);
    put(all, "tree.first_child", SPL_U32, n, tree->first_child);
    put(all, "tree.child_count", SPL_U32, n, tree->child_count);
    put(all, "tree.split", SPL_U64, n, tree->split);
    put(all, "tree.value", SPL_U64, n, tree->value);
    put(all, "tree.key_start", SPL_U32, (uint64_t)n + 1, tree->key_start);
    put(all, "tree.key_bytes", SPL_U8, tree->key_start[n], tree->key_bytes);
}

static void name_policy(char name[96], const spl_experiment *x, const char *part)
{
    snprintf(name, 96, "policy.%.*s.%s", (int)x->key.size, x->key.data, part);
}

static void put_table(spl_columns *all, const spl_experiment *x, uint32_t nodes)
{
    char name[96];
    name_policy(name, x, "row");
    put(all, name, SPL_I32, nodes, x->policy.row);
    name_policy(name, x, "table");
    put_matrix(all, name, SPL_F64, x->policy.row_count, x->policy.variant_count, x->policy.table);
}

static void put_linear(spl_columns *all, const spl_experiment *x, const uint8_t *rule, const uint8_t *space)
{
    char name[96];
    const spl_layer *score = &x->linear.score;
    uint64_t d = score->inputs, k = score->outputs;
    name_policy(name, x, "rule");
    put(all, name, SPL_U8, 1, rule);
    name_policy(name, x, "space");
    put(all, name, SPL_U8, 1, space);
    name_policy(name, x, "parameter");
    put(all, name, SPL_F64, 1, &x->linear.parameter);
    name_policy(name, x, "weight");
    put_matrix(all, name, SPL_F32, d, k, score->weight);
    name_policy(name, x, "bias");
    put(all, name, SPL_F32, k, score->bias);
    if (x->linear.rule != SPL_RULE_LINUCB && x->linear.rule != SPL_RULE_LINTS) return;
    name_policy(name, x, "factor");
    put_matrix(all, name, SPL_F32, k * (d + 1), d + 1, x->linear.factor);
}

static void put_settings(spl_columns *all, uint32_t e, const owned *arrays)
{
    if (!arrays->has_settings) return;
    put_matrix(all, "settings.counts", SPL_U32, e, 4, arrays->counts);
    put_matrix(all, "settings.shares", SPL_F64, e, 2, arrays->shares);
    put(all, "settings.hash_seed_start", SPL_U32, (uint64_t)e + 1, arrays->hash_seed_start);
    put(all, "settings.hash_seed_bytes", SPL_U8, arrays->hash_seed_start[e], arrays->hash_seed_bytes);
}

static void put_experiments(spl_columns *all, const spl_bundle *bundle, const owned *arrays)
{
    uint32_t e = bundle->experiment_count, nodes = bundle->tree.node_count ? bundle->tree.node_count : 1;
    put(all, "experiments.key_start", SPL_U32, (uint64_t)e + 1, arrays->key_start);
    put(all, "experiments.key_bytes", SPL_U8, arrays->key_start[e], arrays->key_bytes);
    put(all, "experiments.seed", SPL_U64, e, arrays->seed);
    put(all, "experiments.hash_mode", SPL_U8, e, arrays->hash_mode);
    put(all, "experiments.min_propensity", SPL_F64, e, arrays->min_propensity);
    put(all, "experiments.variant_count", SPL_U32, e, arrays->variant_count);
    put(all, "experiments.variant_start", SPL_U32, arrays->variants + 1, arrays->variant_start);
    put(all, "experiments.variant_bytes", SPL_U8, arrays->variant_start[arrays->variants], arrays->variant_bytes);
    put_settings(all, e, arrays);
    for (uint32_t i = 0; i < e; i++) {
        const spl_experiment *x = &bundle->experiments[i];
        if (x->linear.rule == SPL_RULE_TABLE) {
            put_table(all, x, nodes);
        } else {
            put_linear(all, x, &arrays->rule[i], &arrays->space[i]);
        }
    }
}

static void copy_text(char *bytes, uint32_t *at, spl_text text)
{
    if (text.size > 0) memcpy(bytes + *at, text.data, text.size);
    *at += (uint32_t)text.size;
}

static void fill_owned(const spl_bundle *bundle, owned *arrays)
{
    uint32_t key_at = 0, variant_at = 0;
    size_t v = 0;
    arrays->clusters_space = (uint8_t)bundle->clusters.space;
    for (uint32_t i = 0; i < bundle->experiment_count; i++) {
        const spl_experiment *x = &bundle->experiments[i];
        arrays->seed[i] = x->seed;
        arrays->hash_mode[i] = (uint8_t)x->hash_mode;
        arrays->min_propensity[i] = x->min_propensity;
        arrays->rule[i] = (uint8_t)x->linear.rule;
        arrays->space[i] = (uint8_t)x->linear.space;
        arrays->variant_count[i] = x->policy.variant_count;
        arrays->key_start[i] = key_at;
        copy_text(arrays->key_bytes, &key_at, x->key);
        for (uint32_t j = 0; j < x->policy.variant_count; j++) {
            arrays->variant_start[v++] = variant_at;
            copy_text(arrays->variant_bytes, &variant_at, x->variants[j]);
        }
    }
    arrays->key_start[bundle->experiment_count] = key_at;
    arrays->variant_start[v] = variant_at;
}

static void fill_settings(const spl_bundle *bundle, owned *arrays)
{
    uint32_t seed_at = 0;
    for (uint32_t i = 0; i < bundle->experiment_count; i++) {
        const spl_settings *s = &bundle->experiments[i].settings;
        arrays->has_settings |= !spl_settings_are_plain(s);
        uint32_t *counts = arrays->counts + (size_t)4 * i;
        counts[0] = s->paused, counts[1] = s->mode;
        counts[2] = s->bucket_version, counts[3] = s->min_bucket_version;
        arrays->shares[2 * i] = s->holdout;
        arrays->shares[2 * i + 1] = s->traffic > 0 ? s->traffic : 1;
        arrays->hash_seed_start[i] = seed_at;
        copy_text(arrays->hash_seed_bytes, &seed_at, s->hash_seed);
    }
    arrays->hash_seed_start[bundle->experiment_count] = seed_at;
}

static void free_owned(owned *arrays)
{
    free(arrays->counts);
    free(arrays->shares);
    free(arrays->hash_seed_start);
    free(arrays->hash_seed_bytes);
    free(arrays->key_start);
    free(arrays->variant_start);
    free(arrays->variant_count);
    free(arrays->seed);
    free(arrays->min_propensity);
    free(arrays->hash_mode);
    free(arrays->rule);
    free(arrays->space);
    free(arrays->key_bytes);
    free(arrays->variant_bytes);
}

static bool make_settings(const spl_bundle *bundle, owned *arrays, spl_error *error)
{
    size_t e = bundle->experiment_count, seed_bytes = 0;
    for (size_t i = 0; i < e; i++) seed_bytes += bundle->experiments[i].settings.hash_seed.size;
    if (seed_bytes > UINT32_MAX) return spl_fail_field(error, "settings", "hash seeds take more than 4 GiB");
    arrays->counts = calloc(e + 1, 4 * sizeof *arrays->counts);
    arrays->shares = calloc(e + 1, 2 * sizeof *arrays->shares);
    arrays->hash_seed_start = calloc(e + 1, sizeof *arrays->hash_seed_start);
    arrays->hash_seed_bytes = calloc(seed_bytes + 1, 1);
    if (!arrays->counts || !arrays->shares || !arrays->hash_seed_start || !arrays->hash_seed_bytes)
        return spl_fail(error, "out of memory");
    fill_settings(bundle, arrays);
    return true;
}

static bool make_owned(const spl_bundle *bundle, owned *arrays, spl_error *error)
{
    size_t e = bundle->experiment_count, key_bytes = 0, variant_bytes = 0;
    for (size_t i = 0; i < e; i++) {
        const spl_experiment *x = &bundle->experiments[i];
        if (x->key.size > KEY_MAX)
            return spl_fail_field(error, "experiments.key_bytes", "a key is longer than 64 bytes");
        key_bytes += x->key.size;
        arrays->variants += x->policy.variant_count;
        for (uint32_t j = 0; j < x->policy.variant_count; j++) variant_bytes += x->variants[j].size;
    }
    if (key_bytes > UINT32_MAX || variant_bytes > UINT32_MAX)
        return spl_fail_field(error, "experiments", "names take more than 4 GiB");
    arrays->key_start = calloc(e + 1, sizeof *arrays->key_start);
    arrays->variant_start = calloc(arrays->variants + 1, sizeof *arrays->variant_start);
    arrays->variant_count = calloc(e + 1, sizeof *arrays->variant_count);
    arrays->seed = calloc(e + 1, sizeof *arrays->seed);
    arrays->min_propensity = calloc(e + 1, sizeof *arrays->min_propensity);
    arrays->hash_mode = calloc(e + 1, sizeof *arrays->hash_mode);
    arrays->rule = calloc(e + 1, sizeof *arrays->rule);
    arrays->space = calloc(e + 1, sizeof *arrays->space);
    arrays->key_bytes = calloc(key_bytes + 1, 1);
    arrays->variant_bytes = calloc(variant_bytes + 1, 1);
    if (!arrays->key_start || !arrays->variant_start || !arrays->variant_count || !arrays->seed ||
        !arrays->min_propensity || !arrays->hash_mode || !arrays->rule || !arrays->space || !arrays->key_bytes ||
        !arrays->variant_bytes)
        return spl_fail(error, "out of memory");
    fill_owned(bundle, arrays);
    return make_settings(bundle, arrays, error);
}

static void put_all(spl_columns *all, const spl_bundle *bundle, const owned *arrays)
{
    static const uint32_t version = SPL_BUNDLE_VERSION;
    put(all, "format", SPL_U32, 1, &version);
    put_schema(all, &bundle->schema);
    put_encoders(all, bundle);
    put_clusters(all, &bundle->clusters, &arrays->clusters_space);
    put_tree(all, &bundle->tree);
    put_experiments(all, bundle, arrays);
}

spl_columns *spl_columns_of(const spl_bundle *bundle, spl_error *error)
{
    size_t room = FIXED_TENSORS + 2 * SPL_ENCODER_LAYERS_MAX * (size_t)bundle->encoder_count +
                  POLICY_TENSORS * (size_t)bundle->experiment_count;
    spl_columns *all = calloc(1, sizeof *all);
    owned *arrays = calloc(1, sizeof *arrays);
    if (all) all->owned = arrays;
    if (all) all->items = calloc(room, sizeof *all->items);
    bool ok = all && arrays && all->items ? make_owned(bundle, arrays, error) : spl_fail(error, "out of memory");
    if (ok) {
        put_all(all, bundle, arrays);
        return all;
    }
    if (!all) free(arrays);
    spl_columns_free(all);
    return NULL;
}

void spl_columns_free(spl_columns *columns)
{
    if (!columns) return;
    if (columns->owned) free_owned(columns->owned);
    free(columns->owned);
    free(columns->items);
    free(columns);
}
