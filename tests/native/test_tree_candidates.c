// SPDX-License-Identifier: MIT
// Values as codes: which attributes are candidates, what becomes of too many values.
#include <stdio.h>
#include <string.h>

#include "testing.h"
#include "tree_log.h"

static uint32_t index_of(const tree_log *log, const char *name)
{
    const spl_candidates *c = log->exposures->candidates;
    for (uint32_t i = 0; i < spl_candidates_count(c); i++) {
        if (spl_text_equal(spl_candidates_name(c, i), (spl_text){name, strlen(name)})) return i;
    }
    fail_msg("no candidate %s", name);
    return 0;
}

static void every_attribute_that_is_met_is_a_candidate(void **state)
{
    (void)state;
    tree_log log = tree_log_new("");
    tree_log_add(&log, "plan:free", 0, 0, SPL_CHANCE_EQUAL);
    tree_log_add(&log, "plan:pro|shelf=3", 1, 1, SPL_CHANCE_EQUAL);
    tree_log_add(&log, "shelf:3", 1, 1, SPL_CHANCE_EQUAL);
    const spl_exposures *x = log.exposures;
    uint32_t plan = index_of(&log, "plan"), shelf = index_of(&log, "shelf");
    assert_int_equal(spl_candidates_values(x->candidates, plan), 2);
    assert_int_equal(x->codes[plan][0], 1);
    assert_int_equal(x->codes[plan][1], 2);
    assert_int_equal(x->codes[plan][2], SPL_CODE_MISSING);
    assert_int_equal(x->codes[shelf][0], SPL_CODE_MISSING); // met later than the first row
    assert_int_equal(x->codes[shelf][1], 1);
    assert_int_equal(x->codes[shelf][2], 1); // 3 and "3" are one value, as in the served tree
    spl_text pro = spl_candidates_value(x->candidates, plan, 2);
    assert_true(spl_text_equal(pro, SPL_TEXT("pro")));
    tree_log_free(&log);
}

static void named_candidates_are_the_only_ones(void **state)
{
    (void)state;
    tree_log log = tree_log_new("plan,absent");
    tree_log_add(&log, "plan:free|device:mobile", 0, 0, SPL_CHANCE_EQUAL);
    assert_int_equal(spl_candidates_count(log.exposures->candidates), 2);
    assert_int_equal(spl_candidates_values(log.exposures->candidates, 1), 0);
    tree_log_free(&log);
}

static void a_number_of_many_values_is_a_quantity_unless_it_is_named(void **state)
{
    (void)state;
    for (int named = 0; named < 2; named++) {
        tree_log log = tree_log_new(named ? "seconds,hour" : "");
        for (unsigned i = 0; i < 200; i++) {
            char at[48];
            snprintf(at, sizeof at, "seconds=%u|hour=%u", i, i % 24);
            tree_log_add(&log, at, 0, 0, SPL_CHANCE_EQUAL);
        }
        const spl_candidates *c = log.exposures->candidates;
        assert_int_equal(spl_candidates_is_quantity(c, index_of(&log, "seconds")), !named);
        assert_false(spl_candidates_is_quantity(c, index_of(&log, "hour")));
        assert_int_equal(spl_candidates_values(c, index_of(&log, "seconds")), named ? 200 : SPL_CANDIDATE_NUMBERS + 1);
        tree_log_free(&log);
    }
}

static void values_beyond_the_codes_share_one(void **state)
{
    (void)state;
    tree_log log = tree_log_new("id");
    for (unsigned i = 0; i < 65600; i++) {
        char at[32];
        snprintf(at, sizeof at, "id:%u", i);
        tree_log_add(&log, at, i % 2, 0, SPL_CHANCE_EQUAL);
    }
    const spl_exposures *x = log.exposures;
    assert_int_equal(spl_candidates_values(x->candidates, 0), 65534);
    assert_int_equal(x->codes[0][65533], 65534);
    assert_int_equal(x->codes[0][65534], SPL_CODE_BEYOND);
    assert_int_equal(spl_candidates_beyond(x->candidates), 66);
    spl_grow_config config = tree_log_config(2, SPL_HONEST_NO);
    spl_grown grown = tree_log_grow(&log, &config);
    assert_int_equal(grown.split_count, 0);
    spl_grown_free(&grown);
    tree_log_free(&log);
}

static void attributes_beyond_the_maximum_are_counted(void **state)
{
    (void)state;
    tree_log log = tree_log_new("");
    for (unsigned i = 0; i < SPL_CANDIDATES_MAX + 3; i++) {
        char at[32];
        snprintf(at, sizeof at, "a%u:1", i);
        tree_log_add(&log, at, 0, 0, SPL_CHANCE_EQUAL);
    }
    assert_int_equal(spl_candidates_count(log.exposures->candidates), SPL_CANDIDATES_MAX);
    assert_int_equal(spl_candidates_ignored(log.exposures->candidates), 3);
    tree_log_free(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_attribute_that_is_met_is_a_candidate),
        cmocka_unit_test(named_candidates_are_the_only_ones),
        cmocka_unit_test(a_number_of_many_values_is_a_quantity_unless_it_is_named),
        cmocka_unit_test(values_beyond_the_codes_share_one),
        cmocka_unit_test(attributes_beyond_the_maximum_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
