// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // memmem
#include "tree_fixture.h"
#include "testing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "bundle/bundle_write.h"
#include "samplit/hash.h"

const fixture_segment fixture_world[] = {
    {-1, "", "", "", true, {0.20, 0.50, 0.30}, 90000, 0.0525},
    {0, "country", "US", "country:US", true, {0.10, 0.65, 0.25}, 60000, 0.060},
    {0, "country", "GB", "country:GB", true, {0.70, 0.20, 0.10}, 20000, 0.040},
    {0, "country", "DE", "country:DE", false, {0}, 950, 0.032},
    {1, "device", "mobile", "country:US|device:mobile", true, {0.02, 0.88, 0.10}, 35000, 0.075},
    {1, "device", "desktop", "country:US|device:desktop", true, {0.05, 0.15, 0.80}, 25000, 0.045},
    {4, "source", "instagram", "country:US|device:mobile|source:instagram", true, {0.01, 0.98, 0.01}, 15000, 0.090},
    {4, "source", "google", "country:US|device:mobile|source:google", false, {0}, 10000, 0.065},
};
const int fixture_world_count = sizeof fixture_world / sizeof *fixture_world;
const char *const fixture_plain_variants[FIXTURE_VARIANTS] = {"control", "b", "c"};

const fixture_segment fixture_hostile[] = {
    {-1, "", "", "", true, {0.2, 0.5, 0.3}, 3000, 0.1},
    {0,
     "a%b",
     "</style><script>alert(1)</script>",
     "a%25b:</style><script>alert(1)</script>",
     true,
     {0.2, 0.3, 0.5},
     900,
     0.1},
    {0, "a%b", "x\x1b[31m\x07\nred", "a%25b:x%1B[31m%07%0Ared", true, {0.1, 0.1, 0.8}, 600, 0.2},
    {0, "a%b", "\"]; evil [label=\"\\", "a%25b:\"]; evil [label=\"\\", true, {0.6, 0.2, 0.2}, 500, 0.2},
    {0, "a%b", "Z\xc3\xbcrich \xe2\x80\xaegnp.exe", "a%25b:Z\xc3\xbcrich \xe2\x80\xaegnp.exe", false, {0}, 400, 0.2},
};
const int fixture_hostile_count = sizeof fixture_hostile / sizeof *fixture_hostile;
const char *const fixture_hostile_variants[FIXTURE_VARIANTS] = {"control", "\"><img src=x onerror=alert(1)>",
                                                                "c\x1b]0;t\x07'&"};

typedef struct order {
    int segment; // in the list
    uint64_t value;
} order;

static int by_value(const void *left, const void *right)
{
    const order *a = left, *b = right;
    return (a->value > b->value) - (a->value < b->value);
}

static spl_text text_of(const char *s)
{
    return (spl_text){s, strlen(s)};
}

// Breadth first, siblings by value key: the order of nodes in a bundle. order[0] is the root.
static void sort_nodes(const fixture_segment *segments, int count, order *nodes, uint32_t *parent)
{
    int placed = 1;
    nodes[0] = (order){0, 0};
    parent[0] = SPL_NO_NODE;
    for (int i = 0; i < placed; i++) {
        int first = placed;
        for (int s = 1; s < count; s++) {
            if (segments[s].parent != nodes[i].segment) continue;
            parent[placed] = (uint32_t)i;
            nodes[placed++] = (order){s, spl_name_hash(text_of(segments[s].value))};
        }
        qsort(nodes + first, (size_t)(placed - first), sizeof *nodes, by_value);
    }
    assert_int_equal(placed, count);
}

