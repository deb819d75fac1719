// SPDX-License-Identifier: MIT
// `samplit learn --levels auto`, and the questions that `samplit tree` answers about what it learned.
#include <stdlib.h>
#include <string.h>

#include "cli_learn_fixture.h"
#include "testing.h"

#define EXPOSURES 8000 // phones like b, desktops like the control

static const scratch_run *tree_run(const char *arguments)
{
    static scratch_run done;
    scratch_run_free(&done);
    done = scratch_samplit("tree %s", arguments);
    return &done;
}

static const char *tree_says(const char *arguments)
{
    const scratch_run *r = tree_run(arguments);
    if (r->code != 0) fail_msg("%s: exit %d: %s", arguments, r->code, r->err);
    return r->out;
}

static void tree_refuses(const char *arguments, int code, const char *message)
{
    const scratch_run *r = tree_run(arguments);
    if (r->code != code) fail_msg("%s: exit %d: %s", arguments, r->code, r->err);
    assert_string_equal(r->out, "");
    scratch_says(r->err, message);
}

static cJSON *tree_document(const char *arguments)
{
    cJSON *root = cJSON_Parse(tree_says(arguments));
    assert_non_null(root);
    return root;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsString(item)) fail_msg("%s is no string", name);
    return item->valuestring;
}

// The nodes of an answer, their keys joined with commas.
static const char *keys_of(const cJSON *answer)
{
    static char keys[512];
    const cJSON *node;
    keys[0] = '\0';
    cJSON_ArrayForEach(node, cJSON_GetObjectItem(answer, "nodes"))
    {
        strcat(keys, keys[0] ? "," : "");
        strcat(keys, text_of(node, "segment"));
    }
    return keys;
}

static int learn_once(void **state)
{
    (void)state;
    event_log_world("world.ndjson", EXPOSURES);
    cli_learn_succeeds("world.ndjson --levels auto --candidates country,device --out auto.safetensors");
    return 0;
}

static void a_tree_is_learned_from_data(void **state)
{
    (void)state;
    cJSON *report = cli_learn_document("world.ndjson --levels auto --candidates country,device --json");
    const cJSON *tree = cJSON_GetObjectItem(report, "tree"), *splits = cJSON_GetObjectItem(tree, "splits");
    assert_int_equal(cJSON_GetArraySize(splits), 1);
    assert_string_equal(text_of(cJSON_GetArrayItem(splits, 0), "attribute"), "device");
    assert_true(scratch_number(cJSON_GetArrayItem(splits, 0), "p") < 1e-6);
    assert_string_equal(text_of(tree, "honest"), "no");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(report, "levels")), 4);
    assert_true(
        cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(report, "levels"), 0), "attribute")));
    assert_true(report_probability(report, "device:mobile", 1) > 0.9);
    assert_true(report_probability(report, "device:desktop", 0) > 0.9);
    cJSON_Delete(report);
}

static void without_candidates_every_attribute_is_one(void **state)
{
    (void)state;
    cJSON *report = cli_learn_document("world.ndjson --levels auto --json");
    const cJSON *tree = cJSON_GetObjectItem(report, "tree");
    const cJSON *item;
    int found = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(tree, "candidates"))
    {
        const char *name = text_of(item, "attribute");
        found += !strcmp(name, "device") + !strcmp(name, "country") + !strcmp(name, "os") + !strcmp(name, "browser");
        assert_string_not_equal(name, "user_agent"); // raw: read, but no attribute
    }
    assert_int_equal(found, 4);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(tree, "splits")), 1);
    cJSON_Delete(report);
}

static void a_bundle_of_a_grown_tree_is_like_any_other(void **state)
{
    (void)state;
    scratch_run inspect = scratch_samplit("bundle inspect auto.safetensors --json");
    assert_int_equal(inspect.code, 0);
    scratch_says(inspect.out, "\"levels\":\t[\"device\"]"); // of the manifest
    scratch_run_free(&inspect);
    scratch_run decided =
        scratch_samplit("decide auto.safetensors --unit u --context '{\"device\":\"mobile\"}' --json");
    assert_int_equal(decided.code, 0);
    scratch_says(decided.out, "\"device:mobile\"");
    scratch_run_free(&decided);
    scratch_run evaluated = scratch_samplit("evaluate auto.safetensors world.ndjson --json");
    assert_int_equal(evaluated.code, 0);
    scratch_run_free(&evaluated);
}

static void equal_events_give_equal_bytes_also_with_halves(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        cli_learn_succeeds(i ? "world.ndjson --levels auto --honest estimates --out b1.safetensors"
                             : "world.ndjson --levels auto --honest estimates --out b0.safetensors");
    }
    char *first = scratch_read(scratch_path("b0.report.json")), *second = scratch_read(scratch_path("b1.report.json"));
    assert_string_equal(first, second);
    free(first);
    free(second);
    cJSON *all = cli_learn_document("world.ndjson --levels auto --json");
    cJSON *half = cli_learn_document("world.ndjson --levels auto --honest estimates --json");
    double share = scratch_number(report_node(half, "global"), "exposures") /
                   scratch_number(report_node(all, "global"), "exposures");
    assert_true(share > 0.45 && share < 0.55);
    cJSON_Delete(all);
    cJSON_Delete(half);
}

