// SPDX-License-Identifier: MIT
// `samplit decide` and `samplit replay` as a user meets them; a bad bundle still gives a decision.
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "scratch.h"
#include "testing.h"
#include "tree_fixture.h"

static int write_bundle(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bundle(fixture_world, fixture_world_count, fixture_plain_variants, &size);
    scratch_write(scratch_path("b.safetensors"), data, size);
    scratch_write(scratch_path("cut.safetensors"), data, size / 2);
    free(data);
    return 0;
}

static void a_decision_is_shown_with_its_reasons(void **state)
{
    (void)state;
    scratch_run run =
        scratch_samplit("decide b.safetensors --unit u1 --context '{\"country\":\"US\",\"device\":\"mobile\"}'");
    assert_int_equal(run.code, 0);
    static const char *const words[] = {
        "variant", "propensity", "reason", "segment", "trace", "probabilities", "country:US|device:mobile"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) assert_non_null(strstr(run.out, words[i]));
    assert_string_equal(run.err, "");
    scratch_run_free(&run);
}

static void json_tells_the_same_decision_every_time(void **state)
{
    (void)state;
    const char *arguments = "decide b.safetensors --unit u1 --context '{\"country\":\"US\"}' --json";
    scratch_run run = scratch_samplit("%s", arguments), again = scratch_samplit("%s", arguments);
    assert_int_equal(run.code, 0);
    assert_string_equal(run.out, again.out);
    cJSON *json = cJSON_Parse(run.out);
    assert_non_null(json);
    assert_string_equal(scratch_word(json, "unit"), "u1");
    assert_string_equal(scratch_word(json, "experiment"), "world");
    assert_int_equal(strlen(scratch_word(json, "trace")), 16);
    int index = cJSON_GetObjectItem(json, "variant_index")->valueint;
    const cJSON *name = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "variants"), index);
    assert_string_equal(name->valuestring, scratch_word(json, "variant"));
    const cJSON *p = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "probabilities"), index);
    assert_true(p->valuedouble == scratch_number(json, "propensity"));
    cJSON_Delete(json);
    scratch_run_free(&run);
    scratch_run_free(&again);
}

static void every_line_of_standard_input_gets_a_decision(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("contexts"), "{\"country\":\"US\"}\n{}\n{\"device\":\"mobile\"}\n");
    scratch_run run = scratch_samplit("decide b.safetensors --unit u1 --context - --json <contexts");
    assert_int_equal(run.code, 0);
    int lines = 0;
    for (const char *at = run.out; (at = strchr(at, '\n')); at++) lines++;
    assert_int_equal(lines, 3);
    scratch_run_free(&run);
}

static void blank_lines_are_passed_over_and_bad_ones_named(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("contexts"), "{}\n\n{\"a\":}\n \t\r\n{\"country\":[]}\n{\"country\":\"US\"}\n");
    scratch_run run = scratch_samplit("decide b.safetensors --unit u1 --context - --json <contexts");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "samplit decide: standard input:3: ");
    scratch_says(run.err, "samplit decide: standard input:5: context.country: ");
    const char *lines[5] = {run.out};
    for (int i = 1; i < 5; i++) lines[i] = strchr(lines[i - 1], '\n') + 1;
    assert_int_equal(*lines[4], '\0'); // four decisions for four lines
    for (int i = 1; i < 3; i++) {      // the bad ones in their places
        cJSON *answer = cJSON_ParseWithLength(lines[i], (size_t)(lines[i + 1] - lines[i]));
        assert_string_equal(scratch_word(answer, "variant"), "control");
        assert_string_equal(scratch_word(answer, "reason"), "default");
        assert_true(scratch_number(answer, "propensity") == 1);
        scratch_says(scratch_word(answer, "error"),
                     i == 1 ? "standard input:3: " : "standard input:5: context.country: ");
        cJSON_Delete(answer);
    }
    scratch_says(lines[3], "\"segment\":\"country:US");
    assert_null(strstr(lines[3], "\"error\""));
    scratch_run_free(&run);
    run = scratch_samplit("decide b.safetensors --unit u1 --context - --event <contexts");
    assert_int_equal(run.code, 1);
    int events = 0;
    for (const char *at = run.out; (at = strchr(at, '\n')); at++) events++;
    assert_int_equal(events, 4);
    scratch_run_free(&run);
    run = scratch_samplit("decide b.safetensors --unit u1 --context - <contexts");
    scratch_says(run.out, "error       standard input:3: ");
    scratch_run_free(&run);
    scratch_write_text(scratch_path("contexts"), "\n\n{}\n\n");
    run = scratch_samplit("decide b.safetensors --unit u1 --context - <contexts");
    assert_int_equal(run.code, 0);
    assert_int_equal(strncmp(run.out, "variant", 7), 0);
    scratch_run_free(&run);
}

static void only_what_an_event_can_hold_is_decided_for(void **state)
{
    (void)state;
    char unit[1026];
    memset(unit, 'u', 1025);
    unit[1025] = '\0';
    scratch_run run = scratch_samplit("decide b.safetensors --event --unit %s", unit);
    assert_int_equal(run.code, 2);
    scratch_says(run.err, "--unit must have 1 to 1024 bytes, not 1025");
    assert_string_equal(run.out, "");
    scratch_run_free(&run);
    run = scratch_samplit("decide b.safetensors --event --unit u --experiment 'no key'");
    assert_int_equal(run.code, 2);
    scratch_run_free(&run);
    run = scratch_samplit("decide b.safetensors --event --unit %s", unit + 1);
    assert_int_equal(run.code, 0);
    scratch_write_text(scratch_path("log.ndjson"), run.out);
    scratch_run_free(&run);
    run = scratch_samplit("replay b.safetensors log.ndjson"); // also for the empty context
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "1 exposures, 1 made with bundle");
    scratch_run_free(&run);
}

