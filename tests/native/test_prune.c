// SPDX-License-Identifier: MIT
// Which segments stay: by their samples, and by the test of their effects.
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>

#include "learn/value.h"
#include "learn_fixture.h"
#include "samplit/hash.h"
#include "testing.h"

static void nodes_stand_breadth_first_with_siblings_by_key(void **unused)
{
    (void)unused;
    spl_learn_config all = spl_learn_config_default();
    all.prune_gain = 0;
    spl_state *state = learn_new(2, 2);
    char country[8], device[8];
    for (int i = 0; i < 60; i++) {
        snprintf(country, sizeof country, "c%d", i % 12);
        snprintf(device, sizeof device, "d%d", i % 5);
        for (uint32_t v = 0; v < 2; v++) learn_add(state, country, device, "", v, 1000, 50);
    }
    spl_learned *learned = learn_from(state, &all);
    assert_int_equal(learned->node_count, 1 + 12 + 60);
    uint32_t next = 1;
    for (uint32_t i = 0; i < learned->node_count; i++) {
        const spl_learned_node *node = &learned->nodes[i];
        if (node->child_count > 0) assert_int_equal(node->first_child, next);
        for (uint32_t c = next; c < next + node->child_count; c++) {
            assert_int_equal(learned->nodes[c].parent, i);
            assert_int_equal(learned->nodes[c].depth, node->depth + 1);
            if (c > next) {
                assert_true(spl_name_hash(learned->nodes[c - 1].value) < spl_name_hash(learned->nodes[c].value));
            }
        }
        next += node->child_count;
    }
    assert_int_equal(next, learned->node_count);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void a_segment_below_min_samples_is_left_to_its_parent(void **unused)
{
    (void)unused;
    spl_learn_config all = spl_learn_config_default();
    all.prune_gain = 0;
    spl_state *state = learn_new(2, 1);
    learn_add(state, "US", "", "", 0, 5000, 100);
    learn_add(state, "US", "", "", 1, 5000, 500);
    learn_add(state, "GB", "", "", 0, 499, 200); // very different, but one short of 1000 in all
    learn_add(state, "GB", "", "", 1, 500, 20);
    spl_learned *learned = learn_from(state, &all);
    assert_int_equal(learned->segments_observed, 2);
    assert_int_equal(learned->segments_pruned_samples, 1);
    assert_int_equal(learn_find(learned, "country:GB"), learned->node_count);
    spl_learned_free(learned);

    learn_add(state, "GB", "", "", 0, 1, 0);
    learned = learn_from(state, &all);
    assert_int_equal(learned->segments_pruned_samples, 0);
    assert_int_equal(learned->segments_serving, 2);
    assert_true(learned->nodes[learn_find(learned, "country:GB")].serves);
    spl_learned_free(learned);
    spl_state_free(state);
}

// 600 are enough for a device, though not for a country.
static void every_level_has_its_own_min_samples(void **unused)
{
    (void)unused;
    spl_state *state = learn_new(2, 2);
    learn_add(state, "US", "mobile", "", 0, 300, 10);
    learn_add(state, "US", "mobile", "", 1, 300, 150);
    learn_add(state, "US", "desktop", "", 0, 3000, 400);
    learn_add(state, "US", "desktop", "", 1, 3000, 100);
    learn_add(state, "GB", "mobile", "", 0, 300, 150);
    learn_add(state, "GB", "mobile", "", 1, 300, 10);
    spl_learned *learned = learn_from(state, NULL);
    assert_true(learned->nodes[learn_find(learned, "country:US|device:mobile")].serves);
    assert_int_equal(learn_find(learned, "country:GB"), learned->node_count);
    assert_int_equal(learned->segments_pruned_samples, 1);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void segments_alike_are_pruned_and_listed(void **unused)
{
    (void)unused;
    spl_state *state = learn_new(2, 1);
    static const char *const countries[] = {"US", "GB", "DE"};
    for (int i = 0; i < 3; i++) {
        learn_add(state, countries[i], "", "", 0, 2000u + 100u * (unsigned)i, 100);
        learn_add(state, countries[i], "", "", 1, 2000, 120);
    }
    spl_learned *learned = learn_from(state, NULL);
    assert_int_equal(learned->node_count, 1);
    assert_int_equal(learned->segments_pruned_effect, 3);
    assert_int_equal(learned->pruned_count, 3);
    assert_memory_equal(learned->pruned[0].key.data, "country:DE", 10); // the largest first
    assert_int_equal(learned->pruned[0].parent, 0);
    assert_true(learned->pruned[0].effect_p > 0.05);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void a_segment_like_its_siblings_stays_as_signpost_for_its_children(void **unused)
{
    (void)unused;
    spl_state *state = learn_new(2, 2);
    static const char *const countries[] = {"US", "GB"};
    for (int i = 0; i < 2; i++) { // opposite effects by device, none by country
        learn_add(state, countries[i], "mobile", "", 0, 4000, 200);
        learn_add(state, countries[i], "mobile", "", 1, 4000, 400);
        learn_add(state, countries[i], "desktop", "", 0, 4000, 400);
        learn_add(state, countries[i], "desktop", "", 1, 4000, 200);
    }
    spl_learned *learned = learn_from(state, NULL);
    assert_int_equal(learned->node_count, 7);
    assert_false(learned->nodes[learn_find(learned, "country:US")].serves);
    assert_true(learned->nodes[learn_find(learned, "country:US|device:mobile")].serves);
    assert_int_equal(learn_most_served(learned, "country:US|device:mobile"), 1);
    assert_int_equal(learn_most_served(learned, "country:GB|device:desktop"), 0);
    assert_int_equal(learned->segments_serving, 4);
    assert_int_equal(learned->segments_pruned_effect, 2);
    spl_learned_free(learned);
    spl_state_free(state);
}

// Twelve segments of different rates whose variants have the same effects: the chance that any is kept must not
// exceed the level.
static void pruning_by_a_test_keeps_its_level_over_siblings(void **unused)
{
    (void)unused;
    spl_learn_config tested = spl_learn_config_default();
    tested.prune_alpha = 0.05;
    tested.prune_gain = 0;
    enum { TRIALS = 600, SEGMENTS = 12 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int alarms = 0;
    for (int t = 0; t < TRIALS; t++) {
        spl_state *state = learn_new(3, 1);
        for (int i = 0; i < SEGMENTS; i++) {
            char country[8];
            snprintf(country, sizeof country, "c%d", i);
            for (uint32_t v = 0; v < 3; v++) {
                double rate = 0.03 + 0.004 * i + 0.01 * v;
                learn_add(state, country, "", "", v, 400, gsl_ran_binomial(rng, rate, 400));
            }
        }
        spl_learned *learned = learn_from(state, &tested);
        alarms += learned->segments_serving > 0;
        assert_int_equal(learned->segments_pruned_samples, 0);
        spl_learned_free(learned);
        spl_state_free(state);
    }
    gsl_rng_free(rng);
    assert_in_range(alarms, TRIALS * 0.01, TRIALS * 0.077); // 0.05 + 3 sigma
}

static void segments_that_want_what_their_parent_serves_are_pruned(void **unused)
{
    (void)unused;
    spl_state *state = learn_new(2, 1);
    static const char *const countries[] = {"US", "GB", "DE", "FR"};
    for (int i = 0; i < 4; i++) { // the second variant by far, and in the last one the first
        learn_add(state, countries[i], "", "", 0, 5000, i == 3 ? 1000 : 250);
        learn_add(state, countries[i], "", "", 1, 5000, i == 3 ? 500 : 500 + 100u * (unsigned)i);
    }
    spl_learned *learned = learn_from(state, NULL);
    assert_int_equal(learned->segments_serving, 1);
    assert_int_equal(learned->segments_pruned_effect, 3);
    assert_int_equal(learn_most_served(learned, "country:FR"), 0);
    assert_int_equal(learn_most_served(learned, "country:GB"), 1);
    spl_learned_free(learned);
    spl_state_free(state);
}

// Counts of segments whose effects scatter by `spread` on a rate of 8 %.
static spl_state *scattered(gsl_rng *rng, double spread, unsigned each)
{
    spl_state *state = learn_new(3, 1);
    for (int i = 0; i < 30; i++) {
        char country[8];
        snprintf(country, sizeof country, "c%d", i);
        for (uint32_t v = 0; v < 3; v++) {
            double rate = 0.08 * exp(spread * gsl_ran_gaussian(rng, 1));
            learn_add(state, country, "", "", v, each, gsl_ran_binomial(rng, rate, each));
        }
    }
    return state;
}

static void what_pruning_by_gain_leaves_out_costs_less_than_the_gain(void **unused)
{
    (void)unused;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    spl_state *state = scattered(rng, 0.2, 1500);
    spl_learn_config config = spl_learn_config_default();
    config.exploration = config.min_propensity = 0;
    double value[2];
    uint32_t serving[2];
    for (int i = 0; i < 2; i++) {
        config.prune_gain = i == 0 ? 0 : 0.02;
        spl_learned *learned = learn_from(state, &config);
        spl_value got;
        assert_true(spl_value_of(learned, &got));
        value[i] = got.policy, serving[i] = learned->segments_serving;
        spl_learned_free(learned);
    }
    assert_int_equal(serving[0], 30);
    assert_true(serving[1] > 10 && serving[1] < 30);
    assert_true(value[1] > (1 - 0.02) * value[0]);
    spl_state_free(state);
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_stand_breadth_first_with_siblings_by_key),
        cmocka_unit_test(a_segment_below_min_samples_is_left_to_its_parent),
        cmocka_unit_test(every_level_has_its_own_min_samples),
        cmocka_unit_test(segments_alike_are_pruned_and_listed),
        cmocka_unit_test(a_segment_like_its_siblings_stays_as_signpost_for_its_children),
        cmocka_unit_test(pruning_by_a_test_keeps_its_level_over_siblings),
        cmocka_unit_test(segments_that_want_what_their_parent_serves_are_pruned),
        cmocka_unit_test(what_pruning_by_gain_leaves_out_costs_less_than_the_gain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
