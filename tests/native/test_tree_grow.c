// SPDX-License-Identifier: MIT
// Trees grown from exposures with a known structure: what is split, on what, from which half of the units.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn_fixture.h"
#include "near.h"
#include "samplit/hash.h"
#include "testing.h"
#include "tree_log.h"

// The attribute that the children of that segment differ on; "" where it is no parent in the learned tree.
static const char *split_of(const spl_learned *learned, const char *key)
{
    static char name[64];
    uint32_t i = learn_find(learned, key);
    name[0] = '\0';
    if (i == learned->node_count) fail_msg("no node %s", key);
    if (learned->nodes[i].child_count > 0) {
        spl_text attribute = learned->nodes[learned->nodes[i].first_child].attribute;
        snprintf(name, sizeof name, "%.*s", (int)attribute.size, attribute.data);
    }
    return name;
}

// On plan free b is better, most of all on phones; on plan pro only from google.
static void add_branches(tree_log *log)
{
    static const struct {
        const char *plan, *device, *source;
        unsigned control, b; // conversions of 1000
    } cells[] = {
        {"free", "mobile", "google", 60, 180},  {"free", "mobile", "direct", 60, 180},
        {"free", "desktop", "google", 80, 110}, {"free", "desktop", "direct", 80, 110},
        {"pro", "mobile", "google", 90, 110},   {"pro", "mobile", "direct", 150, 50},
        {"pro", "desktop", "google", 90, 110},  {"pro", "desktop", "direct", 150, 50},
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        char at[96];
        snprintf(at, sizeof at, "plan:%s|device:%s|source:%s", cells[i].plan, cells[i].device, cells[i].source);
        tree_log_many(log, at, 0, 1000, cells[i].control);
        tree_log_many(log, at, 1, 1000, cells[i].b);
    }
}

static void branches_split_on_attributes_of_their_own(void **state)
{
    (void)state;
    tree_log log = tree_log_new("plan,device,source");
    add_branches(&log);
    spl_grow_config config = tree_log_config(2, SPL_HONEST_NO);
    spl_grown grown = tree_log_grow(&log, &config);
    spl_learned *learned = tree_log_learn(&grown);
    assert_true(learned->grown);
    assert_true(grown.judge == grown.state);
    assert_string_equal(split_of(learned, ""), "plan");
    assert_string_equal(split_of(learned, "plan:free"), "device");
    assert_string_equal(split_of(learned, "plan:pro"), "source");
    assert_string_equal(split_of(learned, "plan:pro|source:direct"), "");
    assert_int_equal(learn_most_served(learned, "device:mobile|plan:free"), 1);
    assert_int_equal(learn_most_served(learned, "plan:pro|source:google"), 1);
    assert_int_equal(learn_most_served(learned, "plan:pro|source:direct"), 0);
    spl_learned_free(learned);
    spl_grown_free(&grown);
    tree_log_free(&log);
}

static double uniform(uint32_t i)
{
    return (double)(spl_mix64(i) >> 11) / 9007199254740992.0;
}

// b is better on phones from google and on desktops from elsewhere; neither attribute tells anything alone.
static void add_crossed(tree_log *log, const char *plan)
{
    for (int i = 0; i < 4; i++) {
        char at[96];
        bool b = (i < 2) == (i % 2 == 0);
        snprintf(at, sizeof at, "device:%s|source:%s|plan:%s", i < 2 ? "mobile" : "desktop",
                 i % 2 == 0 ? "google" : "direct", plan);
        tree_log_many(log, at, 0, 500, b ? 40 : 80);
        tree_log_many(log, at, 1, 500, b ? 80 : 40);
    }
}

static void attributes_that_matter_only_together_are_found(void **state)
{
    (void)state;
    tree_log log = tree_log_new("plan,device,source");
    add_crossed(&log, "free");
    add_crossed(&log, "pro");
    spl_grow_config config = tree_log_config(2, SPL_HONEST_NO);
    spl_grown grown = tree_log_grow(&log, &config);
    spl_learned *learned = tree_log_learn(&grown);
    assert_int_equal(grown.split_count, 3);
    assert_int_equal(grown.splits[0].tested, 3 + 3);
    assert_true(grown.splits[0].candidate != 0 && grown.splits[0].partner != 0);
    assert_int_equal(grown.splits[0].candidate + grown.splits[0].partner, 3);
    assert_int_equal(grown.splits[1].partner, SPL_NO_PARTNER);
    assert_int_equal(learn_most_served(learned, "device:mobile|source:google"), 1);
    assert_int_equal(learn_most_served(learned, "device:mobile|source:direct"), 0);
    config.max_depth = 1; // no room for the second step
    spl_grown flat = tree_log_grow(&log, &config);
    assert_int_equal(flat.split_count, 0);
    spl_learned_free(learned);
    spl_grown_free(&grown);
    spl_grown_free(&flat);
    tree_log_free(&log);
}

