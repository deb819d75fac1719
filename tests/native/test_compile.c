// SPDX-License-Identifier: MIT
// A compiled bundle decides as was learned, holds no counts, and is the same every time.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "learn/compile.h"
#include "samplit/hash.h"
#include "testing.h"

static const spl_level levels[] = {{{"country", 7}, 1000}, {{"device", 6}, 500}};
static const spl_text variants[] = {{"control", 7}, {"b", 1}};

static spl_text text(const char *word)
{
    return (spl_text){word, strlen(word)};
}

static void add(spl_state *state, const char *country, const char *device, uint32_t variant, unsigned n, unsigned s)
{
    const spl_text values[] = {text(country), text(device)};
    uint32_t node = spl_state_node(state, values);
    for (unsigned i = 0; i < n; i++) spl_state_add_at(state, node, variant, i < s, SPL_CHANCE_EQUAL);
}

// US differs by device, GB from US; DE has too few exposures.
static spl_learned *learned_world(spl_state **state)
{
    spl_state_config config = {2, 2, levels, 0};
    spl_error error = {0};
    spl_learned *learned;
    spl_learn_config how = spl_learn_config_default();
    how.prune_alpha = 0.05;
    how.prune_gain = 0;
    *state = spl_state_new(&config);
    for (uint32_t v = 0; v < 2; v++) {
        add(*state, "US", "mobile", v, 5000, v ? 500 : 250);
        add(*state, "US", "desktop", v, 3000, v ? 200 : 220);
        add(*state, "GB", "mobile", v, 3000, v ? 60 : 150);
        add(*state, "DE", "mobile", v, 100, 5);
    }
    assert_true(spl_learn(*state, &how, &learned, &error));
    return learned;
}

typedef struct compiled {
    spl_state *state;
    spl_learned *learned;
    spl_bundle_file file;
    char id[33];
} compiled;

static void compile_into(compiled *c, uint64_t seed)
{
    spl_error error = {0};
    uint8_t *data;
    size_t size;
    spl_compile_config config = {.experiment = SPL_TEXT("hero"),
                                 .seed = seed,
                                 .variants = variants,
                                 .levels = levels,
                                 .min_propensity = 0.01,
                                 .hash_mode = SPL_HASH_RACE};
    if (!spl_compile(c->learned, &config, &data, &size, c->id, &error)) fail_msg("%s: %s", error.field, error.text);
    assert_true(spl_bundle_file_take(data, size, &c->file, &error));
}

static compiled compile(uint64_t seed)
{
    compiled c = {0};
    c.learned = learned_world(&c.state);
    compile_into(&c, seed);
    return c;
}

static void drop(compiled *c)
{
    spl_bundle_file_close(&c->file);
    spl_learned_free(c->learned);
    spl_state_free(c->state);
}

static spl_field field(const char *name, const char *value)
{
    return (spl_field){spl_name_hash(text(name)), 0, value, (uint32_t)strlen(value), SPL_KIND_STRING};
}

// Decides for that context and checks which node served and with what.
static void decides(const compiled *c, const char *country, const char *device, const char *segment, spl_reason reason)
{
    void *memory;
    spl_decision d;
    spl_workspace *workspace = spl_bundle_file_workspace(&c->file, &memory);
    const spl_field fields[] = {field("country", country), field("device", device)};
    spl_decide(&c->file.bundle, workspace, 0, SPL_TEXT("u1"), fields, 2, &d);
    assert_true(spl_text_equal(d.segment, text(segment)));
    assert_int_equal(d.reason, reason);
    uint32_t node = spl_tree_find(&c->file.bundle.tree, text(segment));
    for (uint32_t v = 0; v < 2; v++) {
        assert_true(d.probabilities[v] == c->learned->arms[2 * node + v].probability);
    }
    free(memory);
}

static void decisions_follow_what_was_learned(void **unused)
{
    (void)unused;
    compiled c = compile(1);
    decides(&c, "US", "mobile", "country:US|device:mobile", SPL_REASON_POLICY);
    decides(&c, "US", "desktop", "country:US|device:desktop", SPL_REASON_POLICY);
    decides(&c, "GB", "mobile", "country:GB", SPL_REASON_POLICY);
    decides(&c, "US", "tv", "country:US", SPL_REASON_POLICY);
    decides(&c, "DE", "mobile", "global", SPL_REASON_POLICY); // pruned: its units fall to the parent
    decides(&c, "FR", "mobile", "global", SPL_REASON_POLICY);
    drop(&c);
}

