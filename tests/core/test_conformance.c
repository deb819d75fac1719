// SPDX-License-Identifier: MIT
// The same decisions from every build: a million generated cases against golden digests, one per
// 10,000, and a fifth of them with a bundle of everything that is learned and with one of all settings. tests/wasm runs
// the same generator in WebAssembly against the same file. To renew the file after a deliberate change of what the
// trace covers: SAMPLIT_UPDATE_VECTORS=1 core_test_conformance. label: slow
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"
#include "names.h"
#include "testing.h"

#define VECTORS SAMPLIT_SOURCE "/tests/vectors/"
#define LEARNED_BLOCKS 20
#define OTHER_BLOCKS 10 // for kernels that are neither the reference nor the one that is chosen

typedef struct setup {
    void *file, *memory;
    spl_bundle bundle;
    spl_workspace workspace;
} setup;

static void *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file) fail_msg("cannot open %s", path);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    void *data = malloc(*size);
    assert_int_equal(fread(data, 1, *size, file), *size);
    fclose(file);
    return data;
}

typedef struct vectors {
    const char *bundle, *digests;
    uint32_t blocks;
} vectors;

static const vectors BASIC = {VECTORS "bundle.safetensors", VECTORS "digests.txt", SPL_CONFORMANCE_BLOCKS};
static const vectors LEARNED = {VECTORS "learned.safetensors", VECTORS "learned-digests.txt", LEARNED_BLOCKS};

static const vectors SETTINGS = {VECTORS "settings.safetensors", VECTORS "settings-digests.txt", LEARNED_BLOCKS};

static setup *open_vectors(const char *path)
{
    static setup s;
    size_t size, bundle_bytes, workspace_bytes;
    s.file = read_file(path, &size);
    assert_int_equal(spl_bundle_open_bytes(s.file, size, &bundle_bytes), SPL_OK);
    s.memory = malloc(bundle_bytes + 65536);
    spl_arena arena = spl_arena_over(s.memory, bundle_bytes + 65536);
    spl_bundle_error error = {0};
    if (spl_bundle_open(s.file, size, &arena, &s.bundle, &error) != SPL_OK)
        fail_msg("%s: %s", error.name, error.expected);
    assert_int_equal(spl_workspace_bytes(&s.bundle, &workspace_bytes), SPL_OK);
    assert_int_equal(spl_workspace_init(&s.bundle, &arena, &s.workspace), SPL_OK);
    return &s;
}

static void close_vectors(setup *s)
{
    free(s->file);
    free(s->memory);
}

static void write_golden(setup *s, const vectors *v)
{
    FILE *file = fopen(v->digests, "w");
    assert_non_null(file);
    for (uint32_t block = 0; block < v->blocks; block++) {
        fprintf(file, "%016" PRIx64 "\n", spl_conformance_digest(&s->bundle, &s->workspace, block));
    }
    fclose(file);
}

static void read_golden(const vectors *v, uint64_t digests[SPL_CONFORMANCE_BLOCKS])
{
    FILE *file = fopen(v->digests, "r");
    assert_non_null(file);
    for (uint32_t block = 0; block < v->blocks; block++) {
        assert_int_equal(fscanf(file, "%" SCNx64, &digests[block]), 1);
    }
    fclose(file);
}

static void check_kernel(setup *s, spl_kernel kernel, const uint64_t *golden, uint32_t blocks)
{
    s->workspace.kernel = kernel;
    for (uint32_t block = 0; block < blocks; block++) {
        uint64_t digest = spl_conformance_digest(&s->bundle, &s->workspace, block);
        if (digest != golden[block]) {
            fail_msg("%s: decisions %u to %u differ: %016" PRIx64 ", expected %016" PRIx64, spl_kernel_name(kernel),
                     block * SPL_CONFORMANCE_BLOCK, (block + 1) * SPL_CONFORMANCE_BLOCK - 1, digest, golden[block]);
        }
    }
    printf("%s: %u decisions\n", spl_kernel_name(kernel), blocks * SPL_CONFORMANCE_BLOCK);
}