static void options_of_a_grown_tree_are_checked(void **state)
{
    (void)state;
    cli_learn_refuses("world.ndjson --out x.safetensors --max-depth 3", 2, "go with --levels auto");
    cli_learn_refuses("world.ndjson --out x.safetensors --levels country --candidates device", 2, "--levels auto");
    cli_learn_refuses("world.ndjson --out x.safetensors --levels auto --max-depth 0", 2, "from 1 to 7");
    cli_learn_refuses("world.ndjson --out x.safetensors --levels auto --max-depth 8", 2, "from 1 to 7");
    cli_learn_refuses("world.ndjson --out x.safetensors --levels auto --candidates a,b,a", 2, "a name twice");
    cli_learn_refuses("world.ndjson --out x.safetensors --levels auto --candidates a,,b", 2, "an empty name");
    cli_learn_refuses("world.ndjson --out x.safetensors --levels auto --honest yes", 2, "--honest: \"yes\"");
    cli_learn_refuses("world.ndjson --out x.safetensors --levels auto --split-alpha 2", 2, "--split-alpha");
    cli_learn_refuses("world.ndjson --out x.safetensors --levels auto --min-per-variant 0", 2, "--min-per-variant");
}

static void what_cannot_be_split_is_said_and_the_root_serves(void **state)
{
    (void)state;
    const scratch_run *r = cli_learn_succeeds("world.ndjson --levels auto --candidates nothing --out n.safetensors");
    scratch_says(r->err, "no exposure has the attribute \"nothing\"");
    event_log log = event_log_new("bare.ndjson");
    for (int i = 0; i < 500; i++) event_log_expose(&log, "hero", i % 2 ? "b" : "control", "");
    fclose(log.file);
    r = cli_learn_succeeds("bare.ndjson --levels auto --out n.safetensors");
    scratch_says(r->err, "nothing to split on");
    scratch_says(r->err, "no exposure has an outcome");
    log = event_log_new("one.ndjson");
    for (int i = 0; i < 500; i++)
        event_log_expose(&log, "hero", "b", i % 2 ? ",\"context\":{\"device\":\"mobile\"}" : "");
    fclose(log.file);
    r = cli_learn_succeeds("one.ndjson --levels auto --out n.safetensors");
    scratch_says(r->err, "one variant only");
    assert_non_null(strstr(tree_says("n.safetensors"), "1 segment,"));
}

static void a_segment_is_found_with_its_figures(void **state)
{
    (void)state;
    const char *text = tree_says("auto.safetensors --find device:mobile");
    scratch_says(text, "serves on its own");
    scratch_says(text, "estimate");
    cJSON *answer = tree_document("auto.safetensors --find device:mobile --json");
    const cJSON *node = cJSON_GetArrayItem(cJSON_GetObjectItem(answer, "nodes"), 0);
    assert_string_equal(text_of(node, "segment"), "device:mobile");
    assert_string_equal(text_of(answer, "lead"), "b");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(node, "variants")), 2);
    assert_true(scratch_number(node, "exposures") > 3000);
    cJSON_Delete(answer);
}

static void children_and_ancestors_are_listed(void **state)
{
    (void)state;
    cJSON *down = tree_document("auto.safetensors --children global --json");
    assert_non_null(strstr(keys_of(down), "device:mobile"));
    assert_non_null(strstr(keys_of(down), "device:desktop"));
    cJSON_Delete(down);
    cJSON *up = tree_document("auto.safetensors --ancestors device:mobile --json");
    assert_string_equal(keys_of(up), "global");
    cJSON_Delete(up);
    scratch_says(tree_says("auto.safetensors --children device:mobile"), "no segment below it");
    scratch_says(tree_says("auto.safetensors --ancestors global"), "nothing above it");
}

static void a_path_says_who_serves_and_why_it_ends(void **state)
{
    (void)state;
    cJSON *answer = tree_document("auto.safetensors --path 'device:mobile|country:US' --json");
    assert_string_equal(keys_of(answer), "global,device:mobile");
    assert_string_equal(text_of(answer, "served_by"), "device:mobile");
    assert_string_equal(text_of(answer, "end"), "the tree ends here");
    cJSON_Delete(answer);
    answer = tree_document("auto.safetensors --context '{\"device\":\"watch\"}' --json");
    assert_string_equal(keys_of(answer), "global");
    assert_string_equal(text_of(answer, "end"), "there is no segment for device:watch");
    cJSON_Delete(answer);
    scratch_says(tree_says("auto.safetensors --context '{}'"), "the visitor has no device");
    scratch_says(tree_says("auto.safetensors --context '{}'"), "<- serves this visitor");
}

static void questions_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    tree_refuses("auto.safetensors --find device:watch", 1,
                 "there is no segment \"device:watch\"; such visitors are served by \"global\"");
    tree_refuses("auto.safetensors --find a --path b", 2, "at a time");
    tree_refuses("auto.safetensors --find global --format html", 2, "as a table or with --json");
    tree_refuses("auto.safetensors --find global --depth 1", 2, "--depth is for drawings");
    tree_refuses("auto.safetensors --context '[1]'", 1, "--context");
    tree_refuses("auto.safetensors --context '{\"a\":{}}'", 1, "context.a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_is_learned_from_data),
        cmocka_unit_test(without_candidates_every_attribute_is_one),
        cmocka_unit_test(a_bundle_of_a_grown_tree_is_like_any_other),
        cmocka_unit_test(equal_events_give_equal_bytes_also_with_halves),
        cmocka_unit_test(options_of_a_grown_tree_are_checked),
        cmocka_unit_test(what_cannot_be_split_is_said_and_the_root_serves),
        cmocka_unit_test(a_segment_is_found_with_its_figures),
        cmocka_unit_test(children_and_ancestors_are_listed),
        cmocka_unit_test(a_path_says_who_serves_and_why_it_ends),
        cmocka_unit_test(questions_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, learn_once, NULL);
}