static void a_node_that_does_not_serve_leaves_its_units_to_its_parent(void **unused)
{
    (void)unused;
    compiled c = {0};
    c.learned = learned_world(&c.state);
    uint32_t us = 1;
    while (!spl_text_equal(c.learned->nodes[us].key, SPL_TEXT("country:US"))) us++;
    c.learned->nodes[us].serves = false;
    compile_into(&c, 1);
    decides(&c, "US", "tv", "global", SPL_REASON_FALLBACK);
    decides(&c, "US", "mobile", "country:US|device:mobile", SPL_REASON_POLICY);
    drop(&c);
}

// The same events must give the same file: nothing of clock or addresses may enter.
static void compiling_again_gives_the_same_bytes(void **unused)
{
    (void)unused;
    compiled a = compile(1), b = compile(1), other = compile(2);
    assert_string_equal(a.id, b.id);
    assert_int_equal(a.file.size, b.file.size);
    assert_memory_equal(a.file.data, b.file.data, a.file.size);
    assert_string_not_equal(a.id, other.id);
    drop(&a);
    drop(&b);
    drop(&other);
}

static void count_words(const compiled *c, const char *word, int expected)
{
    int found = 0;
    size_t size = strlen(word);
    for (size_t i = 0; i + size <= c->file.size; i++) found += memcmp(c->file.data + i, word, size) == 0;
    assert_int_equal(found, expected);
}

// Neither the doubles of the posteriors and counts, nor words for them, are in the file.
static void no_count_and_no_posterior_is_published(void **unused)
{
    (void)unused;
    compiled c = compile(1);
    for (uint32_t i = 0; i < 2 * c.learned->node_count; i++) {
        const spl_arm *arm = &c.learned->arms[i];
        const double secrets[] = {arm->posterior.a, arm->posterior.b, arm->observed.count, arm->observed.sum};
        for (size_t at = 0; at + 8 <= c.file.size; at++) {
            for (int s = 0; s < 4; s++) assert_memory_not_equal(c.file.data + at, &secrets[s], 8);
        }
    }
    count_words(&c, "kappa", 0);
    count_words(&c, "\\\"levels\\\"", 1);
    drop(&c);
}

static void a_uniform_bundle_serves_everybody_equally(void **unused)
{
    (void)unused;
    static const uint32_t counts[] = {1, 3, SPL_VARIANTS_MAX};
    spl_text names[SPL_VARIANTS_MAX];
    char letters[SPL_VARIANTS_MAX];
    for (uint32_t v = 0; v < SPL_VARIANTS_MAX; v++) {
        letters[v] = (char)('0' + v);
        names[v] = (spl_text){&letters[v], 1};
    }
    for (int i = 0; i < 3; i++) {
        uint8_t *data;
        size_t size;
        char id[33];
        spl_error error = {0};
        spl_bundle_file file;
        assert_true(spl_compile_uniform(names, counts[i], SPL_TEXT("x"), 5, &data, &size, id, &error));
        assert_true(spl_bundle_file_take(data, size, &file, &error));
        const spl_experiment *x = &file.bundle.experiments[0];
        assert_int_equal(x->policy.variant_count, counts[i]);
        assert_int_equal(x->seed, 5);
        assert_int_equal(file.bundle.tree.node_count, 1);
        for (uint32_t v = 0; v < counts[i]; v++) assert_true(x->policy.table[v] == 1.0 / counts[i]);
        spl_bundle_file_close(&file);
    }
}

static void too_many_variants_and_bad_keys_are_refused(void **unused)
{
    (void)unused;
    uint8_t *data = NULL;
    size_t size;
    char id[33];
    spl_error error = {0};
    assert_false(spl_compile_uniform(variants, SPL_VARIANTS_MAX + 1, SPL_TEXT("x"), 5, &data, &size, id, &error));
    assert_string_equal(error.field, "variants");
    assert_false(spl_compile_uniform(variants, 2, SPL_TEXT("no key"), 5, &data, &size, id, &error));
    assert_string_equal(error.field, "experiments.key_bytes");
    assert_null(data);
}

static void experiments_have_seeds_of_their_own(void **unused)
{
    (void)unused;
    assert_true(spl_compile_seed(SPL_TEXT("a")) != spl_compile_seed(SPL_TEXT("b")));
    assert_true(spl_compile_seed(SPL_TEXT("a")) == spl_name_hash(SPL_TEXT("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_follow_what_was_learned),
        cmocka_unit_test(a_node_that_does_not_serve_leaves_its_units_to_its_parent),
        cmocka_unit_test(compiling_again_gives_the_same_bytes),
        cmocka_unit_test(no_count_and_no_posterior_is_published),
        cmocka_unit_test(a_uniform_bundle_serves_everybody_equally),
        cmocka_unit_test(too_many_variants_and_bad_keys_are_refused),
        cmocka_unit_test(experiments_have_seeds_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
