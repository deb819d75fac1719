// SPDX-License-Identifier: MIT
// `samplit bundle set`, and what decide, replay, learn and evaluate make of it.
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_learn_fixture.h"
#include "testing.h"
#include "tree_fixture.h"

#define UNITS 60

static scratch_run run;

static int write_bundle(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bundle(fixture_world, fixture_world_count, fixture_plain_variants, &size);
    scratch_write(scratch_path("b.safetensors"), data, size);
    free(data);
    return 0;
}

static int end_run(void **state)
{
    (void)state;
    scratch_run_free(&run);
    return 0;
}

// Runs, expects the exit code, and keeps what was said in `run` until the next one.
#define RUN(code_expected, ...)                                                                                        \
    do {                                                                                                               \
        scratch_run_free(&run);                                                                                        \
        run = scratch_samplit(__VA_ARGS__);                                                                            \
        if (run.code != (code_expected)) fail_msg("exit %d: %s%s", run.code, run.out, run.err);                        \
    } while (0)

static void settings_are_set_shown_and_taken_back(void **state)
{
    (void)state;
    RUN(0, "bundle set b.safetensors --holdout 0.05 --traffic 0.5 --mode apprentice --bucket-version 4 "
           "--min-bucket-version 2 --hash murmur3 --hash-seed 77 --out s.safetensors");
    scratch_says(run.out,
                 "assignment murmur3, mode apprentice, holdout 5 %, traffic 50 %, bucket version 4 (at least 2), "
                 "hash seed 77");
    RUN(0, "bundle inspect s.safetensors");
    scratch_says(run.out, "holdout 5 %");
    scratch_says(run.out, "that of the file's bytes");
    RUN(0, "bundle inspect s.safetensors --json");
    cJSON *root = cJSON_Parse(run.out);
    const cJSON *x = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "experiments"), 0);
    assert_string_equal(scratch_word(x, "hash_mode"), "murmur3");
    const cJSON *settings = cJSON_GetObjectItem(x, "settings");
    assert_true(scratch_number(settings, "holdout") == 0.05);
    assert_int_equal(cJSON_GetObjectItem(settings, "min_bucket_version")->valueint, 2);
    assert_null(cJSON_GetObjectItem(settings, "paused"));
    cJSON_Delete(root);

    RUN(0, "bundle set s.safetensors --holdout 0 --traffic 1 --mode online --bucket-version 0 --min-bucket-version 0 "
           "--hash race --hash-seed '' --out t.safetensors");
    RUN(0, "bundle set b.safetensors --out u.safetensors");
    char *taken_back = scratch_read(scratch_path("t.safetensors")), *same = scratch_read(scratch_path("u.safetensors"));
    assert_memory_equal(taken_back, same, 200); // the id and the checksum stand there
    free(taken_back);
    free(same);
}

static void what_is_misused_is_refused_by_name(void **state)
{
    (void)state;
    static const scratch_refusal cases[] = {
        {"b.safetensors --holdout 0.1", 2, "--out is missing"},
        {"b.safetensors --holdout 1.1 --out x.st", 2, "--holdout: \"1.1\" is not a number from 0 to 1"},
        {"b.safetensors --traffic 0 --out x.st", 2, "--traffic: \"0\" is not a number above 0 to 1"},
        {"b.safetensors --paused maybe --out x.st", 2, "is not yes or no"},
        {"b.safetensors --mode offline --out x.st", 2, "is not online, apprentice or logging_only"},
        {"b.safetensors --hash md5 --out x.st", 2, "is not race, growthbook-v2, murmur3 or unleash"},
        {"b.safetensors --bucket-version -1 --out x.st", 2, "is not a whole number"},
        {"b.safetensors --out b.safetensors", 2, "b.safetensors"},
        {"b.safetensors --min-bucket-version 1 --out x.st", 1, "settings.counts"},
        {"b.safetensors --split control=0.5,nobody=0.5 --out x.st", 1, "no variant \"nobody\""},
        {"b.safetensors --split control=half --out x.st", 1, "is not NAME=SHARE"},
        {"b.safetensors --split control=0.5,b=0.4 --out x.st", 1, "policy.world.table"},
        {"b.safetensors --experiment other --out x.st", 1, "other"},
        {"nothing.safetensors --out x.st", 1, "nothing.safetensors"},
    };
    scratch_refuses("bundle set", cases, sizeof cases / sizeof *cases);
    RUN(1, "bundle inspect x.st");
}

static void a_split_serves_everybody_in_its_shares(void **state)
{
    (void)state;
    RUN(0, "bundle set b.safetensors --split 'control=0.25, b=0.75' --hash growthbook-v2 --out split.safetensors");
    RUN(0, "decide split.safetensors --unit u1 --context '{\"country\":\"US\",\"device\":\"mobile\"}' --json");
    scratch_says(run.out, "\"probabilities\":[0.25,0.75,0]");
    scratch_says(run.out, "\"segment\":\"global\"");
}

