// SPDX-License-Identifier: MIT
// `samplit bench bandit` and `samplit learn --policy` as a user meets them.
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_learn_fixture.h"
#include "near.h"
#include "testing.h"

static void bandit_refuses(const char *arguments, int code, const char *message)
{
    scratch_run run = scratch_samplit("bench bandit %s", arguments);
    assert_int_equal(run.code, code);
    assert_string_equal(run.out, "");
    scratch_says(run.err, message);
    scratch_run_free(&run);
}

static void misuse_is_said(void **unused)
{
    (void)unused;
    bandit_refuses("", 2, "which data?");
    bandit_refuses("a.csv", 2, "--label is missing");
    bandit_refuses("a.csv --label x --policy best", 2, "no policy \"best\"");
    bandit_refuses("a.csv --label x --seeds 0", 2, "--seeds");
    bandit_refuses("a.csv --label x --epsilon 2", 2, "--epsilon");
    bandit_refuses("a.csv --label x", 1, "cannot open");
}

static void layers_are_run_and_misuse_is_said(void **unused)
{
    (void)unused;
    scratch_run run = scratch_samplit("bench layers --seeds 0");
    assert_int_equal(run.code, 2);
    scratch_says(run.err, "--seeds");
    scratch_run_free(&run);
    run = scratch_samplit("bench layers --seeds 1 --visitors 1000 --json");
    assert_int_equal(run.code, 0);
    cJSON *root = cJSON_Parse(run.out);
    const cJSON *layers = cJSON_GetObjectItem(root, "layers");
    assert_int_equal(cJSON_GetArraySize(layers), 8);
    assert_true(scratch_number(cJSON_GetObjectItem(cJSON_GetArrayItem(layers, 7), "share_of_oracle"), "mean") > 0.7);
    cJSON_Delete(root);
    scratch_run_free(&run);
}

static void help_has_an_example(void **unused)
{
    (void)unused;
    scratch_run run = scratch_samplit("bench bandit --help");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "Example:");
    scratch_run_free(&run);
}

// Vowpal Wabbit 9 at its best gave 0.0051 on this stream; docs/bandits.md has the other sets.
static void a_known_set_is_learned_with_fewer_errors_than_by_vw(void **unused)
{
    (void)unused;
    const char *path = scratch_data("bakeoff/mushroom.data.gz");
    if (!path) skip();
    scratch_run run = scratch_samplit("bench bandit %s --no-header --label 1 --seeds 1 --json", path);
    assert_int_equal(run.code, 0);
    cJSON *root = cJSON_Parse(run.out);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "policies"), 0);
    double error = scratch_number(first, "error");
    if (!(error <= 0.9 * 0.0051)) fail_msg("error %g", error);
    cJSON_Delete(root);
    scratch_run_free(&run);
}

static void a_log_becomes_a_linear_policy_that_can_be_used_everywhere(void **unused)
{
    (void)unused;
    event_log_world("log.ndjson", 4000);
    cJSON *root = cli_learn_document("log.ndjson --policy linucb --json --out b.safetensors");
    const cJSON *linear = cJSON_GetObjectItem(root, "linear");
    assert_string_equal(scratch_word(linear, "rule"), "linucb");
    assert_true(scratch_number(linear, "score_error") < 1e-5);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(linear, "variants")),
                     cJSON_GetArraySize(cJSON_GetObjectItem(root, "variants")));
    cJSON_Delete(root);
    static const char *const commands[] = {"bundle inspect b.safetensors", "evaluate b.safetensors log.ndjson",
                                           "decide b.safetensors --unit u1 --context '{\"country\":\"US\"}'"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        scratch_run run = scratch_samplit("%s", commands[i]);
        if (run.code != 0) fail_msg("%s: %s", commands[i], run.err);
        assert_null(strstr(run.err, "passed over"));
        scratch_run_free(&run);
    }
    scratch_run run = scratch_samplit("tree b.safetensors");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "there are no segments to draw");
    scratch_run_free(&run);
}

