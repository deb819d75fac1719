// SPDX-License-Identifier: MIT
#include "vector_bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/hash.h"
#include "samplit/rng.h"

#define FEATURES 11
#define WIDTH 20
#define CATEGORIES_MAX 8
#define NODES_MAX 32
#define EXPERIMENTS 5
#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

typedef struct feature {
    const char *attribute;
    spl_feature_kind kind;
    spl_transform transform;
    float lo, hi, period, missing;
    const char *categories[CATEGORIES_MAX];
} feature;

static const feature SCHEMA[FEATURES] = {
    {"device", SPL_FEATURE_CATEGORICAL, SPL_TRANSFORM_NONE, 0, 1, 0, 0, {"mobile", "desktop", "tablet"}},
    {"source",
     SPL_FEATURE_CATEGORICAL,
     SPL_TRANSFORM_NONE,
     0,
     1,
     0,
     0,
     {"google", "instagram", "facebook", "newsletter"}},
    {"hour", SPL_FEATURE_CYCLIC, SPL_TRANSFORM_NONE, 0, 1, 24, 0, {0}},
    {"dow", SPL_FEATURE_CYCLIC, SPL_TRANSFORM_NONE, 0, 1, 7, 0, {0}},
    {"is_weekend", SPL_FEATURE_BOOLEAN, SPL_TRANSFORM_NONE, 0, 1, 0, 0.5f, {0}},
    {"is_returning", SPL_FEATURE_BOOLEAN, SPL_TRANSFORM_NONE, 0, 1, 0, 0, {0}},
    {"pageviews", SPL_FEATURE_NUMERIC, SPL_TRANSFORM_LOG1P, 0, 4, 0, 0, {0}},
    {"session_seconds", SPL_FEATURE_NUMERIC, SPL_TRANSFORM_LOG1P, 0, 8, 0, 0.25f, {0}},
    {"scroll_depth", SPL_FEATURE_NUMERIC, SPL_TRANSFORM_NONE, 0, 1, 0, 0.5f, {0}},
    {"cart_value", SPL_FEATURE_NUMERIC, SPL_TRANSFORM_LOG1P, 0, 7, 0, 0, {0}},
    {"days_since_last_visit", SPL_FEATURE_NUMERIC, SPL_TRANSFORM_LOG1P, 0, 6, 0, 1, {0}},
};

// A node before it is placed: its key, its parent's key, the value it stands for, and what its children differ on.
typedef struct branch {
    const char *key, *parent, *value, *split;
} branch;

static const branch TREE[] = {
    {"", NULL, NULL, "country"},
    {"country:DE", "", "DE", "hour"},
    {"country:GB", "", "GB", "is_returning"},
    {"country:US", "", "US", "device"},
    {"country:DE|hour:9", "country:DE", "9", NULL},
    {"country:DE|hour:20", "country:DE", "20", NULL},
    {"country:GB|is_returning:false", "country:GB", "false", NULL},
    {"country:GB|is_returning:true", "country:GB", "true", NULL},
    {"country:US|device:desktop", "country:US", "desktop", NULL},
    {"country:US|device:mobile", "country:US", "mobile", "source"},
    {"country:US|device:mobile|source:google", "country:US|device:mobile", "google", NULL},
    {"country:US|device:mobile|source:instagram", "country:US|device:mobile", "instagram", NULL},
};

typedef struct plan {
    const char *key;
    uint32_t variant_count;
    spl_hash_mode hash_mode;
    double min_propensity;
    uint32_t absent; // each `absent`th node but the root has no row
} plan;

static const plan PLANS[EXPERIMENTS] = {
    {"hero", 3, SPL_HASH_RACE, 0.01, 4},     {"cta", 2, SPL_HASH_RACE, 0, 2},
    {"price", 8, SPL_HASH_RACE, 0.02, 3},    {"legacy", 2, SPL_HASH_GROWTHBOOK_V2, 0.05, 5},
    {"ported", 3, SPL_HASH_MURMUR3, 0.1, 3},
};
static const char *const VARIANTS[8] = {"control", "bold", "calm", "d", "e", "f", "g", "h"};

typedef struct arrays {
    uint64_t attribute[FEATURES], categories[FEATURES * CATEGORIES_MAX];
    uint8_t kind[FEATURES], transform[FEATURES];
    float lo[FEATURES], hi[FEATURES], period[FEATURES], missing[FEATURES];
    uint32_t category_start[FEATURES + 1];
    float weights[20 * 64 + 64 + 64 * 48 + 48 + 48 * 32 + 32];
    uint32_t parent[NODES_MAX], first_child[NODES_MAX], child_count[NODES_MAX], key_start[NODES_MAX + 1];
    uint64_t split[NODES_MAX], value[NODES_MAX];
    const branch *placed[NODES_MAX];
    char key_bytes[1024];
    spl_text variants[8];
    int32_t row[EXPERIMENTS][NODES_MAX];
    double table[EXPERIMENTS][NODES_MAX * 8];
    spl_experiment experiments[EXPERIMENTS];
} arrays;

static uint64_t hash(const char *text)
{
    return text ? spl_name_hash((spl_text){text, strlen(text)}) : 0;
}

// In (-1, 1); `which` keeps the draws apart.
static double draw(uint32_t which, uint32_t index)
{
    double u[2];
    spl_uniform2(7, which, SPL_STREAM_TEST, index, u);
    return 2 * u[0] - 1;
}

