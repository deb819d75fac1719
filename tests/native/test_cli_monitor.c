// SPDX-License-Identifier: MIT
#include <cJSON.h>
#include <stdio.h>
#include <string.h>

#include "near.h"
#include "samplit/rng.h"
#include "scratch.h"
#include "testing.h"

static double uniform(uint64_t seed, int i)
{
    double u[2];
    spl_uniform2(seed, (uint64_t)i, 3, 0, u);
    return u[0];
}

// 8,000 units, one each second; b is served with 0.5 at first and with 0.9 later; its rate is that of a times `lift`.
static void write_log(const char *name, double lift)
{
    FILE *out = fopen(scratch_path(name), "w");
    assert_non_null(out);
    for (int i = 0; i < 8000; i++) {
        double p = i < 4000 ? 0.5 : 0.9;
        bool b = uniform(1, i) < p;
        fprintf(
            out,
            "{\"type\":\"exposure\",\"id\":\"01890000-0000-7000-8000-%012d\",\"time\":\"2026-01-01T%02d:%02d:%02dZ\","
            "\"experiment\":\"x\",\"unit\":\"u%d\",\"segment\":\"global\",\"level\":0,\"variant\":\"%s\","
            "\"propensity\":"
            "%.17g,\"probabilities\":[%.17g,%.17g]}\n",
            i, i / 3600, i / 60 % 60, i % 60, i, b ? "b" : "a", b ? p : 1 - p, 1 - p, p);
        if (uniform(2, i) >= 0.1 * (b ? lift : 1)) continue;
        fprintf(
            out,
            "{\"type\":\"outcome\",\"id\":\"01890000-0000-7000-9000-%012d\",\"time\":\"2026-01-01T%02d:%02d:%02dZ\","
            "\"exposure\":\"01890000-0000-7000-8000-%012d\",\"name\":\"buy\",\"value\":1}\n",
            i, i / 3600, i / 60 % 60, i % 60, i);
    }
    fclose(out);
}

static int make_logs(void **state)
{
    (void)state;
    write_log("same.ndjson", 1);
    write_log("better.ndjson", 1.5);
    write_log("worse.ndjson", 0.6);
    return 0;
}

static cJSON *monitor(const char *arguments)
{
    scratch_run run = scratch_samplit("monitor %s --window 1m --json", arguments);
    if (run.code != 0) fail_msg("%s", run.err);
    cJSON *json = cJSON_Parse(run.out);
    assert_non_null(json);
    scratch_run_free(&run);
    return json;
}

static const cJSON *variant_b(const cJSON *json)
{
    const cJSON *variants = cJSON_GetObjectItem(json, "variants");
    assert_int_equal(cJSON_GetArraySize(variants), 2);
    return cJSON_GetArrayItem(variants, 1);
}

static void expect(const char *log, const char *verdict, double difference)
{
    cJSON *json = monitor(log);
    const cJSON *b = variant_b(json), *sequence = cJSON_GetObjectItem(b, "sequence");
    assert_string_equal(scratch_word(b, "verdict"), verdict);
    assert_true(cJSON_GetArrayItem(sequence, 0)->valuedouble <= difference);
    assert_true(cJSON_GetArrayItem(sequence, 1)->valuedouble >= difference);
    assert_near(scratch_number(b, "difference"), difference, 0.02);
    cJSON_Delete(json);
}

static void differences_are_found_and_equal_variants_are_not_told_apart(void **state)
{
    (void)state;
    expect("better.ndjson", "better", 0.05);
    expect("worse.ndjson", "worse", -0.04);
    expect("same.ndjson", "open", 0);
    expect("same.ndjson --worth 6%", "futile", 0);
}

static void the_history_only_narrows(void **state)
{
    (void)state;
    cJSON *json = monitor("better.ndjson");
    const cJSON *point;
    double low = -1, high = 1, p = 1, units = 0;
    cJSON_ArrayForEach(point, cJSON_GetObjectItem(variant_b(json), "history"))
    {
        const cJSON *sequence = cJSON_GetObjectItem(point, "sequence");
        assert_true(scratch_number(point, "units") >= units);
        assert_true(scratch_number(point, "p") <= p);
        p = scratch_number(point, "p");
        units = scratch_number(point, "units");
        if (cJSON_IsNull(cJSON_GetArrayItem(sequence, 0))) continue;
        assert_true(cJSON_GetArrayItem(sequence, 0)->valuedouble >= low);
        assert_true(cJSON_GetArrayItem(sequence, 1)->valuedouble <= high);
        low = cJSON_GetArrayItem(sequence, 0)->valuedouble;
        high = cJSON_GetArrayItem(sequence, 1)->valuedouble;
    }
    assert_true(low > 0 && p < 0.05 && units > 7900);
    cJSON_Delete(json);
}

