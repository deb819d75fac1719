// SPDX-License-Identifier: MIT
// The command as a user meets it: exit codes, where things are printed, what errors say.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cJSON.h>

#include "near.h"
#include "scratch.h"
#include "testing.h"

// Runs `samplit simulate ARGUMENTS` in the folder of this test.
static const scratch_run *run(const char *arguments)
{
    static scratch_run done;
    scratch_run_free(&done);
    done = scratch_samplit("simulate %s", arguments);
    return &done;
}

static void refuses(const char *arguments, int code, const char *message)
{
    const scratch_run *r = run(arguments);
    assert_int_equal(r->code, code);
    assert_string_equal(r->out, "");
    scratch_says(r->err, message);
}

static uint32_t lines_of(const char *name)
{
    uint32_t lines = 0;
    char *text = scratch_read(scratch_path(name));
    for (const char *c = text; *c; c++) lines += *c == '\n';
    free(text);
    return lines;
}

static void help_shows_an_example(void **state)
{
    (void)state;
    const scratch_run *r = run("--help");
    assert_int_equal(r->code, 0);
    scratch_says(r->out, "samplit simulate --visitors 200000 --seed 1 --out events.ndjson");
}

static void events_are_written_and_the_report_is_printed(void **state)
{
    (void)state;
    const scratch_run *r = run("--visitors 3000 --seed 4 --out events.ndjson");
    assert_int_equal(r->code, 0);
    assert_string_equal(r->err, ""); // no progress: not a terminal
    scratch_says(r->out, "visits    3000");
    scratch_says(r->out, "country:US|device:mobile|source:instagram");
    assert_in_range(lines_of("events.ndjson"), 3050, 3300);
}

static void standard_output_takes_the_events_and_the_report_steps_aside(void **state)
{
    (void)state;
    const scratch_run *r = run("--visitors 20 --out -");
    assert_int_equal(r->code, 0);
    assert_memory_equal(r->out, "{\"type\":\"exposure\",\"id\":", 24);
    scratch_says(r->err, "visits    20");
}

static void the_json_report_holds_the_series(void **state)
{
    (void)state;
    const scratch_run *r = run("--visitors 6000 --policy thompson --learn-every 2000 --min-samples 300,200 --json");
    assert_int_equal(r->code, 0);
    cJSON *report = cJSON_Parse(r->out);
    assert_non_null(report);
    const cJSON *periods = cJSON_GetObjectItem(report, "periods");
    assert_int_equal(cJSON_GetArraySize(periods), 3);
    assert_string_equal(scratch_word(report, "policy"), "thompson");
    assert_string_equal(scratch_word(report, "seed"), "1");
    double visits = 0;
    const cJSON *period;
    cJSON_ArrayForEach(period, periods) visits += scratch_number(period, "visits");
    assert_near(visits, 6000, 0);
    cJSON_Delete(report);
}

static void the_closed_loop_prints_a_curve_and_keeps_its_bundle(void **state)
{
    (void)state;
    const scratch_run *r = run("--visitors 60000 --policy thompson --bundle-out learned.safetensors");
    assert_int_equal(r->code, 0);
    scratch_says(r->out, "lift, of what can be had");
    scratch_says(r->out, "over uniform, of at most");
    r = run("--visitors 3000 --policy learned.safetensors");
    assert_int_equal(r->code, 0);
    refuses("--visitors 10 --policy no.safetensors", 1, "no.safetensors");
}

static void the_printed_world_can_be_given_back(void **state)
{
    (void)state;
    const scratch_run *r = run("--print-world");
    assert_int_equal(r->code, 0);
    scratch_write_text(scratch_path("world.json"), r->out);
    assert_int_equal(run("--visitors 500 --out given.ndjson --world world.json")->code, 0);
    assert_int_equal(run("--visitors 500 --out built-in.ndjson")->code, 0);
    char *given = scratch_read(scratch_path("given.ndjson")), *built_in = scratch_read(scratch_path("built-in.ndjson"));
    assert_string_equal(given, built_in);
    free(given);
    free(built_in);
}

static void a_bad_world_is_named_with_file_field_and_line(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("bad.json"),
                       "{\"format\":1,\"name\":\"n\",\"experiment\":\"e\",\"outcome\":\"o\",\"variants\":[\"a\"],"
                       "\"start\":\"2026-01-05\",\"levels\":[\"l\"],\"segments\":[{\"value\":\"x\",\"visits\":1,"
                       "\"rates\":[2]}]}");
    refuses("--world bad.json", 1,
            "samplit simulate: bad.json: segments[0].rates[0]: expected a number from 0 to 1, found 2");
    scratch_write_text(scratch_path("broken.json"), "{\n\n,");
    refuses("--world broken.json", 1, "broken.json:3: not valid JSON");
}

static void misuse_ends_with_two(void **state)
{
    (void)state;
    refuses("--visitors many", 2, "--visitors: \"many\" is not a whole number");
    refuses("--visitors -5", 2, "--visitors");
    refuses("--seed 1.5", 2, "--seed");
    refuses("--learn-every 0", 2, "--learn-every");
    refuses("--min-samples 1,x", 2, "--min-samples");
    refuses("--out - --counterfactual -", 2, "only one output");
    refuses("--out - --json", 2, "--json wants standard output");
    refuses("--nonsense", 2, "unrecognized option");
    refuses("surplus", 2, "Too many arguments");
}

static void a_log_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    refuses("--visitors 10 --out missing/folder/events.ndjson", 1, "missing/folder/events.ndjson");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_shows_an_example),
        cmocka_unit_test(events_are_written_and_the_report_is_printed),
        cmocka_unit_test(standard_output_takes_the_events_and_the_report_steps_aside),
        cmocka_unit_test(the_json_report_holds_the_series),
        cmocka_unit_test(the_closed_loop_prints_a_curve_and_keeps_its_bundle),
        cmocka_unit_test(the_printed_world_can_be_given_back),
        cmocka_unit_test(a_bad_world_is_named_with_file_field_and_line),
        cmocka_unit_test(misuse_ends_with_two),
        cmocka_unit_test(a_log_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