static void check_vectors(const vectors *v)
{
    setup *s = open_vectors(v->bundle);
    spl_kernel best = spl_kernel_best();
    if (getenv("SAMPLIT_UPDATE_VECTORS")) {
        s->workspace.kernel = SPL_KERNEL_SCALAR;
        write_golden(s, v);
    }
    uint64_t golden[SPL_CONFORMANCE_BLOCKS];
    read_golden(v, golden);
    for (spl_kernel kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
        if (!spl_kernel_usable(kernel)) continue;
        bool full = kernel == SPL_KERNEL_SCALAR || kernel == best;
        check_kernel(s, kernel, golden, full ? v->blocks : OTHER_BLOCKS);
    }
    close_vectors(s);
}

static void every_kernel_makes_the_decisions_of_the_golden_digests(void **state)
{
    (void)state;
    check_vectors(&BASIC);
}

static void every_kernel_makes_the_decisions_of_all_that_is_learned(void **state)
{
    (void)state;
    check_vectors(&LEARNED);
}

static void every_kernel_makes_the_decisions_of_all_settings(void **state)
{
    (void)state;
    check_vectors(&SETTINGS);
}

static void the_generated_decisions_reach_every_reason_of_the_settings(void **state)
{
    (void)state;
    setup *s = open_vectors(SETTINGS.bundle);
    spl_conformance_case drawn;
    spl_decision decision;
    uint32_t reasons[SPL_REASON_INCUMBENT + 1] = {0}, drawn_of[8] = {0};
    assert_int_equal(s->bundle.experiment_count, 8);
    for (uint32_t i = 0; i < 40000; i++) {
        spl_conformance_make(i, s->bundle.experiment_count, &drawn);
        spl_conformance_decide(&s->bundle, &s->workspace, &drawn, &decision);
        reasons[decision.reason]++;
        drawn_of[drawn.experiment % 8] += decision.reason <= SPL_REASON_FALLBACK;
    }
    for (uint32_t r = 0; r <= SPL_REASON_INCUMBENT; r++) assert_true(reasons[r] > 200);
    for (uint32_t e = 0; e < 8; e++) {
        const spl_settings *x = &s->bundle.experiments[e].settings;
        assert_true(x->paused || x->mode != SPL_MODE_ONLINE ? drawn_of[e] == 0 : drawn_of[e] > 500);
    }
    close_vectors(s);
}

// Digests say that builds agree; this says that what they agree on is worth agreeing on.
static void the_generated_decisions_reach_every_variant_reason_and_level(void **state)
{
    (void)state;
    setup *s = open_vectors(BASIC.bundle);
    spl_conformance_case drawn;
    spl_decision decision;
    uint32_t reasons[8] = {0}, levels[SPL_TREE_DEPTH_MAX] = {0}, variants[SPL_VARIANTS_MAX] = {0};
    for (uint32_t i = 0; i < 20000; i++) {
        spl_conformance_make(i, s->bundle.experiment_count, &drawn);
        spl_decide(&s->bundle, &s->workspace, drawn.experiment, drawn.unit, drawn.fields, drawn.field_count, &decision);
        reasons[decision.reason]++;
        levels[decision.level]++;
        variants[decision.variant]++;
    }
    assert_true(reasons[SPL_REASON_POLICY] > 1000 && reasons[SPL_REASON_FALLBACK] > 1000);
    assert_true(reasons[SPL_REASON_DEFAULT] > 50);
    for (int level = 0; level < 4; level++) assert_true(levels[level] > 100);
    for (int variant = 0; variant < 8; variant++) assert_true(variants[variant] > 100);
    close_vectors(s);
}

static spl_text value_of(const spl_context *context, spl_name_id id)
{
    const spl_attribute *found = spl_context_find(context, spl_name_hash_of(id));
    return found && found->kind == SPL_KIND_STRING ? (spl_text){found->text, found->size} : (spl_text){0};
}

// Counts what is among the texts, which end with one that is empty.
static void count_value(spl_text value, const char *const *texts, uint32_t *counts)
{
    for (; **texts; texts++, counts++) *counts += spl_text_equal(value, (spl_text){*texts, strlen(*texts)});
}