// Device and source matter together, and hardly alone; x0 to x11 do not matter.
static void no_more_than_twelve_attributes_are_paired(void **state)
{
    (void)state;
    tree_log log = tree_log_new("");
    for (uint32_t i = 0; i < 12000; i++) {
        char at[256];
        bool mobile = uniform(20 * i) < 0.66, google = uniform(20 * i + 1) < 0.66, b = i % 2;
        int size = sprintf(at, "device:%s|source:%s", mobile ? "mobile" : "desktop", google ? "google" : "direct");
        for (uint32_t x = 0; x < 12; x++) size += sprintf(at + size, "|x%u:%d", x, uniform(20 * i + 2 + x) < 0.5);
        double rate = (mobile == google) == b ? 0.15 : 0.1;
        tree_log_add(&log, at, b, uniform(20 * i + 19) < rate, SPL_CHANCE_EQUAL);
    }
    spl_grow_config config = tree_log_config(2, SPL_HONEST_NO);
    spl_grown grown = tree_log_grow(&log, &config);
    assert_true(grown.split_count >= 1);
    assert_int_equal(grown.splits[0].candidate + grown.splits[0].partner, 0 + 1);
    assert_int_equal(grown.splits[0].tested, 14 + 66);
    spl_grown_free(&grown);
    tree_log_free(&log);
}

static void equal_exposures_grow_equal_trees(void **state)
{
    (void)state;
    spl_grown grown[2];
    tree_log log = tree_log_new("");
    add_branches(&log);
    spl_grow_config config = tree_log_config(2, SPL_HONEST_TESTS);
    for (int i = 0; i < 2; i++) grown[i] = tree_log_grow(&log, &config);
    assert_int_equal(grown[0].split_count, grown[1].split_count);
    assert_int_equal(spl_state_count(grown[0].state), spl_state_count(grown[1].state));
    for (uint32_t i = 0; i < grown[0].split_count; i++) {
        assert_int_equal(grown[0].splits[i].candidate, grown[1].splits[i].candidate);
        assert_true(grown[0].splits[i].p == grown[1].splits[i].p);
    }
    for (int i = 0; i < 2; i++) spl_grown_free(&grown[i]);
    tree_log_free(&log);
}

static void rates_that_differ_alone_split_nothing(void **state)
{
    (void)state;
    tree_log log = tree_log_new("");
    for (int c = 0; c < 4; c++) {
        char at[32];
        snprintf(at, sizeof at, "country:%c", 'A' + c);
        tree_log_many(&log, at, 0, 2000, 40u + 60u * (unsigned)c);
        tree_log_many(&log, at, 1, 2000, 60u + 60u * (unsigned)c);
    }
    spl_grow_config config = tree_log_config(2, SPL_HONEST_NO);
    spl_grown grown = tree_log_grow(&log, &config);
    assert_int_equal(grown.split_count, 0);
    assert_int_equal(spl_state_count(grown.state), 1);
    spl_grown_free(&grown);
    tree_log_free(&log);
}

// A city of 200 without meaning beside a device that matters: many values are no advantage.
static void many_values_do_not_win_by_their_number(void **state)
{
    (void)state;
    tree_log log = tree_log_new("city,device");
    for (uint32_t i = 0; i < 60000; i++) {
        char at[64];
        uint32_t variant = i % 2, city = (uint32_t)(200 * uniform(3 * i));
        bool mobile = uniform(3 * i + 1) < 0.5;
        double rate = mobile == (variant == 1) ? 0.07 : 0.05;
        snprintf(at, sizeof at, "city:%u|device:%s", city, mobile ? "mobile" : "desktop");
        tree_log_add(&log, at, variant, uniform(3 * i + 2) < rate, SPL_CHANCE_EQUAL);
    }
    spl_grow_config config = tree_log_config(2, SPL_HONEST_NO);
    spl_grown grown = tree_log_grow(&log, &config);
    assert_int_equal(grown.split_count, 1);
    assert_int_equal(grown.splits[0].candidate, 1);
    assert_int_equal(grown.splits[0].tested, 2);
    assert_int_equal(grown.splits[0].children, 2);
    spl_grown_free(&grown);
    tree_log_free(&log);
}

static double count_in(const spl_state *state, uint32_t node)
{
    const spl_moments *m = spl_state_moments(state, node);
    return m[0].count + m[1].count;
}

