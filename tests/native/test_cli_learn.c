// SPDX-License-Identifier: MIT
// `samplit learn` as a user meets it: files, exit codes, what is printed, and an answer to every odd log.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cJSON.h>

#include "bundle/bundle_file.h"
#include "host/files.h"
#include "samplit/rng.h"
#include "scratch.h"
#include "testing.h"

// Runs `samplit learn ARGUMENTS` in the folder of this test.
static const scratch_run *run(const char *arguments)
{
    static scratch_run done;
    scratch_run_free(&done);
    done = scratch_samplit("learn %s", arguments);
    return &done;
}

static const scratch_run *succeeds(const char *arguments)
{
    const scratch_run *r = run(arguments);
    if (r->code != 0) fail_msg("%s: exit %d: %s", arguments, r->code, r->err);
    return r;
}

static void refuses(const char *arguments, int code, const char *message)
{
    const scratch_run *r = run(arguments);
    if (r->code != code) fail_msg("%s: exit %d: %s", arguments, r->code, r->err);
    assert_string_equal(r->out, "");
    scratch_says(r->err, message);
}

// --- logs -------------------------------------------------------------------------------------------------

typedef struct log_file {
    FILE *file;
    uint32_t events;
} log_file;

static log_file new_log(const char *name)
{
    log_file log = {fopen(scratch_path(name), "w"), 0};
    assert_non_null(log.file);
    return log;
}

static void put_time(log_file *log)
{
    uint32_t s = log->events / 10; // ten events per second
    fprintf(log->file, ",\"time\":\"2026-01-%02uT%02u:%02u:%02u.%u00Z\"", 1 + s / 86400, s / 3600 % 24, s / 60 % 60,
            s % 60, log->events % 10);
}

// An exposure of unit N; `more` is further fields, such as a context.
static uint32_t expose(log_file *log, const char *experiment, const char *variant, const char *more)
{
    uint32_t n = log->events++;
    fprintf(log->file, "{\"type\":\"exposure\",\"id\":\"01990000-0000-7000-8000-%012x\"", n);
    put_time(log);
    fprintf(log->file,
            ",\"experiment\":\"%s\",\"unit\":\"u%u\",\"segment\":\"global\",\"level\":0,\"variant\":\"%s\","
            "\"propensity\":0.5%s}\n",
            experiment, n, variant, more);
    return n;
}

static void outcome(log_file *log, uint32_t exposure, const char *name, double value)
{
    fprintf(log->file,
            "{\"type\":\"outcome\",\"id\":\"01990000-0000-7000-9000-%012x\",\"exposure\":"
            "\"01990000-0000-7000-8000-%012x\"",
            log->events++, exposure);
    put_time(log);
    fprintf(log->file, ",\"name\":\"%s\",\"value\":%g}\n", name, value);
}

static double uniform(uint32_t seed, uint32_t i)
{
    double u[2];
    spl_uniform2(seed, i, SPL_STREAM_TEST, 0, u);
    return u[0];
}

// Raw contexts: phones like b, desktops like control.
static void write_world(const char *name, uint32_t exposures)
{
    static const char *const agents[] = {
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
        "Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
        "Safari/537.36"};
    log_file log = new_log(name);
    for (uint32_t i = 0; i < exposures; i++) {
        uint32_t v = i % 2, desktop = i / 2 % 2;
        char more[400];
        snprintf(more, sizeof more, ",\"context\":{\"user_agent\":\"%s\",\"country\":\"US\"}", agents[desktop]);
        uint32_t id = expose(&log, "hero", v ? "b" : "control", more);
        if (uniform(1, i) < (v != desktop ? 0.2 : 0.1)) outcome(&log, id, "buy", 1);
    }
    fclose(log.file);
}

static double number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsNumber(item)) fail_msg("%s is no number", name);
    return item->valuedouble;
}

static cJSON *document(const char *arguments)
{
    cJSON *root = cJSON_Parse(succeeds(arguments)->out);
    assert_non_null(root);
    return root;
}

static double join_count(const cJSON *root, const char *name)
{
    return number_of(cJSON_GetObjectItem(root, "join"), name);
}

static double segment_count(const cJSON *root, const char *name)
{
    return number_of(cJSON_GetObjectItem(root, "segments"), name);
}

