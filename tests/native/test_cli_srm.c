// SPDX-License-Identifier: MIT
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "scratch.h"
#include "testing.h"

static cJSON *run_json(const char *arguments, int code)
{
    scratch_run run = scratch_samplit("srm %s --json", arguments);
    assert_int_equal(run.code, code);
    cJSON *json = cJSON_Parse(run.out);
    assert_non_null(json);
    scratch_run_free(&run);
    return json;
}

static int make_logs(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("simulate --visitors 20000 --seed 3 --out even.ndjson");
    assert_int_equal(run.code, 0);
    scratch_run_free(&run);
    run =
        scratch_samplit("simulate --visitors 20000 --seed 4 --policy thompson --learn-every 2000 --out bandit.ndjson");
    assert_int_equal(run.code, 0);
    scratch_run_free(&run);
    // On phones, half of the exposures of one variant never arrive.
    char *log = scratch_read(scratch_path("bandit.ndjson"));
    FILE *out = fopen(scratch_path("leak.ndjson"), "w");
    assert_non_null(out);
    int lost = 0;
    for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n")) {
        bool hit = strstr(line, "\"urgency\"") && strstr(line, " Mobile");
        if (hit && lost++ % 2) continue;
        fprintf(out, "%s\n", line);
    }
    fclose(out);
    free(log);
    return 0;
}

static void counts_are_tested_by_chi_square(void **state)
{
    (void)state;
    cJSON *json = run_json("--counts 44700,45489", 0); // cookie cats, in stats_reference
    assert_near(scratch_number(json, "p"), 0.00860798781083626, 1e-12);
    assert_near(scratch_number(json, "p_every_look"), 0.26651377, 1e-6); // it may be asked every day
    assert_string_equal(scratch_word(json, "light"), "yellow");
    cJSON_Delete(json);
    json = run_json("--counts 8200,1700 --shares 0.85,0.15 --fail", 1);
    assert_string_equal(scratch_word(json, "light"), "red");
    cJSON_Delete(json);
    json = run_json("--counts 0,0", 0);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "p")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "p_every_look")));
    cJSON_Delete(json);
}

static void sound_logs_raise_nothing_whether_even_or_learned(void **state)
{
    (void)state;
    cJSON *json = run_json("even.ndjson", 0);
    assert_string_equal(scratch_word(json, "light"), "green");
    assert_true(scratch_number(json, "p") > 0.01);
    assert_true(scratch_number(json, "p_one_look") > 0.01);
    assert_true(scratch_number(json, "p_multinomial") > 0.01);
    assert_true(scratch_number(json, "repeated") > 0); // visitors return, and are counted once
    cJSON_Delete(json);
    json = run_json("bandit.ndjson", 0);
    assert_string_equal(scratch_word(json, "light"), "green");
    assert_null(cJSON_GetObjectItem(json, "p_one_look")); // probabilities changed: tests of counts do not apply
    assert_null(cJSON_GetObjectItem(json, "p_multinomial"));
    cJSON_Delete(json);
}

static void a_leak_is_red_and_located(void **state)
{
    (void)state;
    cJSON *json = run_json("leak.ndjson --fail", 1);
    assert_string_equal(scratch_word(json, "light"), "red");
    bool named = false;
    const cJSON *slice;
    cJSON_ArrayForEach(slice, cJSON_GetObjectItem(json, "slices"))
    {
        if (strcmp(scratch_word(slice, "slice"), "device:desktop") == 0) fail_msg("nothing leaks on desktop");
        if (strcmp(scratch_word(slice, "slice"), "device:mobile") != 0) continue;
        named = true;
        assert_string_equal(scratch_word(slice, "variant"), "urgency");
        assert_true(scratch_number(slice, "deviation") < 0);
    }
    assert_true(named);
    cJSON_Delete(json);
    scratch_run run = scratch_samplit("srm - <leak.ndjson");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "Red: there is a sample ratio mismatch");
    scratch_says(run.out, "device:mobile");
    scratch_run_free(&run);
}

// Without probabilities in the log, one propensity per variant gives the shares; or the user does.
static void logs_without_probabilities_need_constant_propensities_or_shares(void **state)
{
    (void)state;
    FILE *out = fopen(scratch_path("plain.ndjson"), "w"), *changing = fopen(scratch_path("changing.ndjson"), "w");
    for (int i = 0; i < 300; i++) {
        const char *format = "{\"type\":\"exposure\",\"id\":\"01890000-0000-7000-8000-%012d\",\"time\":"
                             "\"2026-01-01T00:00:00Z\",\"experiment\":\"x\",\"unit\":\"u%d\",\"segment\":\"global\","
                             "\"level\":0,\"variant\":\"%s\",\"propensity\":%s}\n";
        fprintf(out, format, i, i, i % 3 ? "b" : "a", i % 3 ? "0.6" : "0.4");
        fprintf(changing, format, i, i, i % 3 ? "b" : "a", i > 150 ? "0.6" : "0.4");
    }
    fclose(out);
    fclose(changing);
    cJSON *json = run_json("plain.ndjson", 0);
    assert_near(scratch_number(cJSON_GetArrayItem(cJSON_GetObjectItem(json, "variants"), 0), "expected"), 120, 1e-9);
    cJSON_Delete(json);
    scratch_run run = scratch_samplit("srm changing.ndjson");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "--shares");
    scratch_run_free(&run);
    json = run_json("changing.ndjson --shares a=0.5,b=0.5", 0);
    assert_string_equal(scratch_word(json, "light"), "red"); // 100 to 200
    assert_true(scratch_number(json, "p_multinomial") < 1e-4);
    cJSON_Delete(json);
    run = scratch_samplit("srm changing.ndjson --shares a=0.5,c=0.5");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "variant ");
    scratch_run_free(&run);
}

static void misuse_is_named(void **state)
{
    (void)state;
    static const scratch_refusal cases[] = {
        {"", 2, "which log?"},
        {"--counts 1", 2, "2 to 64 numbers"},
        {"--counts 1,-2", 2, "not a number from 0 on"},
        {"--counts 1.5,2", 2, "whole numbers"},
        {"--counts 1,2 --shares 0.5,0.6", 2, "sum to 1.1"},
        {"--counts 1,2 --shares 0.5,0.25,0.25", 2, "3 numbers for 2 counts"},
        {"even.ndjson --shares 0.5,0.5", 2, "have names"},
        {"even.ndjson --experiment other", 1, "no exposure"},
        {"missing.ndjson", 1, "missing.ndjson"},
    };
    scratch_refuses("srm", cases, sizeof cases / sizeof *cases);
}

static void no_visitors_are_no_mismatch_and_no_number(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("srm --counts 0,0");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "No visitors");
    assert_null(strstr(run.out, "nan"));
    scratch_run_free(&run);
    run = scratch_samplit("srm --counts 1e308,1e308");
    assert_int_equal(run.code, 2);
    scratch_says(run.err, "--counts: visitors are whole numbers up to");
    scratch_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_tested_by_chi_square),
        cmocka_unit_test(sound_logs_raise_nothing_whether_even_or_learned),
        cmocka_unit_test(a_leak_is_red_and_located),
        cmocka_unit_test(logs_without_probabilities_need_constant_propensities_or_shares),
        cmocka_unit_test(no_visitors_are_no_mismatch_and_no_number),
        cmocka_unit_test(misuse_is_named),
    };
    return cmocka_run_group_tests(tests, make_logs, NULL);
}
