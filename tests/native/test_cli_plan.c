// SPDX-License-Identifier: MIT
#include <cJSON.h>
#include <stdio.h>

#include "scratch.h"
#include "testing.h"

static const char PLAN[] = "{\"experiment\":\"hero\",\"variants\":[\"control\",\"urgency\",\"social-proof\"],"
                           "\"control\":\"control\",\"outcome\":"
                           "{\"name\":\"%s\",\"baseline\":0.045},\"lift\":0.1,\"per_day\":%d,\"days\":28}";

static void write_plan(const char *outcome, int per_day)
{
    char text[512];
    snprintf(text, sizeof text, PLAN, outcome, per_day);
    scratch_write_text(scratch_path("plan.json"), text);
}

static void a_plan_that_can_be_done_exits_with_0(void **state)
{
    (void)state;
    write_plan("purchase", 9000);
    scratch_run run = scratch_samplit("plan check plan.json");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "Ready");
    scratch_run_free(&run);
}

static void a_plan_with_errors_exits_with_1_and_says_what_mends_it(void **state)
{
    (void)state;
    write_plan("purchase", 90);
    scratch_run run = scratch_samplit("plan check plan.json --json");
    assert_int_equal(run.code, 1);
    cJSON *json = cJSON_Parse(run.out);
    assert_non_null(json);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "ready")));
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "findings"), 0);
    assert_string_equal(scratch_word(first, "check"), "traffic");
    assert_string_equal(scratch_word(first, "severity"), "error");
    scratch_says(scratch_word(first, "fix"), "run ");
    cJSON_Delete(json);
    scratch_run_free(&run);
}

static void a_log_is_asked_for_the_outcome(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("simulate --visitors 3000 --seed 1 --out e.ndjson");
    assert_int_equal(run.code, 0);
    scratch_run_free(&run);
    write_plan("bought", 9000);
    run = scratch_samplit("plan check plan.json --log e.ndjson");
    assert_int_equal(run.code, 1);
    scratch_says(run.out, "no outcome \"bought\" is in the log; there is \"purchase\"");
    scratch_run_free(&run);
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("plan.json"), "{\"variants\":[1]}");
    scratch_run run = scratch_samplit("plan check plan.json");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "plan.json");
    scratch_says(run.err, "variants[0]");
    scratch_run_free(&run);
    run = scratch_samplit("plan make plan.json");
    assert_int_equal(run.code, 2);
    scratch_says(run.err, "there is `check`");
    scratch_run_free(&run);
}

static void write_exposure(FILE *out, int id, int unit, int hour)
{
    fprintf(out,
            "{\"type\":\"exposure\",\"id\":\"01890000-0000-7000-8000-%012d\",\"time\":\"2026-01-%02dT%02d:00:00Z\","
            "\"experiment\":\"hero\",\"unit\":\"u%d\",\"segment\":\"global\",\"level\":0,\"variant\":\"control\","
            "\"propensity\":0.5}\n",
            id, 1 + hour / 24, hour % 24, unit);
}

static void write_outcome(FILE *out, int id, int hour)
{
    fprintf(out,
            "{\"type\":\"outcome\",\"id\":\"01890000-0000-7000-9000-%012d\",\"time\":\"2026-01-%02dT%02d:00:00Z\","
            "\"exposure\":\"01890000-0000-7000-8000-%012d\",\"name\":\"purchase\"}\n",
            id, 1 + hour / 24, hour % 24, id);
}

// 40 units come back 5 times each, and buy every time; the plan thinks that 9 in 20 do.
static void the_rate_of_a_log_is_that_of_units(void **state)
{
    (void)state;
    FILE *out = fopen(scratch_path("back.ndjson"), "w");
    assert_non_null(out);
    for (int i = 0; i < 200; i++) {
        write_exposure(out, i, i % 40, i);
        write_outcome(out, i, i);
    }
    fputs("junk\n", out);
    fclose(out);
    write_plan("purchase", 9000);
    scratch_run run = scratch_samplit("plan check plan.json --log back.ndjson");
    scratch_says(run.out, "the log's rate is 1 (99.9 %: 0.787 to 1)");
    scratch_says(run.err, "1 of 401 lines are no events");
    scratch_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_that_can_be_done_exits_with_0),
        cmocka_unit_test(a_plan_with_errors_exits_with_1_and_says_what_mends_it),
        cmocka_unit_test(a_log_is_asked_for_the_outcome),
        cmocka_unit_test(the_rate_of_a_log_is_that_of_units),
        cmocka_unit_test(what_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
