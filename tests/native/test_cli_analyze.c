// SPDX-License-Identifier: MIT
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_fixture.h"
#include "near.h"
#include "scratch.h"
#include "testing.h"

static double effect_on_p01(uint32_t variant, uint32_t plan, uint32_t place, double when)
{
    (void)place, (void)when;
    return variant == 1 && plan == 1 ? 0.3 : 0.1;
}

static int make_logs(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    world.rate = effect_on_p01;
    analyze_world_write("log.ndjson", &world);
    world.bandit = true;
    analyze_world_write("bandit.ndjson", &world);
    return 0;
}

static const cJSON *named(const cJSON *list, const char *field, const char *value)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *name = cJSON_GetObjectItem(item, field);
        if (cJSON_IsString(name) && strcmp(name->valuestring, value) == 0) return item;
    }
    fail_msg("nothing has %s %s", field, value);
    return NULL;
}

static cJSON *analyze(const char *arguments)
{
    scratch_run run = scratch_samplit("analyze %s --window 1m --json", arguments);
    if (run.code != 0) fail_msg("%s", run.err);
    cJSON *json = cJSON_Parse(run.out);
    assert_non_null(json);
    scratch_run_free(&run);
    return json;
}

static void the_document_says_who_wins_and_for_whom(void **state)
{
    (void)state;
    cJSON *json = analyze("log.ndjson --by plan,place");
    assert_string_equal(scratch_word(json, "winner"), "b");
    const cJSON *segment = named(cJSON_GetObjectItem(json, "segments"), "key", "plan:p01");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(segment, "differs")));
    const cJSON *b = named(cJSON_GetObjectItem(segment, "variants"), "variant", "b");
    assert_near(scratch_number(cJSON_GetObjectItem(b, "over_control"), "difference"), 0.2, 0.04);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetObjectItem(b, "unlike_elsewhere"), "claimed")));
    assert_string_equal(scratch_word(cJSON_GetObjectItem(json, "health"), "grade"), "fine");
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "time"), "stretches")) > 10);
    cJSON_Delete(json);
}

static void the_text_has_its_sections_in_both_alphabets(void **state)
{
    (void)state;
    static const char *const sections[] = {"Summary",  "What to do", "Variants", "Over the control",
                                           "Segments", "Over time",  "Data",     "How to read this"};
    static const char *const locales[] = {"C.UTF-8", "C"};
    for (int l = 0; l < 2; l++) {
        setenv("LC_ALL", locales[l], 1);
        scratch_run run = scratch_samplit("analyze log.ndjson --window 1m");
        assert_int_equal(run.code, 0);
        assert_string_equal(run.err, "");
        const char *at = run.out;
        for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
            at = strstr(at, sections[i]);
            if (!at) fail_msg("no section %s, or not in its place", sections[i]);
        }
        assert_int_equal(strstr(run.out, "├─ plan:p01") != NULL, l == 0);
        assert_int_equal(strstr(run.out, "|- plan:p01") != NULL, l == 1);
        scratch_run_free(&run);
    }
    unsetenv("LC_ALL");
}

static void lines_are_no_longer_than_the_terminal(void **state)
{
    (void)state;
    setenv("COLUMNS", "80", 1);
    setenv("LC_ALL", "C", 1); // a column is a byte
    scratch_run run = scratch_samplit("analyze log.ndjson --window 1m");
    for (const char *at = run.out; *at;) {
        size_t size = strcspn(at, "\n");
        if (size > 80) fail_msg("%zu columns: %.*s", size, (int)size, at);
        at += size + (at[size] != '\0');
    }
    scratch_run_free(&run);
    unsetenv("COLUMNS");
    unsetenv("LC_ALL");
}

static void a_bandits_log_is_weighted_and_says_so(void **state)
{
    (void)state;
    cJSON *json = analyze("bandit.ndjson");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "adaptive")));
    const cJSON *arm;
    cJSON_ArrayForEach(arm, cJSON_GetObjectItem(json, "variants"))
        assert_string_equal(scratch_word(arm, "method"), "aipw");
    const cJSON *b = named(cJSON_GetObjectItem(json, "variants"), "variant", "b");
    assert_string_equal(scratch_word(cJSON_GetObjectItem(b, "over_control"), "method"), "aipw");
    cJSON_Delete(json);
}