static const cJSON *node(const cJSON *root, const char *key)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "nodes"))
    {
        if (strcmp(cJSON_GetObjectItem(item, "key")->valuestring, key) == 0) return item;
    }
    fail_msg("no node %s", key);
    return NULL;
}

static double probability(const cJSON *root, const char *key, int variant)
{
    return number_of(cJSON_GetArrayItem(cJSON_GetObjectItem(node(root, key), "variants"), variant), "probability");
}

static const char *variant(const cJSON *root, int i)
{
    return cJSON_GetArrayItem(cJSON_GetObjectItem(root, "variants"), i)->valuestring;
}

// --- tests ------------------------------------------------------------------------------------------------

static void a_log_becomes_a_bundle_a_report_and_a_summary(void **unused)
{
    (void)unused;
    write_world("world.ndjson", 8000);
    const scratch_run *r =
        succeeds("world.ndjson --levels country,device --min-samples 1000,500 --out hero.safetensors");
    scratch_says(r->out, "8000 exposures");
    scratch_says(r->out, "\"buy\"");
    scratch_says(r->out, "3 seen, 2 serve on their own");
    scratch_says(r->out, "hero.report.json");
    assert_string_equal(r->err, "");

    spl_bundle_file file;
    assert_true(spl_bundle_file_open(scratch_path("hero.safetensors"), &file, NULL));
    assert_true(spl_text_equal(file.bundle.experiments[0].key, SPL_TEXT("hero")));
    assert_int_not_equal(spl_tree_find(&file.bundle.tree, SPL_TEXT("country:US|device:mobile")), SPL_NO_NODE);
    char *report = scratch_read(scratch_path("hero.report.json"));
    cJSON *root = cJSON_Parse(report);
    free(report);
    assert_memory_equal(cJSON_GetObjectItem(root, "bundle")->valuestring, file.bundle.id_hex.data, 32);
    assert_true(probability(root, "country:US|device:mobile", 1) > 0.9);
    assert_true(probability(root, "country:US|device:desktop", 0) > 0.9);
    cJSON_Delete(root);
    spl_bundle_file_close(&file);
}

