// SPDX-License-Identifier: MIT
// The error object: what it says, and that it says it in one line.
#include <stdio.h>
#include <string.h>

#include "host/error.h"
#include "testing.h"

static const char *shown(const spl_error *error)
{
    static char text[1024];
    return spl_error_format(error, text, (int)sizeof text);
}

static void an_error_shows_file_line_field_and_text(void **state)
{
    (void)state;
    spl_error error;
    assert_false(spl_fail_field(&error, "visit", "must be a number, not \"%s\"", "x"));
    assert_string_equal(shown(&error), "visit: must be a number, not \"x\"");
    assert_false(spl_fail_at(&error, "log.csv", 12));
    assert_string_equal(shown(&error), "log.csv:12: visit: must be a number, not \"x\"");
}

static void parts_that_are_not_set_are_left_out(void **state)
{
    (void)state;
    spl_error error;
    spl_fail(&error, "out of memory");
    assert_string_equal(shown(&error), "out of memory");
    spl_fail_at(&error, NULL, 7);
    assert_string_equal(shown(&error), "line 7: out of memory");
    spl_fail(&error, "out of memory");
    spl_fail_at(&error, "b.safetensors", 0);
    assert_string_equal(shown(&error), "b.safetensors: out of memory");
}

static void the_place_nearest_to_the_failure_stands(void **state)
{
    (void)state;
    spl_error error;
    spl_fail(&error, "x");
    spl_fail_at(&error, "inner", 3);
    spl_fail_at(&error, "outer", 9);
    assert_string_equal(shown(&error), "inner:3: x");
}

static void a_new_failure_clears_the_old_place(void **state)
{
    (void)state;
    spl_error error;
    spl_fail_field(&error, "a", "b");
    spl_fail_at(&error, "file", 1);
    spl_fail(&error, "c");
    assert_string_equal(shown(&error), "c");
}

static void long_texts_are_cut_and_end_in_a_zero(void **state)
{
    (void)state;
    char lengthy[2000];
    memset(lengthy, 'a', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    spl_error error;
    spl_fail_field(&error, lengthy, "%s", lengthy);
    spl_fail_at(&error, lengthy, 1);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    assert_int_equal(strlen(error.field), sizeof error.field - 1);
    assert_int_equal(strlen(error.file), sizeof error.file - 1);
    char small[16];
    assert_int_equal(strlen(spl_error_format(&error, small, (int)sizeof small)), 15);
}

static void an_error_may_quote_itself(void **state)
{
    (void)state;
    spl_error error;
    spl_fail(&error, "inner");
    spl_fail(&error, "outer: %s", error.text);
    assert_string_equal(shown(&error), "outer: inner");
}

static void nothing_in_an_error_is_obeyed_by_a_terminal(void **state)
{
    (void)state;
    spl_error error;
    spl_fail_field(&error, "a\x1b[2J", "must be a number, not \"%s\"",
                   "x\r\n\x1b]0;owned\a\xff caf\xc3\xa9\xe2\x80\xae");
    spl_fail_at(&error, "log\n.csv", 2);
    assert_string_equal(shown(&error), "log\\u{a}.csv:2: a\\u{1b}[2J: must be a number, not "
                                       "\"x\\u{d}\\u{a}\\u{1b}]0;owned\\u{7}\\xff caf\xc3\xa9\\u{202e}\"");
}

static void a_cut_does_not_go_through_a_character(void **state)
{
    (void)state;
    spl_error error;
    char small[5];
    spl_fail(&error, "caf\xc3\xa9s");
    assert_string_equal(spl_error_format(&error, small, (int)sizeof small), "caf");
}

static void a_dash_is_standard_input(void **state)
{
    (void)state;
    spl_error error;
    spl_fail(&error, "x");
    spl_fail_at(&error, "-", 3);
    assert_string_equal(shown(&error), "standard input:3: x");
}

static void nobody_need_listen(void **state)
{
    (void)state;
    assert_false(spl_fail(NULL, "x"));
    assert_false(spl_fail_field(NULL, "f", "x"));
    assert_false(spl_fail_at(NULL, "f", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_shows_file_line_field_and_text),
        cmocka_unit_test(parts_that_are_not_set_are_left_out),
        cmocka_unit_test(the_place_nearest_to_the_failure_stands),
        cmocka_unit_test(a_new_failure_clears_the_old_place),
        cmocka_unit_test(long_texts_are_cut_and_end_in_a_zero),
        cmocka_unit_test(an_error_may_quote_itself),
        cmocka_unit_test(nothing_in_an_error_is_obeyed_by_a_terminal),
        cmocka_unit_test(a_cut_does_not_go_through_a_character),
        cmocka_unit_test(a_dash_is_standard_input),
        cmocka_unit_test(nobody_need_listen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
