// SPDX-License-Identifier: MIT
#include "vector_learned.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "samplit/hash.h"
#include "samplit/rng.h"
#include "vector_bundle.h"

#define FEATURES 20
#define EMBEDDING 32
#define HIDDEN 40
#define POINTS 12
#define VARIANTS_MAX 6
#define NODES 6
#define EXPERIMENTS 7
#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

// Several points have one label, and one label is not ASCII.
static const char *const LABELS[POINTS] = {"calm", "eager", "late", "d\xC3\xA9j\xC3\xA0 vu", "calm", "eager",
                                           "new",  "late",  "calm", "d\xC3\xA9j\xC3\xA0 vu", "new",  "calm"};

typedef struct plan {
    const char *key;
    spl_rule rule;
    spl_space space;
    double parameter, min_propensity;
    uint32_t variant_count;
} plan;

static const plan PLANS[EXPERIMENTS] = {
    {"table", SPL_RULE_TABLE, SPL_SPACE_FEATURES, 0, 0.02, 3},
    {"gap", SPL_RULE_INVERSE_GAP, SPL_SPACE_FEATURES, 20, 0.01, 4},
    {"soft", SPL_RULE_SOFTMAX, SPL_SPACE_EMBEDDING, 0.2, 0.05, 3},
    {"greedy", SPL_RULE_EPSILON_GREEDY, SPL_SPACE_FEATURES, 0.1, 0.02, 2},
    {"ucb", SPL_RULE_LINUCB, SPL_SPACE_EMBEDDING, 1, 0.03, 3},
    {"thompson", SPL_RULE_LINTS, SPL_SPACE_FEATURES, 1, 0.01, 3},
    {"sampling", SPL_RULE_LINTS, SPL_SPACE_EMBEDDING, 1, 0, VARIANTS_MAX},
};
static const char *const VARIANTS[VARIANTS_MAX] = {"control", "bold", "calm", "d", "e", "f"};

typedef struct arrays {
    float second[FEATURES * HIDDEN + HIDDEN + HIDDEN * EMBEDDING + EMBEDDING];
    spl_encoder encoders[2];
    float centroids[EMBEDDING * POINTS], bias[POINTS];
    uint32_t label_start[POINTS + 1];
    char label_bytes[128];
    uint32_t parent[NODES], first_child[NODES], child_count[NODES], key_start[NODES + 1];
    uint64_t split[NODES], value[NODES];
    char key_bytes[256];
    int32_t row[NODES];
    double table[NODES * 3];
    spl_text variants[VARIANTS_MAX];
    spl_experiment experiments[EXPERIMENTS];
    float weights[EXPERIMENTS][EMBEDDING * VARIANTS_MAX + VARIANTS_MAX];
    float factors[EXPERIMENTS][VARIANTS_MAX * (EMBEDDING + 1) * (EMBEDDING + 1)];
} arrays;

static spl_text text_of(const char *text)
{
    return (spl_text){text, strlen(text)};
}

// In (-1, 1); `which` keeps the draws apart.
static double draw(uint32_t which, uint32_t index)
{
    double u[2];
    spl_uniform2(8, which, SPL_STREAM_TEST, index, u);
    return 2 * u[0] - 1;
}

static void make_encoders(arrays *a, const spl_encoder *first)
{
    for (uint32_t i = 0; i < COUNT(a->second); i++) a->second[i] = (float)(0.5 * draw(0, i));
    const float *inner = a->second, *outer = inner + FEATURES * HIDDEN + HIDDEN;
    a->encoders[0] = *first;
    a->encoders[1] = (spl_encoder){
        2,
        {{FEATURES, HIDDEN, inner, inner + FEATURES * HIDDEN}, {HIDDEN, EMBEDDING, outer, outer + HIDDEN * EMBEDDING}}};
}

// The points are embeddings of drawn features, so that visits fall around them.
static spl_clusters make_clusters(arrays *a)
{
    float features[FEATURES], scratch[1024], point[EMBEDDING];
    uint32_t bytes = 0;
    for (uint32_t p = 0; p < POINTS; p++) {
        double square = 0;
        for (uint32_t i = 0; i < FEATURES; i++) features[i] = draw(1, p * FEATURES + i) > 0.3 ? 1 : 0;
        spl_embed(a->encoders, 2, SPL_KERNEL_SCALAR, features, scratch, point);
        for (uint32_t i = 0; i < EMBEDDING; i++) {
            a->centroids[i * POINTS + p] = point[i];
            square += (double)point[i] * (double)point[i];
        }
        a->bias[p] = (float)(-0.5 * square);
        a->label_start[p] = bytes;
        memcpy(a->label_bytes + bytes, LABELS[p], strlen(LABELS[p]));
        bytes += (uint32_t)strlen(LABELS[p]);
    }
    a->label_start[POINTS] = bytes;
    return (spl_clusters){
        POINTS, SPL_SPACE_EMBEDDING, {EMBEDDING, POINTS, a->centroids, a->bias}, a->label_start, a->label_bytes};
}

static void put_node(arrays *a, uint32_t node, uint32_t parent, const char *key, const char *value)
{
    a->parent[node] = parent;
    a->value[node] = spl_name_hash(text_of(value));
    memcpy(a->key_bytes + a->key_start[node], key, strlen(key));
    a->key_start[node + 1] = a->key_start[node] + (uint32_t)strlen(key);
}