static void the_same_events_give_the_same_bundle(void **unused)
{
    (void)unused;
    uint8_t *data[2];
    size_t size[2];
    write_world("same.ndjson", 4000);
    for (int i = 0; i < 2; i++) {
        succeeds("same.ndjson --levels device --out same.safetensors");
        assert_true(spl_file_read(scratch_path("same.safetensors"), &data[i], &size[i], NULL));
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(data[0], data[1], size[0]);
    free(data[0]);
    free(data[1]);
}

static void standard_input_and_output_are_dashes(void **unused)
{
    (void)unused;
    write_world("pipe.ndjson", 2000);
    succeeds("pipe.ndjson --out direct.safetensors");
    const scratch_run *r = succeeds("- --out - < pipe.ndjson");
    scratch_says(r->err, "2000 exposures"); // the summary makes way
    uint8_t *direct;
    size_t size;
    assert_true(spl_file_read(scratch_path("direct.safetensors"), &direct, &size, NULL));
    assert_int_equal(r->out_size, size);
    assert_memory_equal(r->out, direct, size);
    free(direct);
}

static void json_is_the_report_and_nothing_else(void **unused)
{
    (void)unused;
    write_world("json.ndjson", 2000);
    cJSON *root = document("json.ndjson --levels device --json");
    assert_true(join_count(root, "exposures") == 2000);
    assert_true(segment_count(root, "observed") == 2);
    cJSON_Delete(root);
}

static void a_fold_keeps_its_units_only(void **unused)
{
    (void)unused;
    write_world("fold.ndjson", 4000);
    cJSON *first = document("fold.ndjson --fold 0/2 --json"), *second = document("fold.ndjson --fold 1/2 --json");
    double a = join_count(first, "exposures"), b = join_count(second, "exposures");
    assert_true(a + b == 4000 && a > 1700 && b > 1700);
    cJSON_Delete(first);
    cJSON_Delete(second);
}

static void a_log_without_contexts_is_learned_from_its_segment_keys(void **unused)
{
    (void)unused;
    log_file log = new_log("keys.ndjson");
    for (uint32_t i = 0; i < 4000; i++) {
        uint32_t v = i % 2, odd = i / 2 % 2, id = log.events++;
        fprintf(log.file, "{\"type\":\"exposure\",\"id\":\"01990000-0000-7000-8000-%012x\"", id);
        put_time(&log);
        fprintf(log.file,
                ",\"experiment\":\"hero\",\"unit\":\"u%u\",\"segment\":\"%s\",\"level\":1,\"variant\":\"%s\","
                "\"propensity\":0.5}\n",
                id, odd ? "plan:a%7Cb" : "plan:free", v ? "b" : "a");
        if (uniform(2, i) < (v == odd ? 0.2 : 0.1)) outcome(&log, id, "buy", 1);
    }
    fclose(log.file);
    cJSON *root = document("keys.ndjson --levels plan --json");
    assert_true(probability(root, "plan:a%7Cb", 1) > 0.9);
    assert_true(probability(root, "plan:free", 0) > 0.9);
    cJSON_Delete(root);
}

// Numbers and words that spell the same are one segment.
static void numbers_and_booleans_are_segments_too(void **unused)
{
    (void)unused;
    log_file log = new_log("numbers.ndjson");
    for (uint32_t i = 0; i < 4000; i++) {
        char more[100];
        snprintf(more, sizeof more, ",\"context\":{\"recency\":%s,\"newbie\":%s}", i % 2 ? "3" : "\"3\"",
                 i / 2 % 2 ? "true" : "false");
        expose(&log, "hero", i / 4 % 2 ? "b" : "a", more);
    }
    fclose(log.file);
    cJSON *root = document("numbers.ndjson --levels recency,newbie --prune-alpha 1 --json");
    assert_true(number_of(node(root, "recency:3"), "exposures") == 4000);
    assert_true(number_of(node(root, "newbie:true|recency:3"), "exposures") == 2000);
    cJSON_Delete(root);
}

static void the_control_comes_first_and_the_others_by_name(void **unused)
{
    (void)unused;
    static const char *const names[] = {"zeta", "default", "alpha", "control"};
    log_file log = new_log("order.ndjson");
    for (int i = 0; i < 4; i++) expose(&log, "hero", names[i], "");
    fclose(log.file);
    cJSON *root = document("order.ndjson --json");
    assert_string_equal(variant(root, 0), "control");
    assert_string_equal(variant(root, 1), "alpha");
    assert_string_equal(variant(root, 3), "zeta");
    cJSON_Delete(root);
    root = document("order.ndjson --control zeta --json");
    assert_string_equal(variant(root, 0), "zeta");
    assert_string_equal(variant(root, 1), "alpha");
    cJSON_Delete(root);
    refuses("order.ndjson --control nobody --json", 1, "no variant is called \"nobody\"");
}

static void an_empty_log_has_nothing_to_learn(void **unused)
{
    (void)unused;
    log_file log = new_log("empty.ndjson");
    fclose(log.file);
    refuses("empty.ndjson --out never.safetensors", 1, "empty.ndjson: no exposure");
    log = new_log("outcomes.ndjson");
    outcome(&log, 3, "buy", 1);
    fclose(log.file);
    refuses("outcomes.ndjson --out never.safetensors", 1, "there is nothing to learn");
    refuses("missing.ndjson --out never.safetensors", 1, "missing.ndjson");
    assert_int_not_equal(access(scratch_path("never.safetensors"), F_OK), 0);
}

static void several_experiments_must_be_told_apart(void **unused)
{
    (void)unused;
    log_file log = new_log("several.ndjson");
    for (int i = 0; i < 60; i++) expose(&log, i % 3 ? "hero" : "price", i % 2 ? "b" : "a", "");
    fclose(log.file);
    refuses("several.ndjson --json", 1, "choose with --experiment: \"price\", \"hero\"");
    refuses("several.ndjson --json --experiment cart", 1, "no exposure of \"cart\"; the log has \"price\", \"hero\"");
    cJSON *root = document("several.ndjson --json --experiment hero");
    assert_true(join_count(root, "exposures") == 40);
    cJSON_Delete(root);
}

static void one_variant_is_served_with_a_warning(void **unused)
{
    (void)unused;
    log_file log = new_log("one.ndjson");
    for (int i = 0; i < 300; i++) outcome(&log, expose(&log, "hero", "only", ""), "buy", 1);
    fclose(log.file);
    scratch_says(succeeds("one.ndjson --out one.safetensors")->err, "one variant only");
    cJSON *root = document("one.ndjson --json");
    assert_true(probability(root, "global", 0) == 1);
    cJSON_Delete(root);
}

static void more_variants_than_a_policy_holds_are_refused_at_their_line(void **unused)
{
    (void)unused;
    log_file log = new_log("variants.ndjson");
    for (int i = 0; i < 70; i++) {
        char name[8];
        snprintf(name, sizeof name, "v%d", i);
        expose(&log, "hero", name, "");
    }
    fclose(log.file);
    refuses("variants.ndjson --json", 1, "variants.ndjson:65: variant: more than 64");
}

static void no_outcome_at_all_gives_nearly_equal_shares_and_a_warning(void **unused)
{
    (void)unused;
    log_file log = new_log("none.ndjson");
    for (int i = 0; i < 1000; i++) expose(&log, "hero", i % 2 ? "b" : "a", "");
    fclose(log.file);
    scratch_says(succeeds("none.ndjson --out none.safetensors")->err, "no exposure has an outcome");
    cJSON *root = document("none.ndjson --json");
    assert_true(probability(root, "global", 0) > 0.49 && probability(root, "global", 0) < 0.51);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(root, "outcome")));
    cJSON_Delete(root);
}