static void the_generated_contexts_are_of_every_channel_and_have_every_attribute(void **state)
{
    (void)state;
    static const char *const channels[] = {"web", "email", "funnel", "push", ""};
    static const char *const media[] = {"none",    "organic",   "social",  "email", "referral", "cpc",
                                        "display", "affiliate", "unknown", "push",  ""};
    static const char *const senders[] = {
        "quora",     "nextdoor",         "vk",       "adobe", "shareasale", "drip", "omeda",
        "cart left", "com.example.shop", "facebook", ""};
    setup *s = open_vectors(BASIC.bundle);
    spl_conformance_case drawn;
    uint32_t channel[4] = {0}, medium[10] = {0}, sender[10] = {0}, attributes[SPL_NAME_COUNT] = {0}, full = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        spl_conformance_make(i, s->bundle.experiment_count, &drawn);
        full += drawn.field_count == SPL_CONFORMANCE_FIELDS;
        spl_decide_begin(&s->workspace, drawn.fields, drawn.field_count);
        const spl_context *context = &s->workspace.context;
        count_value(value_of(context, SPL_NAME_ID_channel), channels, channel);
        count_value(value_of(context, SPL_NAME_ID_medium), media, medium);
        count_value(value_of(context, SPL_NAME_ID_source), senders, sender);
        for (uint32_t k = 0; k < context->count; k++) {
            uint32_t id = spl_name_find(context->items[k].name);
            if (id < SPL_NAME_COUNT) attributes[id]++;
        }
    }
    for (int i = 0; i < 4; i++) assert_true(channel[i] > 1000);
    for (int i = 0; i < 10; i++) assert_true(medium[i] > 20);
    for (int i = 0; i < 10; i++) assert_true(sender[i] > 5);
#define HAS(hash, name, role)                                                                                          \
    if (SPL_NAME_ID_##name != SPL_NAME_ID_cluster && attributes[SPL_NAME_ID_##name] < 500)                             \
        fail_msg("%s: %u", #name, attributes[SPL_NAME_ID_##name]);
    SPL_NAME_ATTRIBUTES(HAS)
#undef HAS
    assert_true(full < 20);
    close_vectors(s);
}

static void the_generated_decisions_reach_every_cluster_and_rule(void **state)
{
    (void)state;
    setup *s = open_vectors(LEARNED.bundle);
    spl_conformance_case drawn;
    spl_decision decision;
    uint32_t nodes[8] = {0}, served[8][SPL_VARIANTS_MAX] = {{0}}, unsure[8] = {0}, reasons[8] = {0};
    assert_true(s->bundle.tree.node_count <= 8 && s->bundle.experiment_count <= 7);
    for (uint32_t i = 0; i < 20000; i++) {
        spl_conformance_make(i, s->bundle.experiment_count, &drawn);
        spl_decide(&s->bundle, &s->workspace, drawn.experiment, drawn.unit, drawn.fields, drawn.field_count, &decision);
        reasons[decision.reason]++;
        if (decision.reason == SPL_REASON_DEFAULT) continue;
        nodes[decision.node]++;
        served[drawn.experiment][decision.variant]++;
        unsure[drawn.experiment] += decision.propensity > 0.1 && decision.propensity < 0.9;
    }
    assert_true(reasons[SPL_REASON_DEFAULT] > 50 && reasons[SPL_REASON_FALLBACK] > 50);
    for (uint32_t n = 0; n < s->bundle.tree.node_count; n++) assert_true(nodes[n] > 50);
    for (uint32_t e = 0; e < s->bundle.experiment_count; e++) {
        const spl_experiment *x = &s->bundle.experiments[e];
        for (uint32_t v = 0; v < x->policy.variant_count; v++) assert_true(served[e][v] > 10);
        uint32_t rule = x->linear.rule;
        if (rule != SPL_RULE_EPSILON_GREEDY && rule != SPL_RULE_LINUCB) assert_true(unsure[e] > 500);
    }
    close_vectors(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_makes_the_decisions_of_the_golden_digests),
        cmocka_unit_test(every_kernel_makes_the_decisions_of_all_that_is_learned),
        cmocka_unit_test(every_kernel_makes_the_decisions_of_all_settings),
        cmocka_unit_test(the_generated_decisions_reach_every_reason_of_the_settings),
        cmocka_unit_test(the_generated_decisions_reach_every_variant_reason_and_level),
        cmocka_unit_test(the_generated_contexts_are_of_every_channel_and_have_every_attribute),
        cmocka_unit_test(the_generated_decisions_reach_every_cluster_and_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
