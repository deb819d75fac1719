// SPDX-License-Identifier: MIT
// What people read: visible text, figures, grids, segment keys, and Wilson's interval against R.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/segment_key.h"
#include "host/figures.h"
#include "host/grid.h"
#include "host/visible.h"
#include "stats/proportion.h"
#include "testing.h"

static void assert_visible(const char *data, size_t size, bool utf8, const char *want)
{
    char *got = spl_visible((spl_text){data, size}, utf8);
    assert_string_equal(got, want);
    free(got);
}

static void what_does_not_print_is_spelled_out(void **state)
{
    (void)state;
#define VISIBLE(text, utf8, want) assert_visible(text, sizeof(text) - 1, utf8, want)
    VISIBLE("plain text", false, "plain text");
    VISIBLE("Z\xc3\xbcrich \xe6\x9d\xb1\xe4\xba\xac", true, "Z\xc3\xbcrich \xe6\x9d\xb1\xe4\xba\xac");
    VISIBLE("Z\xc3\xbcrich", false, "Z\\u{fc}rich");
    VISIBLE("a\0b\x1b[2J\r\n\t\x7f", true, "a\\u{0}b\\u{1b}[2J\\u{d}\\u{a}\\u{9}\\u{7f}");
    VISIBLE("\xc2\x9b"
            "31m",
            true, "\\u{9b}31m"); // the one-byte escape of C1 terminals
    VISIBLE("\xe2\x80\xae\xef\xbb\xbf", true, "\\u{202e}\\u{feff}");
    VISIBLE("\xff\xc3(\xed\xa0\x80\xe2\x82", true, "\\xff\\xc3(\\xed\\xa0\\x80\\xe2\\x82");
    VISIBLE("\\u{1b}", true, "\\\\u{1b}"); // no text can pass for an escape
    VISIBLE("\xf0\x9f\x98\x80", true, "\xf0\x9f\x98\x80");
    VISIBLE("", true, "");
}

static void json_text_is_valid_utf8_without_nul(void **state)
{
    (void)state;
    char *got = spl_valid_utf8((spl_text){"a\0\xff\xc3\xbc\x1b", 6});
    assert_string_equal(got, "a\xef\xbf\xbd\xef\xbf\xbd\xc3\xbc\x1b");
    free(got);
}

static void figures_are_short(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *want;
    } counts[] = {{0, "0"},         {7, "7"},      {999, "999"},   {1000, "1K"},     {1234, "1.2K"},
                  {9940, "9.9K"},   {9960, "10K"}, {60000, "60K"}, {999400, "999K"}, {999600, "1M"},
                  {1.26e6, "1.3M"}, {3e9, "3G"},   {NAN, "-"}};
    char out[SPL_FIGURE_MAX];
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        assert_string_equal(spl_figure_count(counts[i].value, out), counts[i].want);
    assert_string_equal(spl_figure_rate(0.06, true, out), "6.0 %");
    assert_string_equal(spl_figure_rate(0.0057, true, out), "0.57 %");
    assert_string_equal(spl_figure_rate(0, true, out), "0.0 %");
    assert_string_equal(spl_figure_rate(12.34567, false, out), "12.35");
    assert_string_equal(spl_figure_rate(NAN, true, out), "-");
    assert_string_equal(spl_figure_interval(0.058, 0.062, true, out), "5.8 to 6.2 %");
    assert_string_equal(spl_figure_interval(NAN, 1, true, out), "");
    assert_string_equal(spl_figure_share(0.004, out), "<1 %");
    assert_string_equal(spl_figure_share(0.996, out), ">99 %");
    assert_string_equal(spl_figure_share(1, out), "100 %");
    assert_string_equal(spl_figure_share(0, out), "0 %");
    assert_string_equal(spl_figure_change(-0.123, out), "-12.3 %");
}

