// SPDX-License-Identifier: MIT
// The split of a log by unit.
#include <stdio.h>
#include <string.h>

#include "events/fold.h"
#include "samplit/hash.h"
#include "testing.h"

static void a_fold_is_read_from_k_slash_n(void **state)
{
    (void)state;
    spl_fold fold = SPL_FOLD_ALL;
    assert_true(spl_fold_parse("1/2", &fold, NULL));
    assert_int_equal(fold.index, 1);
    assert_int_equal(fold.count, 2);
    assert_true(spl_fold_parse("999/1000", &fold, NULL));
    assert_int_equal(fold.index, 999);
}

static void anything_else_is_refused_and_leaves_the_fold_alone(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",    "1",      "/",    "1/",   "/2",    "2/2",           "-1/2",
        "1/0", "0/1001", "0/2x", " 0/2", "0.5/2", "0/99999999999", "4294967296/4294967297"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spl_fold fold = {7, 8, false};
        spl_error error;
        assert_false(spl_fold_parse(bad[i], &fold, &error));
        assert_int_equal(fold.index, 7);
        assert_string_equal(error.field, "--fold");
    }
}

static void every_unit_is_in_exactly_one_fold(void **state)
{
    (void)state;
    uint32_t held[3] = {0};
    for (int i = 0; i < 3000; i++) {
        char unit[16];
        spl_text text = {unit, (size_t)snprintf(unit, sizeof unit, "u%d", i)};
        uint32_t times = 0;
        for (uint32_t k = 0; k < 3; k++) {
            bool holds = spl_fold_holds((spl_fold){k, 3, false}, text);
            assert_int_equal(holds, spl_xxh64(text.data, text.size, 0) % 3 == k);
            held[k] += holds;
            times += holds;
        }
        assert_int_equal(times, 1);
        assert_true(spl_fold_holds(SPL_FOLD_ALL, text));
    }
    for (int k = 0; k < 3; k++) assert_in_range(held[k], 900, 1100);
}

static void not_a_fold_is_all_other_units(void **state)
{
    (void)state;
    spl_fold fold, rest;
    spl_error error;
    assert_true(spl_fold_parse("2/5", &fold, &error) && spl_fold_parse("not-2/5", &rest, &error));
    for (int i = 0; i < 1000; i++) {
        char unit[16];
        spl_text text = {unit, (size_t)snprintf(unit, sizeof unit, "u%d", i)};
        assert_int_not_equal(spl_fold_holds(fold, text), spl_fold_holds(rest, text));
    }
    assert_false(spl_fold_parse("not-0/1", &rest, &error)); // nobody
    assert_false(spl_fold_parse("not-", &rest, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fold_is_read_from_k_slash_n),
        cmocka_unit_test(anything_else_is_refused_and_leaves_the_fold_alone),
        cmocka_unit_test(every_unit_is_in_exactly_one_fold),
        cmocka_unit_test(not_a_fold_is_all_other_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