// cluster calm | eager | new, and eager by device; siblings in the order of their hashes.
static spl_tree make_tree(arrays *a)
{
    const char *values[] = {"calm", "eager", "new"}, *devices[] = {"desktop", "mobile"};
    a->parent[0] = SPL_NO_NODE;
    a->split[0] = spl_name_hash(SPL_TEXT("cluster"));
    a->first_child[0] = 1, a->child_count[0] = 3;
    for (uint32_t i = 1; i < 3; i++) {
        for (uint32_t j = i; j > 0 && spl_name_hash(text_of(values[j - 1])) > spl_name_hash(text_of(values[j])); j--) {
            const char *swap = values[j];
            values[j] = values[j - 1], values[j - 1] = swap;
        }
    }
    for (uint32_t i = 0; i < 3; i++) {
        char key[32] = "cluster:";
        put_node(a, 1 + i, 0, strcat(key, values[i]), values[i]);
        if (strcmp(values[i], "eager") != 0) continue;
        a->split[1 + i] = spl_name_hash(SPL_TEXT("device"));
        a->first_child[1 + i] = 4, a->child_count[1 + i] = 2;
        a->parent[4] = a->parent[5] = 1 + i;
    }
    if (spl_name_hash(text_of(devices[0])) > spl_name_hash(text_of(devices[1]))) {
        devices[0] = "mobile", devices[1] = "desktop";
    }
    for (uint32_t i = 0; i < 2; i++) {
        char key[48] = "cluster:eager|device:";
        put_node(a, 4 + i, a->parent[4 + i], strcat(key, devices[i]), devices[i]);
    }
    return (spl_tree){NODES, a->parent, a->first_child, a->child_count, a->split, a->value, a->key_start, a->key_bytes};
}

static spl_policy make_table(arrays *a, double floor)
{
    for (uint32_t node = 0; node < NODES; node++) {
        double sum = 0, *p = a->table + (size_t)3 * node;
        a->row[node] = node == 5 ? -1 : (int32_t)node;
        for (uint32_t v = 0; v < 3; v++) sum += p[v] = 1.1 + draw(2, node * 3 + v);
        for (uint32_t v = 0; v < 3; v++) p[v] = floor + (1 - 3 * floor) * p[v] / sum;
    }
    return (spl_policy){3, NODES, a->row, a->table};
}

static spl_linear make_linear(arrays *a, uint32_t e)
{
    const plan *p = &PLANS[e];
    uint32_t d = p->space == SPL_SPACE_FEATURES ? FEATURES : EMBEDDING, k = p->variant_count, side = d + 1;
    float *weight = a->weights[e], *factor = a->factors[e];
    for (uint32_t i = 0; i < d * k + k; i++) weight[i] = (float)(0.2 * draw(16 + e, i));
    for (uint32_t v = 0; v < k; v++) {
        for (uint32_t row = 0; row < side; row++) {
            for (uint32_t i = 0; i <= row; i++) {
                uint32_t at = (v * side + row) * side + i;
                factor[(v * side + i) * side + row] =
                    (float)((i == row ? 0.08 : 0.03) * draw(32 + e, at) * (1 + 0.2 * v));
            }
        }
    }
    bool uses = p->rule == SPL_RULE_LINUCB || p->rule == SPL_RULE_LINTS;
    return (spl_linear){p->rule, p->space, p->parameter, {d, k, weight, weight + (size_t)d * k}, uses ? factor : NULL};
}

static void make_experiments(arrays *a)
{
    for (uint32_t v = 0; v < VARIANTS_MAX; v++) a->variants[v] = text_of(VARIANTS[v]);
    for (uint32_t e = 0; e < EXPERIMENTS; e++) {
        const plan *p = &PLANS[e];
        a->experiments[e] = (spl_experiment){.key = text_of(p->key),
                                             .seed = spl_name_hash(text_of(p->key)),
                                             .min_propensity = p->min_propensity,
                                             .variants = a->variants,
                                             .policy = {.variant_count = p->variant_count}};
        if (p->rule == SPL_RULE_TABLE) {
            a->experiments[e].policy = make_table(a, p->min_propensity);
        } else {
            a->experiments[e].linear = make_linear(a, e);
        }
    }
}

bool vector_learned_write(uint8_t **data, size_t *size, spl_error *error)
{
    static arrays zeroed;
    char id[33];
    uint8_t *base;
    size_t base_size;
    spl_bundle_file file;
    arrays *a = &zeroed;
    memset(a, 0, sizeof *a);
    if (!vector_bundle_write(&base, &base_size, error)) return false;
    if (!spl_bundle_file_take(base, base_size, &file, error)) return false;
    make_encoders(a, file.bundle.encoders);
    make_experiments(a);
    spl_bundle bundle = {.schema = file.bundle.schema,
                         .encoder_count = 2,
                         .encoders = a->encoders,
                         .clusters = make_clusters(a),
                         .tree = make_tree(a),
                         .experiment_count = EXPERIMENTS,
                         .experiments = a->experiments};
    bool ok = spl_bundle_write(&bundle, "{\"format\":1,\"note\":\"test vectors\"}", data, size, id, error);
    spl_bundle_file_close(&file);
    return ok;
}
