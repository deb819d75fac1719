// SPDX-License-Identifier: MIT
// `samplit learn` as a user meets it: files, exit codes, and what is printed.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle/bundle_file.h"
#include "cli_learn_fixture.h"
#include "host/files.h"
#include "testing.h"

static void a_log_becomes_a_bundle_a_report_and_a_summary(void **unused)
{
    (void)unused;
    event_log_world("world.ndjson", 8000);
    const scratch_run *r =
        cli_learn_succeeds("world.ndjson --levels country,device --min-samples 1000,500 --out hero.safetensors");
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
    assert_memory_equal(scratch_word(root, "bundle"), file.bundle.id_hex.data, 32);
    assert_true(report_probability(root, "country:US|device:mobile", 1) > 0.9);
    assert_true(report_probability(root, "country:US|device:desktop", 0) > 0.9);
    cJSON_Delete(root);
    spl_bundle_file_close(&file);
}

static void the_same_events_give_the_same_bundle(void **unused)
{
    (void)unused;
    uint8_t *data[2];
    size_t size[2];
    event_log_world("same.ndjson", 4000);
    for (int i = 0; i < 2; i++) {
        cli_learn_succeeds("same.ndjson --levels device --out same.safetensors");
        assert_true(spl_file_read(scratch_path("same.safetensors"), &data[i], &size[i], NULL));
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(data[0], data[1], size[0]);
    free(data[0]);
    free(data[1]);
}

// Up to the tensors: eight bytes that say how long the header is, and the header.
static size_t header_size(const uint8_t *bundle)
{
    size_t size = 0;
    for (int i = 7; i >= 0; i--) size = size * 256 + bundle[i];
    return size + 8;
}

static void standard_input_and_output_are_dashes(void **unused)
{
    (void)unused;
    event_log_world("pipe.ndjson", 2000);
    cli_learn_succeeds("pipe.ndjson --out direct.safetensors");
    const scratch_run *r = cli_learn_succeeds("- --out - < pipe.ndjson");
    scratch_says(r->err, "2000 exposures"); // the summary makes way
    uint8_t *direct;
    size_t size;
    assert_true(spl_file_read(scratch_path("direct.safetensors"), &direct, &size, NULL));
    size_t header = header_size(direct), other = header_size((const uint8_t *)r->out);
    assert_int_equal(r->out_size - other, size - header); // the header's lineage names the log: events.ndjson, or -
    assert_memory_equal(r->out + other, direct + header, size - header);
    free(direct);
}

static void json_is_the_report_and_nothing_else(void **unused)
{
    (void)unused;
    event_log_world("json.ndjson", 2000);
    cJSON *root = cli_learn_document("json.ndjson --levels device --json");
    assert_true(report_join(root, "exposures") == 2000);
    assert_true(report_segments(root, "observed") == 2);
    cJSON_Delete(root);
}

static void a_fold_keeps_its_units_only(void **unused)
{
    (void)unused;
    event_log_world("fold.ndjson", 4000);
    cJSON *first = cli_learn_document("fold.ndjson --fold 0/2 --json");
    cJSON *second = cli_learn_document("fold.ndjson --fold 1/2 --json");
    double a = report_join(first, "exposures"), b = report_join(second, "exposures");
    assert_true(a + b == 4000 && a > 1700 && b > 1700);
    cJSON_Delete(first);
    cJSON_Delete(second);
}

static void a_log_without_contexts_is_learned_from_its_segment_keys(void **unused)
{
    (void)unused;
    event_log log = event_log_new("keys.ndjson");
    for (uint32_t i = 0; i < 4000; i++) {
        uint32_t v = i % 2, odd = i / 2 % 2, id = log.events++;
        fprintf(log.file, "{\"type\":\"exposure\",\"id\":\"01990000-0000-7000-8000-%012x\"", id);
        event_log_put_time(&log);
        fprintf(log.file,
                ",\"experiment\":\"hero\",\"unit\":\"u%u\",\"segment\":\"%s\",\"level\":1,\"variant\":\"%s\","
                "\"propensity\":0.5}\n",
                id, odd ? "plan:a%7Cb" : "plan:free", v ? "b" : "a");
        if (event_log_uniform(2, i) < (v == odd ? 0.2 : 0.1)) event_log_outcome(&log, id, "buy", 1);
    }
    fclose(log.file);
    cJSON *root = cli_learn_document("keys.ndjson --levels plan --json");
    assert_true(report_probability(root, "plan:a%7Cb", 1) > 0.9);
    assert_true(report_probability(root, "plan:free", 0) > 0.9);
    cJSON_Delete(root);
}

// Numbers and words that spell the same are one segment.
static void numbers_and_booleans_are_segments_too(void **unused)
{
    (void)unused;
    event_log log = event_log_new("numbers.ndjson");
    for (uint32_t i = 0; i < 4000; i++) {
        char more[100];
        snprintf(more, sizeof more, ",\"context\":{\"recency\":%s,\"newbie\":%s}", i % 2 ? "3" : "\"3\"",
                 i / 2 % 2 ? "true" : "false");
        event_log_expose(&log, "hero", i / 4 % 2 ? "b" : "a", more);
    }
    fclose(log.file);
    cJSON *root = cli_learn_document("numbers.ndjson --levels recency,newbie --prune-gain 0 --json");
    assert_true(scratch_number(report_node(root, "recency:3"), "exposures") == 4000);
    assert_true(scratch_number(report_node(root, "newbie:true|recency:3"), "exposures") == 2000);
    cJSON_Delete(root);
}

static void the_control_comes_first_and_the_others_by_name(void **unused)
{
    (void)unused;
    static const char *const names[] = {"zeta", "default", "alpha", "control"};
    event_log log = event_log_new("order.ndjson");
    for (int i = 0; i < 4; i++) event_log_expose(&log, "hero", names[i], "");
    fclose(log.file);
    cJSON *root = cli_learn_document("order.ndjson --json");
    assert_string_equal(report_variant(root, 0), "control");
    assert_string_equal(report_variant(root, 1), "alpha");
    assert_string_equal(report_variant(root, 3), "zeta");
    cJSON_Delete(root);
    root = cli_learn_document("order.ndjson --control zeta --json");
    assert_string_equal(report_variant(root, 0), "zeta");
    assert_string_equal(report_variant(root, 1), "alpha");
    cJSON_Delete(root);
    cli_learn_refuses("order.ndjson --control nobody --json", 1, "no variant is called \"nobody\"");
}

static void two_outputs_are_never_one_file(void **unused)
{
    (void)unused;
    event_log_world("two.ndjson", 200);
    cli_learn_refuses("two.ndjson --out two.st --report two.st", 2, "the same file");
    cli_learn_refuses("two.ndjson --out two.st --report ./two.st", 2, "the same file");
    cli_learn_refuses("two.ndjson --out two.st --assignment md5", 2, "is not race, growthbook-v2, murmur3 or unleash");
    cli_learn_refuses("two.ndjson --out two.ndjson", 2, "would be overwritten");
    cli_learn_refuses("two.ndjson --out - --report -", 2, "standard output");
    cli_learn_refuses("two.ndjson --json --report -", 2, "standard output");
    assert_int_not_equal(access(scratch_path("two.st"), F_OK), 0);
}

static void without_a_report_there_is_no_bundle(void **unused)
{
    (void)unused;
    event_log_world("both.ndjson", 200);
    int files = scratch_count();
    cli_learn_refuses("both.ndjson --out both.st --report nowhere/both.json", 1, "nowhere/both.json");
    assert_int_equal(scratch_count(), files);
}

static void misuse_is_told_before_anything_is_read(void **unused)
{
    (void)unused;
    cli_learn_refuses("", 2, "which events?");
    cli_learn_refuses("x.ndjson", 2, "--out is missing");
    cli_learn_refuses("x.ndjson y.ndjson --json", 2, "one file of events only");
    cli_learn_refuses("x.ndjson --json --levels a,a", 2, "twice");
    cli_learn_refuses("x.ndjson --json --levels a,b --min-samples 1,2,3", 2, "3 numbers for 2 levels");
    cli_learn_refuses("x.ndjson --json --levels a,b --min-samples 1,x", 2, "--min-samples");
    cli_learn_refuses("x.ndjson --json --levels a,b,c,d,e,f,g,h", 2, "at most 7");
    cli_learn_refuses("x.ndjson --json --exploration wild", 2, "--exploration");
    cli_learn_refuses("x.ndjson --json --min-propensity 1.5", 2, "--min-propensity");
    cli_learn_refuses("x.ndjson --json --fold 2/2", 2, "--fold");
    cli_learn_refuses("x.ndjson --json --reward odd", 2, "--reward");
    cli_learn_refuses("x.ndjson --json --window soon", 2, "--window");
    cli_learn_refuses("x.ndjson --json --window 0", 2, "--window");
    cli_learn_refuses("x.ndjson --json --seed -1", 2, "--seed");
    cli_learn_refuses("x.ndjson --json --out -", 2, "standard output");
}

static void a_floor_above_equal_shares_is_refused(void **unused)
{
    (void)unused;
    event_log_world("floor.ndjson", 200);
    cli_learn_refuses("floor.ndjson --json --min-propensity 0.6", 1, "min_propensity");
}

static void help_has_an_example(void **unused)
{
    (void)unused;
    scratch_says(cli_learn_succeeds("--help")->out, "samplit learn events.ndjson --levels");
}

static void the_assignment_can_be_that_of_another_product(void **unused)
{
    (void)unused;
    static const char *const words[] = {"race", "growthbook-v2", "murmur3", "unleash"};
    event_log_world("moved.ndjson", 500);
    for (uint32_t mode = 0; mode < 4; mode++) {
        char arguments[128];
        spl_bundle_file file;
        snprintf(arguments, sizeof arguments, "moved.ndjson --out moved.st --assignment %s", words[mode]);
        cli_learn_succeeds(arguments);
        assert_true(spl_bundle_file_open(scratch_path("moved.st"), &file, NULL));
        assert_int_equal(file.bundle.experiments[0].hash_mode, mode);
        spl_bundle_file_close(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_assignment_can_be_that_of_another_product),
        cmocka_unit_test(a_log_becomes_a_bundle_a_report_and_a_summary),
        cmocka_unit_test(the_same_events_give_the_same_bundle),
        cmocka_unit_test(standard_input_and_output_are_dashes),
        cmocka_unit_test(json_is_the_report_and_nothing_else),
        cmocka_unit_test(a_fold_keeps_its_units_only),
        cmocka_unit_test(a_log_without_contexts_is_learned_from_its_segment_keys),
        cmocka_unit_test(numbers_and_booleans_are_segments_too),
        cmocka_unit_test(the_control_comes_first_and_the_others_by_name),
        cmocka_unit_test(two_outputs_are_never_one_file),
        cmocka_unit_test(without_a_report_there_is_no_bundle),
        cmocka_unit_test(misuse_is_told_before_anything_is_read),
        cmocka_unit_test(a_floor_above_equal_shares_is_refused),
        cmocka_unit_test(help_has_an_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