static void halves_choose_test_and_estimate_apart(void **state)
{
    (void)state;
    tree_log log = tree_log_new("plan,device,source");
    add_branches(&log);
    double half = 0;
    for (uint32_t i = 0; i < log.exposures->count; i++) half += spl_exposures_in_half(log.exposures, i);
    assert_near(half, 8000, 4 * sqrt(4000)); // of 16,000, four standard deviations
    for (int estimates = 0; estimates < 2; estimates++) {
        spl_grow_config config = tree_log_config(2, estimates ? SPL_HONEST_ESTIMATES : SPL_HONEST_TESTS);
        spl_grown grown = tree_log_grow(&log, &config);
        assert_true(grown.split_count > 0);
        assert_true(grown.judge != grown.state);
        assert_true(spl_state_total(grown.state) && spl_state_total(grown.judge));
        assert_int_equal(spl_state_count(grown.state), spl_state_count(grown.judge));
        assert_true(count_in(grown.judge, 0) == half);
        assert_true(count_in(grown.state, 0) == (estimates ? half : 16000));
        spl_grown_free(&grown);
    }
    tree_log_free(&log);
}

// Where the choosing half sees an effect and the other does not, the split is made but nothing is kept of it.
static void a_split_that_the_other_half_does_not_confirm_is_pruned(void **state)
{
    (void)state;
    tree_log log = tree_log_new("device");
    for (uint32_t i = 0; i < 16000; i++) {
        char unit[24];
        int size = snprintf(unit, sizeof unit, "unit-%u", log.units);
        bool chooses = spl_exposures_half((spl_text){unit, (size_t)size}, 0) == 0, mobile = i % 4 < 2;
        double rate = chooses && mobile == (i % 2 == 1) ? 0.2 : 0.1;
        tree_log_add(&log, mobile ? "device:mobile" : "device:desktop", i % 2, uniform(i) < rate, SPL_CHANCE_EQUAL);
    }
    spl_grow_config config = tree_log_config(2, SPL_HONEST_TESTS);
    spl_grown grown = tree_log_grow(&log, &config);
    spl_learned *learned = tree_log_learn(&grown);
    assert_int_equal(grown.split_count, 1);
    assert_int_equal(learned->node_count, 1);
    assert_int_equal(learned->segments_pruned_effect, 2);
    spl_learned_free(learned);
    spl_grown_free(&grown);
    tree_log_free(&log);
}

static void missing_and_rare_values_stay_with_the_parent(void **state)
{
    (void)state;
    tree_log log = tree_log_new("device");
    tree_log_many(&log, "device:mobile", 0, 2000, 100);
    tree_log_many(&log, "device:mobile", 1, 2000, 300);
    tree_log_many(&log, "device:desktop", 0, 2000, 300);
    tree_log_many(&log, "device:desktop", 1, 2000, 100);
    tree_log_many(&log, "device:watch", 0, 30, 3);
    tree_log_many(&log, "plan:free", 1, 500, 40);
    spl_grow_config config = tree_log_config(2, SPL_HONEST_NO);
    spl_grown grown = tree_log_grow(&log, &config);
    assert_int_equal(spl_state_count(grown.state), 3);
    assert_true(spl_state_total(grown.state));
    assert_true(count_in(grown.state, 0) == 8530);
    assert_true(count_in(grown.state, 1) + count_in(grown.state, 2) == 8000);
    spl_grown_free(&grown);
    tree_log_free(&log);
}

// One policy served b mostly to buyers, and only in group x:1 are there any: without weights b looks good there.
static void what_a_policy_knew_is_no_effect(void **state)
{
    (void)state;
    tree_log log = tree_log_new("x");
    for (uint32_t i = 0; i < 40000; i++) {
        bool one = i % 2 == 1, buyer = one && uniform(5 * i) < 0.5;
        double b = buyer ? 0.8 : 0.2;
        uint32_t variant = uniform(5 * i + 1) < b;
        double reward = uniform(5 * i + 2) < (buyer ? 0.4 : 0.1);
        tree_log_add(&log, one ? "x:1" : "x:0", variant, reward, (spl_chance){variant ? b : 1 - b, 1});
    }
    spl_grow_config config = tree_log_config(2, SPL_HONEST_NO);
    spl_grown weighed = tree_log_grow(&log, &config);
    assert_int_equal(weighed.split_count, 0);
    for (uint32_t i = 0; i < log.exposures->count; i++) log.exposures->propensity[i] = 0.5;
    spl_grown plain = tree_log_grow(&log, &config);
    assert_int_equal(plain.split_count, 1); // so the test above could have failed
    spl_grown_free(&weighed);
    spl_grown_free(&plain);
    tree_log_free(&log);
}

