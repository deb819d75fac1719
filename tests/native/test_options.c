// SPDX-License-Identifier: MIT
// How the commands read numbers, durations and lists.
#include <string.h>

#include <stdio.h>

#include "cli/options.h"
#include "scratch.h"
#include "testing.h"

static void whole_numbers_are_decimal_and_nothing_else(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "18446744073709551616", "one"};
    uint64_t value = 7;
    assert_true(spl_cli_u64("0", &value) && value == 0);
    assert_true(spl_cli_u64("18446744073709551615", &value) && value == UINT64_MAX);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        value = 7;
        assert_false(spl_cli_u64(bad[i], &value));
        assert_true(value == 7);
    }
}

static void numbers_are_finite_and_decimal(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "nan", "inf", "0x1p3", "1e999", "1,5", "1.5 ", "x", "--1", "e5", "infinity"};
    double value;
    assert_true(spl_cli_double("-0.25", &value) && value == -0.25);
    assert_true(spl_cli_double("1e-3", &value) && value == 1e-3);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        value = 7;
        assert_false(spl_cli_double(bad[i], &value));
        assert_true(value == 7);
    }
}

static void durations_have_a_unit_or_are_seconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"90", 90000},     {"90s", 90000},    {"30m", 1800000},
                {"24h", 86400000}, {"7d", 604800000}, {"0", 0},
                {"1.5h", 5400000}, {"0.001s", 1},     {"10000d", INT64_C(864000000000)}};
    static const char *const bad[] = {"", "h", "1 h", "1w", "-1s", "1hh", "10001d", "inf", "1e300d"};
    int64_t ms;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(spl_cli_duration(good[i].text, &ms));
        assert_true(ms == good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ms = 7;
        if (spl_cli_duration(bad[i], &ms)) fail_msg("\"%s\" was read", bad[i]);
        assert_true(ms == 7);
    }
}

static void lists_are_cut_at_every_separator(void **state)
{
    (void)state;
    spl_text parts[3];
    assert_int_equal(spl_cli_split("", ',', parts, 3), 0);
    assert_int_equal(spl_cli_split("one", ',', parts, 3), 1);
    assert_int_equal(spl_cli_split(" a ,, b c\t", ',', parts, 3), 3);
    assert_true(spl_text_equal(parts[0], SPL_TEXT("a")));
    assert_int_equal(parts[1].size, 0);
    assert_true(spl_text_equal(parts[2], SPL_TEXT("b c")));
    assert_int_equal(spl_cli_split("a,b,c,d", ',', parts, 3), 4); // more than fit
    assert_int_equal(spl_cli_split(",", ',', parts, 3), 2);
}

static void no_output_may_be_an_input_or_another_output(void **state)
{
    (void)state;
    char problem[256] = "";
    scratch_write_text(scratch_path("in"), "x");
    const char *folder = scratch_folder();
    char spelled[600];
    snprintf(spelled, sizeof spelled, "%s/./in", folder);
    const char *const reads[] = {scratch_path("in"), NULL, "-"};
    const char *const apart[] = {scratch_path("out"), NULL, "-", "-", scratch_path("out2")};
    const char *const over[] = {scratch_path("out"), spelled};
    const char *const twice[] = {scratch_path("out"), NULL, scratch_path("out")};
    assert_true(spl_cli_paths_apart(reads, 3, apart, 5, problem, sizeof problem));
    assert_false(spl_cli_paths_apart(reads, 3, over, 2, problem, sizeof problem));
    scratch_says(problem, "would be overwritten");
    assert_false(spl_cli_paths_apart(reads, 3, twice, 3, problem, sizeof problem));
    scratch_says(problem, "the same file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_decimal_and_nothing_else),
        cmocka_unit_test(numbers_are_finite_and_decimal),
        cmocka_unit_test(durations_have_a_unit_or_are_seconds),
        cmocka_unit_test(lists_are_cut_at_every_separator),
        cmocka_unit_test(no_output_may_be_an_input_or_another_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