static spl_schema make_schema(arrays *a)
{
    uint32_t categories = 0;
    for (uint32_t i = 0; i < FEATURES; i++) {
        const feature *f = &SCHEMA[i];
        a->attribute[i] = hash(f->attribute);
        a->kind[i] = (uint8_t)f->kind, a->transform[i] = (uint8_t)f->transform;
        a->lo[i] = f->lo, a->hi[i] = f->hi, a->period[i] = f->period, a->missing[i] = f->missing;
        a->category_start[i] = categories;
        for (uint32_t c = 0; c < CATEGORIES_MAX && f->categories[c]; c++)
            a->categories[categories++] = hash(f->categories[c]);
    }
    a->category_start[FEATURES] = categories;
    return (spl_schema){FEATURES, WIDTH,     a->attribute, a->kind,           a->transform, a->lo,
                        a->hi,    a->period, a->missing,   a->category_start, a->categories};
}

static spl_encoder make_encoder(arrays *a)
{
    static const uint32_t SIZES[] = {WIDTH, 64, 48, 32};
    spl_encoder encoder = {.layer_count = COUNT(SIZES) - 1};
    float *next = a->weights;
    for (uint32_t l = 0; l < encoder.layer_count; l++) {
        uint32_t weights = SIZES[l] * SIZES[l + 1];
        encoder.layers[l] = (spl_layer){SIZES[l], SIZES[l + 1], next, next + weights};
        for (uint32_t i = 0; i < weights + SIZES[l + 1]; i++) *next++ = (float)(0.5 * draw(l, i));
    }
    return encoder;
}

// Children of `parent`, in ascending order of their value's hash, go behind the nodes placed so far.
static uint32_t place_children(arrays *a, uint32_t parent, uint32_t count)
{
    uint32_t first = count;
    for (uint32_t i = 1; i < COUNT(TREE); i++) {
        if (strcmp(TREE[i].parent, a->placed[parent]->key) != 0) continue;
        uint32_t at = count++;
        while (at > first && hash(a->placed[at - 1]->value) > hash(TREE[i].value)) {
            a->placed[at] = a->placed[at - 1];
            at--;
        }
        a->placed[at] = &TREE[i];
    }
    a->first_child[parent] = count > first ? first : 0;
    a->child_count[parent] = count - first;
    for (uint32_t i = first; i < count; i++) a->parent[i] = parent;
    return count;
}

static spl_tree make_tree(arrays *a)
{
    uint32_t count = 1, bytes = 0;
    a->placed[0] = &TREE[0];
    a->parent[0] = SPL_NO_NODE;
    for (uint32_t node = 0; node < count; node++) {
        count = place_children(a, node, count);
        const branch *b = a->placed[node];
        a->split[node] = hash(b->split);
        a->value[node] = hash(b->value);
        a->key_start[node] = bytes;
        memcpy(a->key_bytes + bytes, b->key, strlen(b->key));
        bytes += (uint32_t)strlen(b->key);
    }
    a->key_start[count] = bytes;
    return (spl_tree){count, a->parent, a->first_child, a->child_count, a->split, a->value, a->key_start, a->key_bytes};
}

static void draw_row(double *row, const plan *p, uint32_t which, uint32_t node)
{
    double sum = 0;
    for (uint32_t v = 0; v < p->variant_count; v++) sum += row[v] = 1.05 + draw(which, node * 8 + v);
    double free_share = 1 - p->min_propensity * p->variant_count;
    for (uint32_t v = 0; v < p->variant_count; v++) row[v] = p->min_propensity + free_share * row[v] / sum;
}

static spl_experiment make_experiment(arrays *a, uint32_t e, uint32_t node_count)
{
    const plan *p = &PLANS[e];
    uint32_t rows = 0;
    for (uint32_t node = 0; node < node_count; node++) {
        bool absent = node > 0 && node % p->absent == 0;
        a->row[e][node] = absent ? -1 : (int32_t)rows;
        if (!absent) draw_row(a->table[e] + rows++ * p->variant_count, p, 16 + e, node);
    }
    spl_policy policy = {p->variant_count, rows, a->row[e], a->table[e]};
    return (spl_experiment){.key = {p->key, strlen(p->key)},
                            .seed = hash(p->key),
                            .hash_mode = p->hash_mode,
                            .min_propensity = p->min_propensity,
                            .variants = a->variants,
                            .policy = policy};
}

bool vector_bundle_write(uint8_t **data, size_t *size, spl_error *error)
{
    static arrays a;
    char id[33];
    spl_encoder encoder = make_encoder(&a);
    for (uint32_t v = 0; v < COUNT(VARIANTS); v++) a.variants[v] = (spl_text){VARIANTS[v], strlen(VARIANTS[v])};
    spl_bundle bundle = {.schema = make_schema(&a),
                         .encoder_count = 1,
                         .encoders = &encoder,
                         .tree = make_tree(&a),
                         .experiment_count = EXPERIMENTS,
                         .experiments = a.experiments};
    for (uint32_t e = 0; e < EXPERIMENTS; e++) a.experiments[e] = make_experiment(&a, e, bundle.tree.node_count);
    return spl_bundle_write(&bundle, "{\"format\":1,\"note\":\"test vectors \\u2713\"}", data, size, id, error);
}