// Futile long before it is surely worse.
static void a_verdict_is_as_old_as_its_first_look(void **state)
{
    (void)state;
    cJSON *json = monitor("worse.ndjson --worth 2%");
    const cJSON *b = variant_b(json), *point;
    double futile = 0, worse = 0;
    cJSON_ArrayForEach(point, cJSON_GetObjectItem(b, "history"))
    {
        const cJSON *high = cJSON_GetArrayItem(cJSON_GetObjectItem(point, "sequence"), 1);
        if (!cJSON_IsNumber(high)) continue;
        if (!futile && high->valuedouble < 0.02) futile = scratch_number(point, "units");
        if (!worse && high->valuedouble < 0) worse = scratch_number(point, "units");
    }
    assert_true(futile > 0 && worse > futile);
    assert_string_equal(scratch_word(b, "verdict"), "worse");
    assert_near(scratch_number(b, "decided_at"), worse, 0);
    cJSON_Delete(json);
}

// Success, harm and futility at looks that were planned.
static void a_plan_of_looks_stops_for_success_harm_and_futility(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *verdict;
    } cases[] = {{"better.ndjson --looks 4 --planned 7000", "better"},
                 {"worse.ndjson --looks 4 --planned 7000 --spending pocock", "worse"},
                 {"worse.ndjson --looks 4 --planned 7000", "futile"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cJSON *json = monitor(cases[i].arguments);
        const cJSON *looks = cJSON_GetObjectItem(variant_b(json), "planned_looks"), *look;
        assert_int_equal(cJSON_GetArraySize(looks), 4);
        bool found = false;
        int at = 0;
        cJSON_ArrayForEach(look, looks)
        {
            assert_near(scratch_number(look, "units"), 1750 * ++at, 0);
            const char *verdict = scratch_word(look, "verdict");
            double z = scratch_number(look, "z"), bound = scratch_number(look, "bound");
            assert_int_equal(strcmp(verdict, "better") == 0, z >= bound);
            assert_int_equal(strcmp(verdict, "worse") == 0, -z >= bound);
            if (strcmp(verdict, "futile") == 0) assert_true(scratch_number(look, "chance") < 0.05);
            found = found || strcmp(verdict, cases[i].verdict) == 0;
        }
        if (!found) fail_msg("%s: never %s", cases[i].arguments, cases[i].verdict);
        cJSON_Delete(json);
    }
    scratch_run run = scratch_samplit("monitor better.ndjson --window 1m --looks 3 --planned 20000");
    scratch_says(run.out, "1 of 3 planned looks are due");
    scratch_run_free(&run);
    run = scratch_samplit("monitor better.ndjson --looks 3");
    assert_int_equal(run.code, 2);
    scratch_says(run.err, "--looks and --planned go together");
    scratch_run_free(&run);
}

static void the_text_says_what_to_do(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("monitor - --window 1m <better.ndjson");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "better than the control, since ");
    scratch_says(run.out, "outcome \"buy\"");
    scratch_run_free(&run);
}

static void logs_that_say_nothing_have_a_defined_answer(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("monitor same.ndjson --outcome other");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "no outcome of the log is named \"other\"");
    scratch_run_free(&run);
    run = scratch_samplit("simulate --visitors 60 --seed 1 --out few.ndjson");
    scratch_run_free(&run);
    run = scratch_samplit("monitor few.ndjson");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "too early to say");
    assert_null(strstr(run.out, "nan"));
    scratch_run_free(&run);
    run = scratch_samplit("monitor same.ndjson --alpha 1");
    assert_int_equal(run.code, 2);
    scratch_run_free(&run);
    scratch_write_text(scratch_path("empty.ndjson"), "");
    run = scratch_samplit("monitor empty.ndjson");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "no exposure");
    scratch_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_are_found_and_equal_variants_are_not_told_apart),
        cmocka_unit_test(the_history_only_narrows),
        cmocka_unit_test(a_verdict_is_as_old_as_its_first_look),
        cmocka_unit_test(a_plan_of_looks_stops_for_success_harm_and_futility),
        cmocka_unit_test(the_text_says_what_to_do),
        cmocka_unit_test(logs_that_say_nothing_have_a_defined_answer),
    };
    return cmocka_run_group_tests(tests, make_logs, NULL);
}