static void testers_and_returning_units_get_what_is_theirs(void **state)
{
    (void)state;
    RUN(0, "bundle set b.safetensors --bucket-version 3 --paused no --out v.safetensors");
    RUN(0, "decide v.safetensors --unit u1 --force c --json");
    scratch_says(run.out, "\"variant\":\"c\"");
    scratch_says(run.out, "\"reason\":\"forced\"");
    RUN(0, "decide v.safetensors --unit u1 --sticky c@3");
    scratch_says(run.out, "sticky (what the unit had before)");
    RUN(0, "decide v.safetensors --unit u1 --sticky c@2 --rank");
    scratch_says(run.out, "policy");
    scratch_says(run.out, "ranking ");
    RUN(2, "decide v.safetensors --unit u1 --sticky d@3");
    scratch_says(run.err, "--sticky: experiment world has no variant \"d\"");
    RUN(0, "bundle set v.safetensors --mode apprentice --out a.safetensors");
    RUN(0, "decide a.safetensors --unit u1 --incumbent b --json");
    scratch_says(run.out, "\"choice\":\"");
    scratch_says(run.out, "\"reason\":\"incumbent\"");
}

static void append(FILE *log, const char *more)
{
    for (int i = 0; i < UNITS; i++) {
        RUN(0, "decide h.safetensors --unit unit-%d --event --context '{\"country\":\"US\"}' %s", i, i % 8 ? "" : more);
        fputs(run.out, log);
    }
}

static void every_decision_of_the_settings_replays_and_lies_about_them_do_not(void **state)
{
    (void)state;
    RUN(0, "bundle set b.safetensors --holdout 0.2 --traffic 0.8 --bucket-version 2 --min-bucket-version 1 "
           "--out h.safetensors");
    FILE *log = fopen(scratch_path("h.ndjson"), "w");
    append(log, "--force c");
    append(log, "--sticky b@2");
    append(log, "--sticky b@0");
    fclose(log);
    RUN(0, "replay h.safetensors h.ndjson --json");
    cJSON *root = cJSON_Parse(run.out);
    assert_int_equal(cJSON_GetObjectItem(root, "checked")->valueint, 3 * UNITS);
    assert_int_equal(cJSON_GetObjectItem(root, "different")->valueint, 0);
    cJSON_Delete(root);

    char *text = scratch_read(scratch_path("h.ndjson")), *held = strstr(text, "\"reason\":\"holdout\"");
    assert_non_null(held);
    assert_non_null(strstr(text, "\"reason\":\"not_eligible\""));
    memcpy(held, "\"reason\":\"policy\" ", 18);
    scratch_write_text(scratch_path("lie.ndjson"), text);
    free(text);
    RUN(1, "replay h.safetensors lie.ndjson");
    scratch_says(run.out, "reason");
}

static void a_policy_that_looks_on_is_compared_with_the_incumbent(void **state)
{
    (void)state;
    RUN(0, "bundle set b.safetensors --mode apprentice --split control=0.25,b=0.75 --out p.safetensors");
    FILE *log = fopen(scratch_path("p.ndjson"), "w");
    for (int i = 0; i < 4; i++) {
        RUN(0, "decide p.safetensors --unit u%d --event --incumbent %s", i, i == 0 ? "c" : "b");
        fputs(run.out, log);
    }
    fclose(log);
    RUN(0, "replay p.safetensors p.ndjson --json");
    cJSON *root = cJSON_Parse(run.out);
    assert_int_equal(cJSON_GetObjectItem(root, "onlooking")->valueint, 4);
    assert_true(scratch_number(root, "match") == 3 * 0.75 / 4);
    cJSON_Delete(root);
    RUN(0, "replay p.safetensors p.ndjson");
    scratch_says(run.out, "56.2 % of 4 choices of the incumbent");
}

// Exposures of control and b in turn; b is better. `how` goes into each event.
static void write_log(const char *name, const char *experiment, const char *how)
{
    event_log log = event_log_new(name);
    for (int i = 0; i < 2000; i++) {
        uint32_t id = event_log_expose(&log, experiment, i % 2 ? "b" : "control", how);
        if (i % 20 == 0 || i % 4 == 1) event_log_outcome(&log, id, "sale", 1);
    }
    fclose(log.file);
}

static void an_apprentice_is_taught_by_the_incumbent_and_a_log_alone_teaches_nothing(void **state)
{
    (void)state;
    write_log("apprentice.ndjson", "world", ",\"reason\":\"incumbent\",\"mode\":\"apprentice\"");
    cJSON *root = cli_learn_document("apprentice.ndjson --json");
    assert_true(report_probability(root, "global", 1) > 0.9);
    cJSON_Delete(root);
    write_log("only.ndjson", "world", ",\"reason\":\"incumbent\",\"mode\":\"logging_only\"");
    cli_learn_refuses("only.ndjson --json", 1, "no exposure was drawn");
    write_log("sticky.ndjson", "world", ",\"reason\":\"sticky\",\"mode\":\"online\"");
    cli_learn_refuses("sticky.ndjson --json", 1, "no exposure was drawn");
}