static void without_a_usable_bundle_the_control_is_served(void **state)
{
    (void)state;
    static const char *const arguments[] = {"cut.safetensors", "nowhere.safetensors",
                                            "b.safetensors --experiment nope"};
    for (size_t i = 0; i < 3; i++) {
        scratch_run run = scratch_samplit("decide %s --unit u1 --json", arguments[i]);
        assert_int_equal(run.code, 1);
        assert_string_not_equal(run.err, "");
        cJSON *json = cJSON_Parse(run.out);
        assert_non_null(json);
        assert_string_equal(scratch_word(json, "reason"), "default");
        assert_int_equal(cJSON_GetObjectItem(json, "variant_index")->valueint, 0);
        assert_true(scratch_number(json, "propensity") == 1);
        cJSON_Delete(json);
        scratch_run_free(&run);
    }
}

static void a_bad_context_is_named(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("decide b.safetensors --unit u1 --context '{\"hour\":[1]}'");
    assert_int_equal(run.code, 1);
    assert_non_null(strstr(run.err, "context.hour"));
    assert_string_equal(run.out, "");
    scratch_run_free(&run);
    run = scratch_samplit("decide b.safetensors --unit u1 --context 'hour=1'");
    assert_int_equal(run.code, 1);
    assert_non_null(strstr(run.err, "--context"));
    scratch_run_free(&run);
}

static void misuse_ends_with_2(void **state)
{
    (void)state;
    static const char *const arguments[] = {"decide",
                                            "decide b.safetensors",
                                            "decide b.safetensors --unit ''",
                                            "decide b.safetensors --unit u --json --event",
                                            "decide - --unit u --context -",
                                            "decide b.safetensors c --unit u",
                                            "replay",
                                            "replay b.safetensors",
                                            "replay b.safetensors a b",
                                            "replay - -"};
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        scratch_run run = scratch_samplit("%s", arguments[i]);
        if (run.code != 2) fail_msg("samplit %s ended with %d", arguments[i], run.code);
        assert_string_equal(run.out, "");
        scratch_run_free(&run);
    }
}

static void decided_events_replay(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("contexts"),
                       "{\"country\":\"US\",\"device\":\"mobile\"}\n{\"country\":\"UK\",\"visits\":0.1}\n");
    scratch_run run = scratch_samplit("decide b.safetensors --unit u1 --context - --event <contexts");
    assert_int_equal(run.code, 0);
    scratch_write_text(scratch_path("log.ndjson"), run.out);
    char *second = strchr(run.out, '\n') + 1, *propensity = strstr(second, "\"propensity\":") + 13;
    memcpy(propensity, "0.9", 3); // forge it
    scratch_write_text(scratch_path("forged.ndjson"), run.out);
    scratch_run_free(&run);

    run = scratch_samplit("replay b.safetensors log.ndjson");
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.out, "2 made with bundle"));
    scratch_run_free(&run);
    run = scratch_samplit("replay b.safetensors forged.ndjson --json");
    assert_int_equal(run.code, 1);
    cJSON *json = cJSON_Parse(run.out), *first = cJSON_GetObjectItem(json, "first");
    assert_int_equal(cJSON_GetObjectItem(first, "line")->valueint, 2);
    assert_string_equal(scratch_word(first, "field"), "propensity");
    cJSON_Delete(json);
    scratch_run_free(&run);
}

static void a_log_that_is_none_fails(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("log.ndjson"), "hello\nworld\n");
    scratch_run run = scratch_samplit("replay b.safetensors log.ndjson");
    assert_int_equal(run.code, 1);
    assert_non_null(strstr(run.err, "2 lines are no events; the first: line 1"));
    scratch_run_free(&run);
    scratch_write_text(scratch_path("log.ndjson"), "");
    run = scratch_samplit("replay b.safetensors log.ndjson");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "log.ndjson: nothing is recomputed: the log holds no exposure");
    scratch_run_free(&run);
    run = scratch_samplit("replay cut.safetensors log.ndjson");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "samplit replay: cut.safetensors: ");
    scratch_says(run.err, " (at "); // the tensor and where in it
    scratch_says(run.err, "; expected ");
    scratch_run_free(&run);
}

static void a_log_of_another_bundle_is_no_proof(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("decide b.safetensors --event --unit u");
    char *bundle = strstr(run.out, "\"bundle\":\"") + 10;
    *bundle = *bundle == '0' ? '1' : '0';
    scratch_write_text(scratch_path("log.ndjson"), run.out);
    scratch_run_free(&run);
    run = scratch_samplit("replay b.safetensors - <log.ndjson");
    assert_int_equal(run.code, 1);
    scratch_says(run.out, "standard input: 1 exposures, 0 made with bundle");
    scratch_says(run.err,
                 "standard input: nothing is recomputed: of 1 exposures, 1 were made with another bundle or none");
    scratch_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decision_is_shown_with_its_reasons),
        cmocka_unit_test(json_tells_the_same_decision_every_time),
        cmocka_unit_test(every_line_of_standard_input_gets_a_decision),
        cmocka_unit_test(blank_lines_are_passed_over_and_bad_ones_named),
        cmocka_unit_test(only_what_an_event_can_hold_is_decided_for),
        cmocka_unit_test(without_a_usable_bundle_the_control_is_served),
        cmocka_unit_test(a_bad_context_is_named),
        cmocka_unit_test(misuse_ends_with_2),
        cmocka_unit_test(decided_events_replay),
        cmocka_unit_test(a_log_that_is_none_fails),
        cmocka_unit_test(a_log_of_another_bundle_is_no_proof),
    };
    return cmocka_run_group_tests(tests, write_bundle, NULL);
}