static void an_outcome_of_another_name_is_not_the_one_asked_for(void **unused)
{
    (void)unused;
    log_file log = new_log("names.ndjson");
    for (int i = 0; i < 400; i++) {
        uint32_t id = expose(&log, "hero", i % 2 ? "b" : "a", "");
        outcome(&log, id, "view", 1);
        if (i % 4 == 0) outcome(&log, id, "spend", 12.5);
    }
    fclose(log.file);
    refuses("names.ndjson --outcome click --json", 1, "no outcome is named \"click\"; 500 have other names");
    cJSON *root = document("names.ndjson --outcome spend --json");
    assert_true(join_count(root, "outcomes") == 100 && join_count(root, "outcomes_other_name") == 400);
    assert_string_equal(cJSON_GetObjectItem(root, "reward")->valuestring, "normal");
    cJSON_Delete(root);
    root = document("names.ndjson --json"); // the first name in the log
    assert_string_equal(cJSON_GetObjectItem(root, "outcome")->valuestring, "view");
    cJSON_Delete(root);
    refuses("names.ndjson --outcome spend --reward binary --json", 1, "reward");
}

// More values than segments are kept: the rest counts in the parent, in bounded memory.
static void very_many_values_overflow_into_their_parent(void **unused)
{
    (void)unused;
    log_file log = new_log("many.ndjson");
    for (uint32_t i = 0; i < 201000; i++) {
        char more[60];
        snprintf(more, sizeof more, ",\"context\":{\"session\":\"s%u\"}", i);
        expose(&log, "hero", i % 2 ? "b" : "a", more);
    }
    fclose(log.file);
    scratch_says(succeeds("many.ndjson --levels session --out many.safetensors")->err,
                 "1000 exposures met more segments");
    cJSON *root = document("many.ndjson --levels session --json");
    assert_true(segment_count(root, "overflow") == 1000 && segment_count(root, "observed") == 200000);
    assert_true(number_of(node(root, "global"), "exposures") == 201000);
    cJSON_Delete(root);
}

static void a_level_that_nobody_has_is_pointed_out(void **unused)
{
    (void)unused;
    write_world("typo.ndjson", 2000);
    const scratch_run *r = succeeds("typo.ndjson --levels contry --out typo.safetensors");
    scratch_says(r->err, "no exposure has the attribute \"contry\"");
}