static void what_is_learned_anew_is_run_as_before(void **state)
{
    (void)state;
    write_log("again.ndjson", "world", ",\"reason\":\"policy\"");
    RUN(0, "learn again.ndjson --out l1.safetensors");
    RUN(0, "bundle set l1.safetensors --holdout 0.1 --hash unleash --hash-seed home --out l2.safetensors");
    RUN(0, "tree l2.safetensors"); // its report has come along
    RUN(0, "learn again.ndjson --settings l2.safetensors --out l3.safetensors");
    RUN(0, "bundle inspect l3.safetensors");
    scratch_says(run.out, "assignment unleash");
    scratch_says(run.out, "holdout 10 %, hash seed home");
    write_log("other.ndjson", "other", ",\"reason\":\"policy\"");
    RUN(1, "learn other.ndjson --settings l2.safetensors --out l4.safetensors");
    scratch_says(run.err, "none is named \"other\"");
}

static void write_payloads(const char *text)
{
    scratch_write_text(scratch_path("p.json"), text);
}

static void payloads_are_attached_shown_carried_on_and_taken_away(void **state)
{
    (void)state;
    write_payloads("{\"c\": \"Soon\", \"b\": {\"title\": \"Now\", \"n\": 0.1}, \"control\": null}");
    RUN(0, "bundle set b.safetensors --payloads p.json --out p1.safetensors");
    scratch_says(run.out, ", with payloads");
    RUN(0, "bundle inspect p1.safetensors");
    scratch_says(run.out, "that of the file's bytes");
    scratch_says(run.out, "{\"title\":\"Now\",\"n\":0.1}");
    RUN(0, "bundle set p1.safetensors --holdout 0.1 --out p2.safetensors"); // they stay
    RUN(0, "bundle inspect p2.safetensors --json");
    cJSON *root = cJSON_Parse(run.out);
    const cJSON *x = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "experiments"), 0);
    const cJSON *b = cJSON_GetArrayItem(cJSON_GetObjectItem(x, "variants"), 1);
    assert_string_equal(cJSON_GetObjectItem(cJSON_GetObjectItem(b, "payload"), "title")->valuestring, "Now");
    cJSON_Delete(root);

    write_log("payloads.ndjson", "world", ",\"reason\":\"policy\"");
    RUN(0, "learn payloads.ndjson --settings p2.safetensors --out p3.safetensors"); // b and control are in the log
    RUN(0, "bundle inspect p3.safetensors --json");
    scratch_says(run.out, "\"title\"");
    assert_null(strstr(run.out, "Soon"));
    RUN(0, "bundle inspect p3.safetensors");
    scratch_says(run.out, "{\"title\":\"Now\",\"n\":0.1}");

    write_payloads("{\"c\": null, \"b\": null, \"control\": null}");
    RUN(0, "bundle set p1.safetensors --payloads - --out none.safetensors <p.json");
    scratch_says(run.out, ", no payloads");
    RUN(0, "bundle set b.safetensors --payloads p.json --out same.safetensors");
    char *taken = scratch_read(scratch_path("none.safetensors")),
         *same = scratch_read(scratch_path("same.safetensors"));
    assert_memory_equal(taken, same, 200);
    free(taken);
    free(same);
}

static void a_file_of_payloads_with_a_mistake_is_refused_with_its_place(void **state)
{
    (void)state;
    write_payloads("{\"b\": 1, \"control\": 2, \"d\": 3}");
    RUN(1, "bundle set b.safetensors --payloads p.json --out bad.safetensors");
    scratch_says(run.err, "p.json: d: no variant of that name in world");
    RUN(1, "bundle set b.safetensors --payloads none.json --out bad.safetensors");
    scratch_says(run.err, "none.json");
    RUN(1, "bundle set b.safetensors --payloads b.safetensors --out bad.safetensors");
    RUN(1, "bundle set b.safetensors --payloads /dev/zero --out bad.safetensors");
    scratch_says(run.err, "more than 65536 bytes");
    RUN(2, "bundle set b.safetensors --payloads p.json --out p.json");
    scratch_says(run.err, "p.json is read and would be overwritten");
    RUN(2, "bundle set - --payloads - --out bad.safetensors <p.json");
    RUN(1, "bundle inspect bad.safetensors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_set_shown_and_taken_back),
        cmocka_unit_test(what_is_misused_is_refused_by_name),
        cmocka_unit_test(a_split_serves_everybody_in_its_shares),
        cmocka_unit_test(testers_and_returning_units_get_what_is_theirs),
        cmocka_unit_test(every_decision_of_the_settings_replays_and_lies_about_them_do_not),
        cmocka_unit_test(a_policy_that_looks_on_is_compared_with_the_incumbent),
        cmocka_unit_test(an_apprentice_is_taught_by_the_incumbent_and_a_log_alone_teaches_nothing),
        cmocka_unit_test(what_is_learned_anew_is_run_as_before),
        cmocka_unit_test(payloads_are_attached_shown_carried_on_and_taken_away),
        cmocka_unit_test(a_file_of_payloads_with_a_mistake_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, write_bundle, end_run);
}
