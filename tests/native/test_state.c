// SPDX-License-Identifier: MIT
// The tree of segments: counts, sums over subtrees, what happens when it is full, and variance where it is hard.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/segment_write.h"
#include "learn/state.h"
#include "testing.h"

static const spl_level levels[] = {{{"country", 7}, 1000}, {{"device", 6}, 500}};

static spl_state *new_state(uint32_t variants, uint32_t max_segments)
{
    spl_state_config config = {variants, 2, levels, max_segments};
    spl_state *state = spl_state_new(&config);
    assert_non_null(state);
    return state;
}

static spl_text text(const char *word)
{
    return (spl_text){word, strlen(word)};
}

static void add(spl_state *state, const char *country, const char *device, uint32_t variant, double reward)
{
    const spl_text values[] = {text(country), text(device)};
    assert_true(spl_state_add(state, values, variant, reward, SPL_CHANCE_EQUAL));
}

static uint32_t find(spl_state *state, const char *country, const char *device)
{
    const spl_text values[] = {text(country), text(device)};
    return spl_state_node(state, values);
}

static void observations_count_in_their_segment_and_all_above(void **unused)
{
    (void)unused;
    spl_state *state = new_state(2, 0);
    add(state, "US", "mobile", 0, 1);
    add(state, "US", "mobile", 1, 0);
    add(state, "US", "desktop", 0, 3);
    add(state, "GB", "mobile", 0, 5);
    assert_true(spl_state_total(state));

    assert_int_equal(spl_state_count(state), 6);
    assert_true(spl_state_moments(state, 0)[0].sum == 9);
    assert_true(spl_state_moments(state, 0)[1].count == 1);
    uint32_t us = find(state, "US", ""), mobile = find(state, "US", "mobile");
    assert_true(spl_state_moments(state, us)[0].count == 2);
    assert_true(spl_state_moments(state, us)[0].sum == 4);
    assert_true(spl_state_moments(state, mobile)[0].count == 1);
    assert_int_equal(spl_state_parent(state, mobile), us);
    assert_int_equal(spl_state_depth(state, mobile), 2);
    assert_memory_equal(spl_state_value(state, mobile).data, "mobile", 6);
    assert_int_equal(spl_state_parent(state, 0), SPL_NO_NODE);
    spl_state_free(state);
}

static void a_missing_value_counts_down_to_the_level_before(void **unused)
{
    (void)unused;
    spl_state *state = new_state(1, 0);
    add(state, "", "mobile", 0, 1); // without a country the device does not matter
    add(state, "US", "", 0, 1);
    assert_true(spl_state_total(state));
    assert_int_equal(spl_state_count(state), 2);
    assert_true(spl_state_moments(state, 0)[0].count == 2);
    assert_true(spl_state_moments(state, 1)[0].count == 1);
    spl_state_free(state);
}

static void totals_can_be_made_again_after_more_observations(void **unused)
{
    (void)unused;
    spl_state *state = new_state(1, 0);
    for (int round = 1; round <= 3; round++) {
        add(state, "US", "mobile", 0, 1);
        assert_true(spl_state_total(state));
        assert_true(spl_state_moments(state, 0)[0].count == round);
    }
    spl_state_free(state);
}

static void a_million_values_stop_at_the_limit_and_count_in_their_parent(void **unused)
{
    (void)unused;
    spl_state *state = new_state(1, 1000);
    char value[16];
    for (int i = 0; i < 1000000; i++) {
        snprintf(value, sizeof value, "%d", i);
        add(state, value, "", 0, 1);
    }
    assert_true(spl_state_total(state));
    assert_int_equal(spl_state_count(state), 1001);
    assert_int_equal(spl_state_overflow(state), 999000);
    assert_true(spl_state_moments(state, 0)[0].count == 1000000);
    assert_int_equal(find(state, "999", ""), 1000); // segments met in time go on counting
    assert_int_equal(find(state, "1000", ""), 0);
    spl_state_free(state);
}