uint8_t *fixture_bundle(const fixture_segment *segments, int count, const char *const *variants, size_t *size)
{
    order nodes[FIXTURE_NODES_MAX];
    uint32_t parent[FIXTURE_NODES_MAX], first_child[FIXTURE_NODES_MAX] = {0}, child_count[FIXTURE_NODES_MAX] = {0};
    uint64_t split[FIXTURE_NODES_MAX] = {0}, value[FIXTURE_NODES_MAX];
    uint32_t key_start[FIXTURE_NODES_MAX + 1] = {0};
    int32_t row[FIXTURE_NODES_MAX];
    double table[FIXTURE_NODES_MAX][FIXTURE_VARIANTS];
    char keys[1024] = "";
    int32_t rows = 0;
    sort_nodes(segments, count, nodes, parent);
    for (int i = 0; i < count; i++) {
        const fixture_segment *s = &segments[nodes[i].segment];
        value[i] = nodes[i].value;
        if (i > 0 && child_count[parent[i]]++ == 0) first_child[parent[i]] = (uint32_t)i;
        if (i > 0) split[parent[i]] = spl_name_hash(text_of(s->attribute));
        strcat(keys, s->key);
        key_start[i + 1] = (uint32_t)strlen(keys);
        row[i] = s->serves ? rows : -1;
        if (s->serves) memcpy(table[rows++], s->p, sizeof s->p);
    }
    spl_text names[FIXTURE_VARIANTS];
    for (int v = 0; v < FIXTURE_VARIANTS; v++) names[v] = text_of(variants[v]);
    spl_experiment experiment = {.key = SPL_TEXT("world"), .seed = 7, .min_propensity = 0.01, .variants = names};
    experiment.policy = (spl_policy){FIXTURE_VARIANTS, (uint32_t)rows, row, &table[0][0]};
    spl_bundle bundle = {.experiment_count = 1, .experiments = &experiment};
    bundle.tree = (spl_tree){(uint32_t)count, parent, first_child, child_count, split, value, key_start, keys};
    uint8_t *data;
    char id[33];
    spl_error error = {0};
    if (!spl_bundle_write(&bundle, "{\"created_by\":\"tests\"}", &data, size, id, &error))
        fail_msg("%s: %s", error.field, error.text);
    return data;
}

static cJSON *report_arm(const fixture_segment *s, int variant)
{
    double rate = s->rate * (0.9 + 0.1 * variant);
    cJSON *arm = cJSON_CreateObject();
    cJSON_AddNumberToObject(arm, "exposures", s->exposures / 3);
    cJSON_AddNumberToObject(arm, "sum", rate * s->exposures / 3);
    cJSON_AddNumberToObject(arm, "rate", rate);
    cJSON_AddNumberToObject(arm, "mean", rate);
    cJSON_AddNumberToObject(arm, "low", rate * 0.95);
    cJSON_AddNumberToObject(arm, "high", rate * 1.05);
    cJSON_AddNumberToObject(arm, "lift", (0.9 + 0.1 * variant) / 0.9 - 1);
    return arm;
}

char *fixture_report(const spl_bundle *bundle, const fixture_segment *segments, int count, const char *const *variants)
{
    cJSON *root = cJSON_CreateObject();
    char id[33];
    snprintf(id, sizeof id, "%.*s", 32, bundle->id_hex.data);
    cJSON_AddNumberToObject(root, "format", 1);
    cJSON_AddStringToObject(root, "bundle", id);
    cJSON_AddStringToObject(root, "experiment", "world");
    cJSON_AddItemToObject(root, "variants", cJSON_CreateStringArray(variants, FIXTURE_VARIANTS));
    cJSON_AddStringToObject(root, "outcome", "purchase");
    cJSON_AddStringToObject(root, "reward", "binary");
    cJSON *nodes = cJSON_AddArrayToObject(root, "nodes");
    order places[FIXTURE_NODES_MAX];
    uint32_t parent[FIXTURE_NODES_MAX];
    sort_nodes(segments, count, places, parent);
    for (int i = 0; i < count; i++) {
        const fixture_segment *s = &segments[places[i].segment];
        cJSON *node = cJSON_CreateObject(), *arms = cJSON_CreateArray();
        cJSON_AddStringToObject(node, "key", i == 0 ? "global" : s->key);
        cJSON_AddNumberToObject(node, "exposures", s->exposures);
        for (int v = 0; v < FIXTURE_VARIANTS; v++) cJSON_AddItemToArray(arms, report_arm(s, v));
        cJSON_AddItemToObject(node, "variants", arms);
        cJSON_AddItemToArray(nodes, node);
    }
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}

void fixture_seal(uint8_t *data, size_t size)
{
    static const char BEFORE[] = "samplit.xxh64\":\"";
    char digits[SPL_CHECKSUM_DIGITS + 1], *at = memmem(data, size, BEFORE, sizeof BEFORE - 1);
    assert_non_null(at);
    at += sizeof BEFORE - 1;
    snprintf(digits, sizeof digits, "%016" PRIx64, spl_bundle_checksum(data, size, (size_t)(at - (char *)data)));
    memcpy(at, digits, SPL_CHECKSUM_DIGITS);
}