// Every rule, through the file's 32-bit scores and factors and back through JSON.
static void what_linear_policies_decided_replays_equal(void **unused)
{
    (void)unused;
    static const char *const words[] = {"auto", "linucb", "lints", "inverse-gap", "softmax", "epsilon-greedy"};
    scratch_succeeds("simulate --visitors 3000 --seed 3 --out log.ndjson");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char arguments[100];
        snprintf(arguments, sizeof arguments, "log.ndjson --policy %s --out b.safetensors", words[i]);
        cli_learn_succeeds(arguments);
        scratch_succeeds("simulate --visitors 300 --policy b.safetensors --out decided.ndjson");
        scratch_run run = scratch_samplit("replay b.safetensors decided.ndjson --json");
        if (run.code != 0) fail_msg("%s: %s", words[i], run.err);
        cJSON *root = cJSON_Parse(run.out);
        assert_int_equal(scratch_number(root, "equal"), 300);
        cJSON_Delete(root);
        scratch_run_free(&run);
    }
}

static void options_that_do_not_go_together_are_refused(void **unused)
{
    (void)unused;
    event_log_world("log.ndjson", 400);
    cli_learn_refuses("log.ndjson --policy best --out b.safetensors", 2, "--policy");
    cli_learn_refuses("log.ndjson --policy auto --levels country --out b.safetensors", 2, "no segments");
    cli_learn_refuses("log.ndjson --alpha 1 --out b.safetensors", 2, "go with --policy");
    cli_learn_refuses("log.ndjson --policy auto --on sky --out b.safetensors", 2, "--on");
    cli_learn_refuses("log.ndjson --policy softmax --temperature 0 --out b.safetensors", 2, "--temperature");
    cli_learn_refuses("log.ndjson --gamma 5 --policy lints --out b.safetensors", 2,
                      "--gamma goes with --policy inverse-gap, not lints");
    cli_learn_refuses("log.ndjson --policy auto --epsilon 0.2 --out b.safetensors", 2,
                      "--epsilon goes with --policy epsilon-greedy, not auto");
    cli_learn_refuses("log.ndjson --policy softmax --alpha 1 --out b.safetensors", 2,
                      "--alpha goes with --policy auto, linucb or lints, not softmax");
}

static void a_log_without_contexts_is_refused(void **unused)
{
    (void)unused;
    event_log log = event_log_new("bare.ndjson");
    for (int i = 0; i < 40; i++) event_log_expose(&log, "hero", i % 2 ? "b" : "control", "");
    fclose(log.file);
    cli_learn_refuses("bare.ndjson --policy auto --window 1s --out b.safetensors", 1, "no exposure has one");
}

static void rewards_that_single_precision_cannot_hold_are_named(void **unused)
{
    (void)unused;
    event_log log = event_log_new("large.ndjson");
    for (int i = 0; i < 400; i++) {
        const char *context = i % 3 ? ",\"context\":{\"country\":\"US\"}" : ",\"context\":{\"country\":\"DE\"}";
        uint32_t exposure = event_log_expose(&log, "hero", i % 2 ? "b" : "control", context);
        event_log_outcome(&log, exposure, "spent", i % 5 * 1e60);
    }
    fclose(log.file);
    cli_learn_refuses("large.ndjson --policy lints --window 1s --out b.safetensors", 1,
                      "a reward or a feature is too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(layers_are_run_and_misuse_is_said),
        cmocka_unit_test(help_has_an_example),
        cmocka_unit_test(a_known_set_is_learned_with_fewer_errors_than_by_vw),
        cmocka_unit_test(a_log_becomes_a_linear_policy_that_can_be_used_everywhere),
        cmocka_unit_test(what_linear_policies_decided_replays_equal),
        cmocka_unit_test(options_that_do_not_go_together_are_refused),
        cmocka_unit_test(a_log_without_contexts_is_refused),
        cmocka_unit_test(rewards_that_single_precision_cannot_hold_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