static void grids_line_up_and_leave_out_empty_columns(void **state)
{
    (void)state;
    static const char *const cells[] = {"name", "n", "none", "note", "a", "7", "", "", "Z\xc3\xbc", "12", "", "x"};
    spl_grid *grid = spl_grid_new("lrll");
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) spl_grid_cell(grid, "%s", cells[i]);
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_true(spl_grid_print(grid, out));
    fclose(out);
    assert_string_equal(text, "name   n  note\na      7\nZ\xc3\xbc    12  x\n");
    free(text);
    spl_grid_free(grid);
}

static void segment_keys_come_apart(void **state)
{
    (void)state;
    spl_text key = SPL_TEXT("a%3Ab:c%7Cd|e:|f"), attribute, value;
    char out[16];
    size_t at = 0;
    assert_true(spl_segment_next(key, &at, &attribute, &value));
    assert_int_equal(spl_segment_decode(attribute, out), 3);
    assert_memory_equal(out, "a:b", 3);
    assert_int_equal(spl_segment_decode(value, out), 3);
    assert_memory_equal(out, "c|d", 3);
    assert_true(spl_segment_next(key, &at, &attribute, &value));
    assert_int_equal(value.size, 0);
    assert_true(spl_segment_next(key, &at, &attribute, &value));
    assert_int_equal(attribute.size, 1);
    assert_false(spl_segment_next(key, &at, &attribute, &value));
    assert_int_equal(spl_segment_decode(SPL_TEXT("%zz%4"), out), 5);
    assert_memory_equal(out, "%zz%4", 5);
}

static void a_step_is_the_pair_that_the_child_adds(void **state)
{
    (void)state;
    spl_text attribute, value;
    spl_segment_step(SPL_TEXT("country:US|source:x"), SPL_TEXT("country:US|device:m|source:x"), &attribute, &value);
    assert_memory_equal(attribute.data, "device", 6);
    assert_memory_equal(value.data, "m", 1);
    spl_segment_step(SPL_TEXT("a:b"), SPL_TEXT("a:b"), &attribute, &value);
    assert_int_equal(attribute.size, 0);
}

static void wilson_agrees_with_r(void **state)
{
    (void)state;
    char path[1024], line[512];
    const char *data = getenv("SAMPLIT_DATA");
    snprintf(path, sizeof path, "%s/stats_reference/binomial_ci.csv", data ? data : SAMPLIT_SOURCE "/../shared/data");
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "SKIPPED: %s is not there; set SAMPLIT_DATA\n", path);
        skip();
    }
    int compared = 0;
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        double x, n, conf, want_low, want_high, low, high;
        assert_int_equal(sscanf(line, "%lf,%lf,%lf,%*f,%*f,%lf,%lf", &x, &n, &conf, &want_low, &want_high), 5);
        if (conf != 0.95) continue;
        spl_wilson(x, n, &low, &high);
        assert_true(fabs(low - want_low) < 1e-12 && fabs(high - want_high) < 1e-12);
        compared++;
    }
    fclose(file);
    assert_true(compared > 10);
    double low, high;
    spl_wilson(0, 0, &low, &high);
    assert_true(isnan(low) && isnan(high));
}

static void durations_are_written_as_options_take_them(void **state)
{
    (void)state;
    static const struct {
        int64_t milliseconds;
        const char *text;
    } cases[] = {{0, "0s"},         {1, "0.001s"},     {1000, "1s"},      {1500, "1.5s"},          {90000, "90s"},
                 {60000, "1m"},     {1800000, "30m"},  {5400000, "90m"},  {3600000, "1h"},         {86400000, "24h"},
                 {90000000, "25h"}, {172800000, "2d"}, {604800000, "7d"}, {864000000000, "10000d"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[SPL_FIGURE_MAX];
        assert_string_equal(spl_figure_duration(cases[i].milliseconds, out), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_print_is_spelled_out),
        cmocka_unit_test(json_text_is_valid_utf8_without_nul),
        cmocka_unit_test(figures_are_short),
        cmocka_unit_test(durations_are_written_as_options_take_them),
        cmocka_unit_test(grids_line_up_and_leave_out_empty_columns),
        cmocka_unit_test(segment_keys_come_apart),
        cmocka_unit_test(a_step_is_the_pair_that_the_child_adds),
        cmocka_unit_test(wilson_agrees_with_r),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