static void long_values_fill_the_table_by_their_bytes(void **unused)
{
    (void)unused;
    spl_state *state = new_state(1, 0);
    size_t size = 1u << 20;
    char *value = malloc(size);
    memset(value, 'x', size);
    for (int i = 0; i < 80; i++) {
        value[0] = (char)('0' + i);
        const spl_text values[] = {{value, size}, {NULL, 0}};
        assert_true(spl_state_add(state, values, 0, 0, SPL_CHANCE_EQUAL));
    }
    assert_int_equal(spl_state_count(state), 1 + 64); // 64 MiB of text
    assert_int_equal(spl_state_overflow(state), 16);
    free(value);
    spl_state_free(state);
}

static void late_variants_widen_and_any_order_can_be_set(void **unused)
{
    (void)unused;
    static const uint32_t order[] = {2, 0, 1};
    spl_state *state = new_state(1, 0);
    add(state, "US", "mobile", 0, 10);
    assert_true(spl_state_widen(state, 3));
    assert_true(spl_state_widen(state, 2)); // never narrower
    assert_int_equal(spl_state_config_of(state)->variant_count, 3);
    add(state, "US", "mobile", 1, 20);
    add(state, "US", "mobile", 2, 30);
    for (int i = 0; i < 1000; i++) { // grows after widening
        char value[16];
        snprintf(value, sizeof value, "%d", i);
        add(state, value, "", 2, 0);
    }
    spl_state_reorder(state, order);
    assert_true(spl_state_total(state));
    const spl_moments *m = spl_state_moments(state, find(state, "US", "mobile"));
    assert_true(m[0].sum == 30 && m[1].sum == 10 && m[2].sum == 20);
    assert_true(spl_state_moments(state, 0)[0].count == 1001);
    spl_state_free(state);
}

// Segments times variants are limited: those for which late variants leave no room count in their parents, and so do
// exposures that still wait for their outcome there.
static void late_variants_fold_the_newest_segments_into_their_parents(void **unused)
{
    (void)unused;
    enum { SEGMENTS = 100000, ROOM = (1 << 20) / 64 };
    spl_state *state = new_state(2, 0);
    char value[16];
    for (int i = 0; i < SEGMENTS; i++) {
        snprintf(value, sizeof value, "%d", i);
        add(state, value, i % 2 ? "mobile" : "", (uint32_t)i % 2, 1);
    }
    uint32_t last = find(state, "99999", "mobile");
    assert_true(spl_state_widen(state, 64));
    assert_int_equal(spl_state_count(state), ROOM);
    spl_state_add_at(state, last, 63, 1, SPL_CHANCE_EQUAL);
    assert_true(spl_state_total(state));
    const spl_moments *root = spl_state_moments(state, 0);
    assert_true(root[0].count == 50000 && root[1].count == 50000 && root[63].count == 1);
    assert_true(root[0].sum == 50000 && root[1].mean == 1);
    assert_int_equal(find(state, "99999", "mobile"), 0);
    assert_int_equal(spl_state_moments(state, find(state, "1", "mobile"))[1].count, 1);
    assert_true(spl_state_overflow(state) > 80000);
    spl_state_free(state);
}

// Rewards 0, 1, 1 of weights 2, 4, 4: mean 0.8, squared deviations 1.6, worth 100 / 36 exposures. One policy with two
// propensities in a segment is what makes weights count.
static void weights_are_those_of_propensities(void **unused)
{
    (void)unused;
    spl_state *state = new_state(1, 0);
    const spl_text values[] = {{"US", 2}, {NULL, 0}};
    assert_true(spl_state_add(state, values, 0, 0, (spl_chance){0.5, 7}));
    for (int i = 0; i < 2; i++) assert_true(spl_state_add(state, values, 0, 1, (spl_chance){0.25, 7}));
    assert_true(spl_state_total(state));
    const spl_moments *m = spl_state_moments(state, 0);
    spl_sample sample = spl_moments_sample(m);
    assert_true(m->count == 3 && m->sum == 2 && m->weight == 10 && m->weight2 == 36);
    assert_true(fabs(m->mean - 0.8) < 1e-15 && fabs(m->squares - 1.6) < 1e-15);
    assert_true(fabs(sample.count - 100.0 / 36) < 1e-12 && fabs(sample.sum - 0.8 * sample.count) < 1e-12);
    assert_true(fabs(sample.squares - 0.16 * sample.count) < 1e-12);
    spl_state_free(state);
}

