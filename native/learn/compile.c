// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/compile.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_write.h"
#include "bundle/manifest.h"
#include "samplit/hash.h"

#define UNIFORM_FLOOR 0.01

// The arrays behind the views of a bundle's tree and policy.
typedef struct arrays {
    uint32_t *parent, *first_child, *child_count, *key_start; // [n], the last [n + 1]
    uint64_t *split, *value;                                  // [n]
    char *key_bytes;
    int32_t *row;  // [n]
    double *table; // (rows, variant_count)
    uint32_t rows;
} arrays;

uint64_t spl_compile_seed(spl_text experiment)
{
    return spl_name_hash(experiment);
}

static void free_arrays(arrays *a)
{
    free(a->parent);
    free(a->first_child);
    free(a->child_count);
    free(a->key_start);
    free(a->split);
    free(a->value);
    free(a->key_bytes);
    free(a->row);
    free(a->table);
}

static bool allocate(arrays *a, const spl_learned *learned, size_t key_bytes)
{
    size_t n = learned->node_count;
    *a = (arrays){
        .parent = malloc(n * sizeof *a->parent),
        .first_child = malloc(n * sizeof *a->first_child),
        .child_count = malloc(n * sizeof *a->child_count),
        .key_start = malloc((n + 1) * sizeof *a->key_start),
        .split = malloc(n * sizeof *a->split),
        .value = malloc(n * sizeof *a->value),
        .key_bytes = malloc(key_bytes + 1),
        .row = malloc(n * sizeof *a->row),
        .table = malloc(n * learned->variant_count * sizeof *a->table),
    };
    return a->parent && a->first_child && a->child_count && a->key_start && a->split && a->value && a->key_bytes &&
           a->row && a->table;
}

static void fill_tree(arrays *a, const spl_learned *learned)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < learned->node_count; i++) {
        const spl_learned_node *node = &learned->nodes[i];
        a->parent[i] = node->parent;
        a->first_child[i] = node->first_child;
        a->child_count[i] = node->child_count;
        a->split[i] = node->child_count ? spl_name_hash(learned->nodes[node->first_child].attribute) : 0;
        a->value[i] = i ? spl_name_hash(node->value) : 0;
        a->key_start[i] = at;
        if (node->key.size > 0) memcpy(a->key_bytes + at, node->key.data, node->key.size);
        at += (uint32_t)node->key.size;
    }
    a->key_start[learned->node_count] = at;
}

static void fill_policy(arrays *a, const spl_learned *learned)
{
    uint32_t k = learned->variant_count;
    for (uint32_t i = 0; i < learned->node_count; i++) {
        a->row[i] = learned->nodes[i].serves ? (int32_t)a->rows : -1;
        if (!learned->nodes[i].serves) continue;
        for (uint32_t v = 0; v < k; v++) {
            a->table[(size_t)a->rows * k + v] = learned->arms[(size_t)i * k + v].probability;
        }
        a->rows++;
    }
}

// The attributes that the tree splits on, from the root down: its levels, or those met in its nodes. names[count] from
// malloc; NULL when out of memory.
static spl_text *split_names(const spl_learned *learned, const spl_level *levels, uint32_t *count)
{
    spl_text *names = malloc((learned->node_count + learned->level_count) * sizeof *names);
    *count = 0;
    if (!names) return NULL;
    for (uint32_t i = 0; i < learned->level_count && !learned->grown; i++) names[(*count)++] = levels[i].attribute;
    for (uint32_t i = 1; i < learned->node_count && learned->grown; i++) {
        uint32_t j = 0;
        while (j < *count && !spl_text_equal(names[j], learned->nodes[i].attribute)) j++;
        if (j == *count) names[(*count)++] = learned->nodes[i].attribute;
    }
    return names;
}

static bool write_bundle(spl_bundle *bundle, const spl_learned *learned, const spl_compile_config *config,
                         uint8_t **data, size_t *size, char id_hex[33], spl_error *error)
{
    spl_schema_spec *web20 = NULL;
    if (!config->model && !spl_schema_spec_web20(&web20, error)) return false;
    const spl_schema_spec *schema = config->model ? config->schema : web20;
    bundle->schema = schema->schema;
    uint32_t name_count;
    spl_text *names = split_names(learned, config->levels, &name_count);
    spl_manifest manifest = {bundle, schema, name_count, names, config->payloads, config->more};
    char *text = names ? spl_manifest_text(&manifest) : NULL;
    bool ok = text ? spl_bundle_write(bundle, text, data, size, id_hex, error) : spl_fail(error, "out of memory");
    free(text);
    free(names);
    spl_schema_spec_free(web20);
    return ok;
}

static void take_model(spl_bundle *bundle, const spl_bundle *model)
{
    bundle->encoder_count = model->encoder_count;
    bundle->encoders = model->encoders;
    bundle->clusters = model->clusters;
}

bool spl_compile(const spl_learned *learned, const spl_compile_config *config, uint8_t **data, size_t *size,
                 char id_hex[33], spl_error *error)
{
    arrays a;
    size_t key_bytes = 0;
    for (uint32_t i = 0; i < learned->node_count; i++) key_bytes += learned->nodes[i].key.size;
    if (key_bytes > UINT32_MAX) return spl_fail_field(error, "tree.key_bytes", "segment keys take more than 4 GiB");
    bool ok = allocate(&a, learned, key_bytes) || spl_fail(error, "out of memory");
    if (ok) {
        fill_tree(&a, learned);
        fill_policy(&a, learned);
        spl_experiment experiment = {.key = config->experiment,
                                     .seed = config->seed,
                                     .hash_mode = config->hash_mode,
                                     .min_propensity = config->min_propensity,
                                     .settings = config->settings,
                                     .variants = config->variants,
                                     .policy = {learned->variant_count, a.rows, a.row, a.table}};
        spl_bundle bundle = {
            .tree = {learned->node_count, a.parent, a.first_child, a.child_count, a.split, a.value, a.key_start,
                     a.key_bytes},
            .experiment_count = 1,
            .experiments = &experiment,
        };
        if (config->encoder) bundle.encoders = config->encoder, bundle.encoder_count = 1;
        if (config->model) take_model(&bundle, config->model);
        ok = write_bundle(&bundle, learned, config, data, size, id_hex, error);
    }
    free_arrays(&a);
    return ok;
}

bool spl_compile_uniform(const spl_text *variants, uint32_t k, spl_text experiment, uint64_t seed, uint8_t **data,
                         size_t *size, char id_hex[33], spl_error *error)
{
    if (k < 1 || k > SPL_VARIANTS_MAX)
        return spl_fail_field(error, "variants", "1 to %d variants, not %u", SPL_VARIANTS_MAX, k);
    spl_arm arms[SPL_VARIANTS_MAX] = {0};
    for (uint32_t v = 0; v < k; v++) arms[v].probability = 1.0 / k;
    spl_learned_node root = {.parent = SPL_NO_NODE, .serves = true};
    spl_learned learned = {.node_count = 1, .variant_count = k, .nodes = &root, .arms = arms};
    double floor = 1.0 / k < UNIFORM_FLOOR ? 1.0 / k : UNIFORM_FLOOR;
    spl_compile_config config = {.experiment = experiment,
                                 .seed = seed,
                                 .variants = variants,
                                 .min_propensity = floor,
                                 .hash_mode = SPL_HASH_RACE};
    return spl_compile(&learned, &config, data, size, id_hex, error);
}