static void bad_lines_are_left_out_and_told_up_to_one_percent(void **unused)
{
    (void)unused;
    log_file log = new_log("bad.ndjson");
    for (int i = 0; i < 500; i++) expose(&log, "hero", i % 2 ? "b" : "a", "");
    fprintf(log.file, "{\"type\":\"exposure\",\"id\":\"0199\n");
    fclose(log.file);
    const scratch_run *r = succeeds("bad.ndjson --out bad.safetensors");
    scratch_says(r->err, "1 of 501 lines");
    scratch_says(r->err, "bad.ndjson:501");
    log = new_log("worse.ndjson");
    for (int i = 0; i < 90; i++) expose(&log, "hero", i % 2 ? "b" : "a", "");
    fprintf(log.file, "segment,visit\n");
    fclose(log.file);
    refuses("worse.ndjson --out bad.safetensors", 1, "worse.ndjson:91");
}

// A rule set these variants: all of them b, all of them converted.
static void exposures_that_were_not_drawn_do_not_teach(void **unused)
{
    (void)unused;
    static const char *const reasons[] = {"forced", "holdout", "paused", "not_eligible", "default"};
    log_file log = new_log("forced.ndjson");
    for (int i = 0; i < 1000; i++) {
        char more[40];
        uint32_t id = expose(&log, "hero", i % 2 ? "b" : "a", "");
        if (i % 10 == 0) outcome(&log, id, "buy", 1);
        snprintf(more, sizeof more, ",\"reason\":\"%s\"", reasons[i % 5]);
        if (i % 4 == 0) outcome(&log, expose(&log, "hero", i % 8 ? "b" : "phantom", more), "buy", 1);
    }
    fclose(log.file);
    scratch_says(succeeds("forced.ndjson --out forced.safetensors")->out, "250 exposures of a variant that was not drawn");
    cJSON *root = document("forced.ndjson --json");
    assert_true(join_count(root, "exposures") == 1000 && join_count(root, "exposures_not_drawn") == 250);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "variants")), 2);
    cJSON_Delete(root);
    log = new_log("only.ndjson");
    expose(&log, "hero", "control", ",\"reason\":\"default\"");
    fclose(log.file);
    refuses("only.ndjson --json", 1, "reason: no exposure was drawn");
}

// An outcome need not say whose it is; the first one here belongs to another experiment.
static void the_name_learned_from_is_that_of_an_outcome_of_ours(void **unused)
{
    (void)unused;
    log_file log = new_log("whose.ndjson");
    uint32_t other = expose(&log, "price", "a", "");
    outcome(&log, other, "signup", 1);
    for (int i = 0; i < 400; i++) {
        uint32_t id = expose(&log, "hero", i % 2 ? "b" : "a", "");
        if (i % 4 == 0) outcome(&log, id, "buy", 1);
    }
    fclose(log.file);
    cJSON *root = document("whose.ndjson --experiment hero --json");
    assert_string_equal(cJSON_GetObjectItem(root, "outcome")->valuestring, "buy");
    assert_true(join_count(root, "outcomes") == 100);
    cJSON_Delete(root);
}

static void two_outputs_are_never_one_file(void **unused)
{
    (void)unused;
    write_world("two.ndjson", 200);
    refuses("two.ndjson --out two.st --report two.st", 2, "the same file");
    refuses("two.ndjson --out two.st --report ./two.st", 2, "the same file");
    refuses("two.ndjson --out two.ndjson", 2, "would be overwritten");
    refuses("two.ndjson --out - --report -", 2, "standard output");
    refuses("two.ndjson --json --report -", 2, "standard output");
    assert_int_not_equal(access(scratch_path("two.st"), F_OK), 0);
}

static void without_a_report_there_is_no_bundle(void **unused)
{
    (void)unused;
    write_world("both.ndjson", 200);
    int files = scratch_count();
    refuses("both.ndjson --out both.st --report nowhere/both.json", 1, "nowhere/both.json");
    assert_int_equal(scratch_count(), files);
}

// Countries are codes of two letters; a name is none, so nobody has the level.
static void a_level_of_values_that_do_not_count_is_pointed_out(void **unused)
{
    (void)unused;
    log_file log = new_log("germany.ndjson");
    for (int i = 0; i < 400; i++)
        expose(&log, "hero", i % 2 ? "b" : "a", ",\"context\":{\"country\":\"Germany\",\"plan\":\"free\"}");
    fclose(log.file);
    const scratch_run *r = succeeds("germany.ndjson --levels plan,country --out germany.safetensors");
    scratch_says(r->err, "no exposure has the attribute \"country\"");
}