static void standard_input_and_gzip_give_the_same_report(void **state)
{
    (void)state;
    scratch_run plain = scratch_samplit("analyze log.ndjson --json | grep -v '\"log\"'");
    scratch_run piped = scratch_samplit("analyze - --json < log.ndjson | grep -v '\"log\"'");
    assert_true(plain.out_size > 10000);
    assert_string_equal(plain.out, piped.out);
    scratch_run_free(&piped);
    scratch_run packed = scratch_samplit("--version > version.txt; gzip -k log.ndjson");
    scratch_run_free(&packed);
    packed = scratch_samplit("analyze log.ndjson.gz --json | grep -v '\"log\"'");
    assert_string_equal(plain.out, packed.out);
    scratch_run_free(&packed);
    scratch_run_free(&plain);
}

static void the_page_is_written_whole_and_never_over_the_log(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("analyze log.ndjson --html page.html");
    assert_int_equal(run.code, 0);
    char *page = scratch_read(scratch_path("page.html"));
    scratch_says(page, "<!doctype html>");
    scratch_says(page, "</html>");
    free(page);
    scratch_run_free(&run);
    run = scratch_samplit("analyze log.ndjson --html log.ndjson");
    assert_int_equal(run.code, 2);
    scratch_run_free(&run);
    run = scratch_samplit("analyze log.ndjson --html - --json");
    assert_int_equal(run.code, 2);
    scratch_run_free(&run);
    run = scratch_samplit("analyze log.ndjson --html -");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "<!doctype html>");
    assert_null(strstr(run.out, "What to do\n---"));
    scratch_run_free(&run);
}

static void misused(const char *arguments, const char *message)
{
    scratch_run run = scratch_samplit("analyze %s", arguments);
    assert_int_equal(run.code, 2);
    assert_string_equal(run.out, "");
    scratch_says(run.err, message);
    scratch_run_free(&run);
}

static void options_out_of_range_are_named(void **state)
{
    (void)state;
    misused("", "which log?");
    misused("log.ndjson --alpha 1", "--alpha");
    misused("log.ndjson --alpha nan", "--alpha");
    misused("log.ndjson --correction sidak", "--correction");
    misused("log.ndjson --depth 4", "--depth");
    misused("log.ndjson --min-visitors 0", "--min-visitors");
    misused("log.ndjson --by plan,,place", "--by");
    misused("log.ndjson --by plan,plan", "twice");
    misused("log.ndjson --shares a=0.5,b=0.4", "sum to");
    misused("log.ndjson --shares a", "VARIANT=SHARE");
    misused("log.ndjson --window 0", "--window");
    misused("log.ndjson --expected -1", "--expected");
}

static void failed(const char *arguments, const char *message)
{
    scratch_run run = scratch_samplit("analyze %s", arguments);
    assert_int_equal(run.code, 1);
    assert_string_equal(run.out, "");
    scratch_says(run.err, message);
    scratch_run_free(&run);
}

static void what_is_not_there_fails_with_its_name(void **state)
{
    (void)state;
    failed("missing.ndjson", "missing.ndjson");
    failed("log.ndjson --outcome sale", "no outcome of the log is named \"sale\"");
    failed("log.ndjson --control z", "z");
    failed("log.ndjson --experiment other", "exposure");
}

static void attributes_that_no_visitor_has_leave_everybody(void **state)
{
    (void)state;
    cJSON *json = analyze("log.ndjson --by shoe_size");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "segments")), 0);
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(json, "summary")) >= 3);
    cJSON_Delete(json);
}

static void a_log_with_many_bad_lines_is_reported_and_fails(void **state)
{
    (void)state;
    char *log = scratch_read(scratch_path("log.ndjson"));
    FILE *out = fopen(scratch_path("bad.ndjson"), "w");
    assert_non_null(out);
    fputs(log, out);
    for (int i = 0; i < 400; i++) fputs("oops\n", out);
    fclose(out);
    free(log);
    scratch_run run = scratch_samplit("analyze bad.ndjson");
    assert_int_equal(run.code, 1);
    scratch_says(run.out, "are no events");
    scratch_says(run.out, "The data are broken");
    scratch_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_says_who_wins_and_for_whom),
        cmocka_unit_test(the_text_has_its_sections_in_both_alphabets),
        cmocka_unit_test(lines_are_no_longer_than_the_terminal),
        cmocka_unit_test(a_bandits_log_is_weighted_and_says_so),
        cmocka_unit_test(standard_input_and_gzip_give_the_same_report),
        cmocka_unit_test(the_page_is_written_whole_and_never_over_the_log),
        cmocka_unit_test(options_out_of_range_are_named),
        cmocka_unit_test(what_is_not_there_fails_with_its_name),
        cmocka_unit_test(attributes_that_no_visitor_has_leave_everybody),
        cmocka_unit_test(a_log_with_many_bad_lines_is_reported_and_fails),
    };
    return cmocka_run_group_tests(tests, make_logs, NULL);
}