static void rewards_of_zero_and_one_are_noticed_as_binary(void **unused)
{
    (void)unused;
    spl_state *state = new_state(1, 0);
    assert_true(spl_state_binary(state));
    add(state, "US", "", 0, 1);
    add(state, "US", "", 0, 0);
    assert_true(spl_state_binary(state));
    add(state, "US", "", 0, 0.5);
    assert_false(spl_state_binary(state));
    spl_state_free(state);
}

// Values near 1e12 with a spread of 0.1: a sum of squares would have no correct digit. The total is
// merged over three children, so both formulas are used.
static void variance_survives_a_mean_far_from_zero(void **unused)
{
    (void)unused;
    static const char *const children[] = {"a", "b", "c"};
    spl_state *state = new_state(1, 0);
    for (int i = 0; i < 3000; i++) add(state, children[i % 3], "", 0, 1e12 + (i % 2 ? 0.125 : -0.125));
    assert_true(spl_state_total(state));
    const spl_moments *m = spl_state_moments(state, 0);
    assert_true(m->count == 3000);
    assert_true(fabs(m->mean - 1e12) < 1e-3);
    assert_true(fabs(m->squares / 3000 - 0.015625) < 1e-5);
    spl_state_free(state);
}

// 0, 10 in one child and 20, 30 in the other: mean 15, squared deviations 225 + 25 + 25 + 225.
static void children_of_different_means_add_up_to_the_right_spread(void **unused)
{
    (void)unused;
    spl_state *state = new_state(1, 0);
    for (int i = 0; i < 4; i++) add(state, i < 2 ? "a" : "b", "", 0, 10 * i);
    assert_true(spl_state_total(state));
    const spl_moments *m = spl_state_moments(state, 0);
    assert_true(m->count == 4 && m->sum == 60 && m->mean == 15);
    assert_true(fabs(m->squares - 500) < 1e-9);
    spl_state_free(state);
}

static const char *key_of(uint32_t n, const char *const *attributes, const char *const *values)
{
    static char key[200];
    spl_text a[SPL_TREE_DEPTH_MAX], v[SPL_TREE_DEPTH_MAX];
    for (uint32_t i = 0; i < n; i++) a[i] = text(attributes[i]), v[i] = text(values[i]);
    size_t size = spl_segment_write(a, v, n, NULL);
    assert_int_equal(spl_segment_write(a, v, n, key), size);
    key[size] = '\0';
    return key;
}

static void segment_keys_are_sorted_by_attribute_and_escaped(void **unused)
{
    (void)unused;
    static const char *const attributes[] = {"source", "device", "a"}, *const values[] = {"x|y:z", "50%", "\t\xC3\xA4"};
    assert_string_equal(key_of(3, attributes, values), "a:%09\xC3\xA4|device:50%25|source:x%7Cy%3Az");
    assert_string_equal(key_of(0, attributes, values), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(observations_count_in_their_segment_and_all_above),
        cmocka_unit_test(a_missing_value_counts_down_to_the_level_before),
        cmocka_unit_test(totals_can_be_made_again_after_more_observations),
        cmocka_unit_test(a_million_values_stop_at_the_limit_and_count_in_their_parent),
        cmocka_unit_test(long_values_fill_the_table_by_their_bytes),
        cmocka_unit_test(late_variants_widen_and_any_order_can_be_set),
        cmocka_unit_test(late_variants_fold_the_newest_segments_into_their_parents),
        cmocka_unit_test(weights_are_those_of_propensities),
        cmocka_unit_test(rewards_of_zero_and_one_are_noticed_as_binary),
        cmocka_unit_test(variance_survives_a_mean_far_from_zero),
        cmocka_unit_test(children_of_different_means_add_up_to_the_right_spread),
        cmocka_unit_test(segment_keys_are_sorted_by_attribute_and_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