static void the_share_of_bad_lines_can_be_set(void **unused)
{
    (void)unused;
    log_file log = new_log("share.ndjson");
    for (int i = 0; i < 95; i++) expose(&log, "hero", i % 2 ? "b" : "a", "");
    for (int i = 0; i < 5; i++) fprintf(log.file, "visit\n");
    fclose(log.file);
    refuses("share.ndjson --json", 1, "5 bad lines of 100");
    refuses("share.ndjson --json --max-bad 4.9", 1, "share.ndjson:96");
    succeeds("share.ndjson --json --max-bad 5");
    refuses("share.ndjson --json --max-bad many", 2, "--max-bad");
}

static void misuse_is_told_before_anything_is_read(void **unused)
{
    (void)unused;
    refuses("", 2, "which events?");
    refuses("x.ndjson", 2, "--out is missing");
    refuses("x.ndjson y.ndjson --json", 2, "one file of events only");
    refuses("x.ndjson --json --levels a,a", 2, "twice");
    refuses("x.ndjson --json --levels a,b --min-samples 1,2,3", 2, "3 numbers for 2 levels");
    refuses("x.ndjson --json --levels a,b --min-samples 1,x", 2, "--min-samples");
    refuses("x.ndjson --json --levels a,b,c,d,e,f,g,h", 2, "at most 7");
    refuses("x.ndjson --json --exploration wild", 2, "--exploration");
    refuses("x.ndjson --json --min-propensity 1.5", 2, "--min-propensity");
    refuses("x.ndjson --json --fold 2/2", 2, "--fold");
    refuses("x.ndjson --json --reward odd", 2, "--reward");
    refuses("x.ndjson --json --window soon", 2, "--window");
    refuses("x.ndjson --json --window 0", 2, "--window");
    refuses("x.ndjson --json --seed -1", 2, "--seed");
    refuses("x.ndjson --json --out -", 2, "standard output");
}

static void a_floor_above_equal_shares_is_refused(void **unused)
{
    (void)unused;
    write_world("floor.ndjson", 200);
    refuses("floor.ndjson --json --min-propensity 0.6", 1, "min_propensity");
}

static void help_has_an_example(void **unused)
{
    (void)unused;
    scratch_says(succeeds("--help")->out, "samplit learn events.ndjson --levels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_becomes_a_bundle_a_report_and_a_summary),
        cmocka_unit_test(the_same_events_give_the_same_bundle),
        cmocka_unit_test(standard_input_and_output_are_dashes),
        cmocka_unit_test(json_is_the_report_and_nothing_else),
        cmocka_unit_test(a_fold_keeps_its_units_only),
        cmocka_unit_test(a_log_without_contexts_is_learned_from_its_segment_keys),
        cmocka_unit_test(numbers_and_booleans_are_segments_too),
        cmocka_unit_test(the_control_comes_first_and_the_others_by_name),
        cmocka_unit_test(an_empty_log_has_nothing_to_learn),
        cmocka_unit_test(several_experiments_must_be_told_apart),
        cmocka_unit_test(one_variant_is_served_with_a_warning),
        cmocka_unit_test(more_variants_than_a_policy_holds_are_refused_at_their_line),
        cmocka_unit_test(no_outcome_at_all_gives_nearly_equal_shares_and_a_warning),
        cmocka_unit_test(an_outcome_of_another_name_is_not_the_one_asked_for),
        cmocka_unit_test(very_many_values_overflow_into_their_parent),
        cmocka_unit_test(a_level_that_nobody_has_is_pointed_out),
        cmocka_unit_test(bad_lines_are_left_out_and_told_up_to_one_percent),
        cmocka_unit_test(exposures_that_were_not_drawn_do_not_teach),
        cmocka_unit_test(the_name_learned_from_is_that_of_an_outcome_of_ours),
        cmocka_unit_test(two_outputs_are_never_one_file),
        cmocka_unit_test(without_a_report_there_is_no_bundle),
        cmocka_unit_test(a_level_of_values_that_do_not_count_is_pointed_out),
        cmocka_unit_test(the_share_of_bad_lines_can_be_set),
        cmocka_unit_test(misuse_is_told_before_anything_is_read),
        cmocka_unit_test(a_floor_above_equal_shares_is_refused),
        cmocka_unit_test(help_has_an_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
