// SPDX-License-Identifier: MIT
// `samplit evaluate --gate`: the exit code says whether a bundle may follow another.
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "scratch.h"
#include "testing.h"

static int make_bundles(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "simulate --visitors 30000 --seed 2 --out events.ndjson --bundle-out uniform.safetensors",
        "learn events.ndjson --levels country,device,source --fold 0/2 --exploration conservative --out "
        "new.safetensors",
    };
    for (int i = 0; i < 2; i++) {
        scratch_run run = scratch_samplit("%s", commands[i]);
        if (run.code != 0) fail_msg("%s", run.err);
        scratch_run_free(&run);
    }
    return 0;
}

static void what_was_learned_may_follow_the_uniform_split_but_not_the_other_way(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit(
        "evaluate new.safetensors events.ndjson --fold 1/2 --gate uniform.safetensors --margin 0.01 --json");
    assert_int_equal(run.code, 0);
    cJSON *json = cJSON_Parse(run.out);
    assert_non_null(json);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "pass")));
    assert_near(scratch_number(json, "gain"), scratch_number(json, "value") - scratch_number(json, "value_incumbent"),
                1e-12);
    assert_true(scratch_number(json, "gain") > 0);
    cJSON_Delete(json);
    scratch_run_free(&run);

    run = scratch_samplit("evaluate uniform.safetensors events.ndjson --fold 1/2 --gate new.safetensors");
    assert_int_equal(run.code, 1);
    scratch_says(run.out, "STOP");
    scratch_run_free(&run);
}

// A gate is asked until it opens: by default its bound holds however often. One look asks for less.
static void the_bound_holds_at_every_look_unless_one_look_is_asked_for(void **state)
{
    (void)state;
    static const char *const bounds[] = {"every-look", "one-look"};
    double low[2];
    for (int i = 0; i < 2; i++) {
        scratch_run run = scratch_samplit("evaluate new.safetensors events.ndjson --fold 1/2 --gate "
                                          "uniform.safetensors --margin 0.002 --bound %s --json",
                                          bounds[i]);
        cJSON *json = cJSON_Parse(run.out);
        assert_non_null(json);
        assert_string_equal(scratch_word(json, "bound"), bounds[i]);
        low[i] = scratch_number(json, "low");
        assert_near(low[i], scratch_number(cJSON_GetObjectItem(json, i ? "one_look" : "every_look"), "low"), 0);
        assert_int_equal(run.code, low[i] < -0.002);
        cJSON_Delete(json);
        scratch_run_free(&run);
    }
    assert_true(low[0] < low[1]);
    scratch_run run = scratch_samplit("evaluate new.safetensors events.ndjson --gate uniform.safetensors --bound any");
    assert_int_equal(run.code, 2);
    scratch_says(run.err, "every-look or one-look");
    scratch_run_free(&run);
}

static void a_bundle_may_follow_itself(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("evaluate new.safetensors events.ndjson --gate new.safetensors");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "PASS");
    scratch_run_free(&run);
}

static void what_cannot_be_compared_is_named(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("evaluate new.safetensors events.ndjson --gate missing.safetensors");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "missing.safetensors");
    scratch_run_free(&run);
    run = scratch_samplit("evaluate new.safetensors events.ndjson --gate uniform.safetensors --margin -1");
    assert_int_equal(run.code, 2);
    scratch_says(run.err, "--margin");
    scratch_run_free(&run);
}

static void a_log_without_rewards_stops(void **state)
{
    (void)state;
    scratch_run run =
        scratch_samplit("evaluate new.safetensors events.ndjson --gate uniform.safetensors --outcome typo");
    assert_int_equal(run.code, 1);
    scratch_says(run.out, "STOP: no exposure has an outcome that counts");
    scratch_run_free(&run);
    run = scratch_samplit("evaluate new.safetensors events.ndjson --gate new.safetensors --outcome typo --json");
    assert_int_equal(run.code, 1);
    cJSON *json = cJSON_Parse(run.out);
    assert_non_null(json);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "pass")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "low")));
    cJSON_Delete(json);
    scratch_run_free(&run);
}

static void write_foreign_log(void)
{
    FILE *out = fopen(scratch_path("foreign.ndjson"), "w");
    assert_non_null(out);
    for (int i = 0; i < 20; i++)
        fprintf(out,
                "{\"type\":\"exposure\",\"id\":\"01890000-0000-7000-8000-%012d\",\"time\":\"2026-01-%02dT00:00:00Z\","
                "\"experiment\":\"hero\",\"unit\":\"u%d\",\"segment\":\"global\",\"level\":0,"
                "\"variant\":\"elsewhere\",\"propensity\":0.5}\n",
                i, 1 + i, i);
    fclose(out);
}

// A variant that was never shown: nobody knows what it earns.
static void what_the_log_never_shows_stops_with_a_reason(void **state)
{
    (void)state;
    char *log = scratch_read(scratch_path("events.ndjson"));
    FILE *out = fopen(scratch_path("without.ndjson"), "w");
    assert_non_null(out);
    for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n"))
        if (!strstr(line, "\"variant\":\"urgency\"")) fprintf(out, "%s\n", line);
    fclose(out);
    free(log);
    scratch_run run = scratch_samplit("evaluate new.safetensors without.ndjson --gate uniform.safetensors");
    assert_int_equal(run.code, 1);
    scratch_says(run.out, "STOP: the log never shows a variant that this bundle serves");
    scratch_run_free(&run);
}

// Twenty exposures with rewards of 1 would seem to know all.
static void a_short_log_stops(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        scratch_run run = scratch_samplit("simulate --visitors 60 --seed 1 --out short.ndjson");
        scratch_run_free(&run);
        run = scratch_samplit("evaluate new.safetensors short.ndjson --gate uniform.safetensors --window 1m --bound %s",
                              i ? "one-look" : "every-look");
        assert_int_equal(run.code, 1);
        scratch_says(run.out, "STOP");
        assert_null(strstr(run.out, "nan"));
        scratch_run_free(&run);
    }
}

static void a_log_of_other_variants_stops_without_a_number(void **state)
{
    (void)state;
    write_foreign_log();
    scratch_run run = scratch_samplit("evaluate new.safetensors foreign.ndjson --gate uniform.safetensors");
    assert_int_equal(run.code, 1);
    scratch_says(run.out, "STOP: the log does not show");
    assert_null(strstr(run.out, "nan"));
    scratch_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_learned_may_follow_the_uniform_split_but_not_the_other_way),
        cmocka_unit_test(the_bound_holds_at_every_look_unless_one_look_is_asked_for),
        cmocka_unit_test(a_bundle_may_follow_itself),
        cmocka_unit_test(what_the_log_never_shows_stops_with_a_reason),
        cmocka_unit_test(a_short_log_stops),
        cmocka_unit_test(a_log_without_rewards_stops),
        cmocka_unit_test(a_log_of_other_variants_stops_without_a_number),
        cmocka_unit_test(what_cannot_be_compared_is_named),
    };
    return cmocka_run_group_tests(tests, make_bundles, NULL);
}