static void a_tree_grown_on_one_attribute_is_learned_as_its_level_is(void **state)
{
    (void)state;
    tree_log log = tree_log_new("country");
    spl_state *fixed = learn_new(2, 1);
    static const char *const countries[] = {"US", "GB", "DE"};
    for (int c = 0; c < 3; c++) {
        char at[32];
        snprintf(at, sizeof at, "country:%s", countries[c]);
        for (uint32_t v = 0; v < 2; v++) {
            unsigned s = c == 2 ? 100 : (v == (uint32_t)c ? 300u : 90u);
            tree_log_many(&log, at, v, 2000, s);
            learn_add(fixed, countries[c], "", "", v, 2000, s);
        }
    }
    static const spl_level level = {{NULL, 0}, 1000};
    spl_grow_config config = tree_log_config(2, SPL_HONEST_NO);
    config.max_depth = 1;
    config.levels = &level;
    spl_grown grown = tree_log_grow(&log, &config);
    spl_learned *a = tree_log_learn(&grown), *b = learn_from(fixed, NULL);
    assert_int_equal(a->node_count, 3); // the third country does not differ from the rest
    assert_int_equal(a->node_count, b->node_count);
    assert_int_equal(a->segments_observed, b->segments_observed);
    for (uint32_t i = 0; i < a->node_count; i++) {
        assert_true(spl_text_equal(a->nodes[i].key, b->nodes[i].key));
        for (uint32_t v = 0; v < 2; v++)
            assert_near(a->arms[2 * i + v].probability, b->arms[2 * i + v].probability, 1e-9);
    }
    spl_learned_free(a);
    spl_learned_free(b);
    spl_state_free(fixed);
    spl_grown_free(&grown);
    tree_log_free(&log);
}

// Grows from what was added and expects the root alone.
static void assert_root_alone(tree_log *log, uint32_t variants)
{
    spl_grow_config config = tree_log_config(variants, SPL_HONEST_NO);
    spl_grown grown = tree_log_grow(log, &config);
    spl_learned *learned = tree_log_learn(&grown);
    assert_int_equal(grown.split_count, 0);
    assert_int_equal(learned->node_count, 1);
    spl_learned_free(learned);
    spl_grown_free(&grown);
    tree_log_free(log);
}

static void where_nothing_can_be_split_the_root_serves(void **state)
{
    (void)state;
    tree_log missing = tree_log_new("nothing"), constant = tree_log_new(""), alone = tree_log_new(""),
             without = tree_log_new(""), empty = tree_log_new("");
    tree_log_many(&missing, "device:mobile", 0, 500, 50);
    tree_log_many(&missing, "device:mobile", 1, 500, 90);
    assert_root_alone(&missing, 2);
    tree_log_many(&constant, "device:mobile", 0, 500, 50);
    tree_log_many(&constant, "device:mobile", 1, 500, 90);
    assert_root_alone(&constant, 2);
    tree_log_many(&alone, "device:mobile", 0, 500, 50);
    tree_log_many(&alone, "device:desktop", 0, 500, 150);
    assert_root_alone(&alone, 1);
    tree_log_many(&without, "device:mobile", 0, 500, 0);
    tree_log_many(&without, "device:desktop", 1, 500, 0);
    tree_log_many(&without, "device:desktop", 0, 500, 0);
    assert_root_alone(&without, 2);
    assert_root_alone(&empty, 2);
}

static void depth_ends_the_tree(void **state)
{
    (void)state;
    tree_log log = tree_log_new("plan,device,source");
    add_branches(&log);
    for (uint32_t depth = 0; depth <= 2; depth++) {
        spl_grow_config config = tree_log_config(2, SPL_HONEST_NO);
        config.max_depth = depth;
        spl_grown grown = tree_log_grow(&log, &config);
        uint32_t deepest = spl_state_depth(grown.state, spl_state_count(grown.state) - 1);
        assert_int_equal(deepest, depth);
        spl_grown_free(&grown);
    }
    tree_log_free(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_split_on_attributes_of_their_own),
        cmocka_unit_test(attributes_that_matter_only_together_are_found),
        cmocka_unit_test(no_more_than_twelve_attributes_are_paired),
        cmocka_unit_test(equal_exposures_grow_equal_trees),
        cmocka_unit_test(rates_that_differ_alone_split_nothing),
        cmocka_unit_test(many_values_do_not_win_by_their_number),
        cmocka_unit_test(halves_choose_test_and_estimate_apart),
        cmocka_unit_test(a_split_that_the_other_half_does_not_confirm_is_pruned),
        cmocka_unit_test(missing_and_rare_values_stay_with_the_parent),
        cmocka_unit_test(what_a_policy_knew_is_no_effect),
        cmocka_unit_test(a_tree_grown_on_one_attribute_is_learned_as_its_level_is),
        cmocka_unit_test(where_nothing_can_be_split_the_root_serves),
        cmocka_unit_test(depth_ends_the_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
