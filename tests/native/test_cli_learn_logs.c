// SPDX-License-Identifier: MIT
// `samplit learn` has an answer to every odd log.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli_learn_fixture.h"
#include "testing.h"

static void an_empty_log_has_nothing_to_learn(void **unused)
{
    (void)unused;
    event_log log = event_log_new("empty.ndjson");
    fclose(log.file);
    cli_learn_refuses("empty.ndjson --out never.safetensors", 1, "empty.ndjson: no exposure");
    log = event_log_new("outcomes.ndjson");
    event_log_outcome(&log, 3, "buy", 1);
    fclose(log.file);
    cli_learn_refuses("outcomes.ndjson --out never.safetensors", 1, "there is nothing to learn");
    cli_learn_refuses("missing.ndjson --out never.safetensors", 1, "missing.ndjson");
    assert_int_not_equal(access(scratch_path("never.safetensors"), F_OK), 0);
}

static void several_experiments_must_be_told_apart(void **unused)
{
    (void)unused;
    event_log log = event_log_new("several.ndjson");
    for (int i = 0; i < 60; i++) event_log_expose(&log, i % 3 ? "hero" : "price", i % 2 ? "b" : "a", "");
    fclose(log.file);
    cli_learn_refuses("several.ndjson --json", 1, "choose with --experiment: \"price\", \"hero\"");
    cli_learn_refuses("several.ndjson --json --experiment cart", 1,
                      "no exposure of \"cart\"; the log has \"price\", \"hero\"");
    cJSON *root = cli_learn_document("several.ndjson --json --experiment hero");
    assert_true(report_join(root, "exposures") == 40);
    cJSON_Delete(root);
}

static void one_variant_is_served_with_a_warning(void **unused)
{
    (void)unused;
    event_log log = event_log_new("one.ndjson");
    for (int i = 0; i < 300; i++) event_log_outcome(&log, event_log_expose(&log, "hero", "only", ""), "buy", 1);
    fclose(log.file);
    scratch_says(cli_learn_succeeds("one.ndjson --out one.safetensors")->err, "one variant only");
    cJSON *root = cli_learn_document("one.ndjson --json");
    assert_true(report_probability(root, "global", 0) == 1);
    cJSON_Delete(root);
}

static void more_variants_than_a_policy_holds_are_refused_at_their_line(void **unused)
{
    (void)unused;
    event_log log = event_log_new("variants.ndjson");
    for (int i = 0; i < 70; i++) {
        char name[8];
        snprintf(name, sizeof name, "v%d", i);
        event_log_expose(&log, "hero", name, "");
    }
    fclose(log.file);
    cli_learn_refuses("variants.ndjson --json", 1, "variants.ndjson:65: variant: more than 64");
}

static void no_outcome_at_all_gives_nearly_equal_shares_and_a_warning(void **unused)
{
    (void)unused;
    event_log log = event_log_new("none.ndjson");
    for (int i = 0; i < 1000; i++) event_log_expose(&log, "hero", i % 2 ? "b" : "a", "");
    fclose(log.file);
    scratch_says(cli_learn_succeeds("none.ndjson --out none.safetensors")->err, "no exposure has an outcome");
    cJSON *root = cli_learn_document("none.ndjson --json");
    assert_true(report_probability(root, "global", 0) > 0.49 && report_probability(root, "global", 0) < 0.51);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(root, "outcome")));
    cJSON_Delete(root);
}

static void an_outcome_of_another_name_is_not_the_one_asked_for(void **unused)
{
    (void)unused;
    event_log log = event_log_new("names.ndjson");
    for (int i = 0; i < 400; i++) {
        uint32_t id = event_log_expose(&log, "hero", i % 2 ? "b" : "a", "");
        event_log_outcome(&log, id, "view", 1);
        if (i % 4 == 0) event_log_outcome(&log, id, "spend", 12.5);
    }
    fclose(log.file);
    cli_learn_refuses("names.ndjson --outcome click --json", 1, "no outcome is named \"click\"; 500 have other names");
    cJSON *root = cli_learn_document("names.ndjson --outcome spend --json");
    assert_true(report_join(root, "outcomes") == 100 && report_join(root, "outcomes_other_name") == 400);
    assert_string_equal(scratch_word(root, "reward"), "normal");
    cJSON_Delete(root);
    root = cli_learn_document("names.ndjson --json"); // the first name in the log
    assert_string_equal(scratch_word(root, "outcome"), "view");
    cJSON_Delete(root);
    cli_learn_refuses("names.ndjson --outcome spend --reward binary --json", 1, "reward");
}

// An outcome need not say whose it is; the first one here belongs to another experiment.
static void the_name_learned_from_is_that_of_an_outcome_of_ours(void **unused)
{
    (void)unused;
    event_log log = event_log_new("whose.ndjson");
    uint32_t other = event_log_expose(&log, "price", "a", "");
    event_log_outcome(&log, other, "signup", 1);
    for (int i = 0; i < 400; i++) {
        uint32_t id = event_log_expose(&log, "hero", i % 2 ? "b" : "a", "");
        if (i % 4 == 0) event_log_outcome(&log, id, "buy", 1);
    }
    fclose(log.file);
    cJSON *root = cli_learn_document("whose.ndjson --experiment hero --json");
    assert_string_equal(scratch_word(root, "outcome"), "buy");
    assert_true(report_join(root, "outcomes") == 100);
    cJSON_Delete(root);
}

// A rule set these variants: all of them b, all of them converted.
static void exposures_that_were_not_drawn_do_not_teach(void **unused)
{
    (void)unused;
    static const char *const reasons[] = {"forced", "holdout", "paused", "not_eligible", "default"};
    event_log log = event_log_new("forced.ndjson");
    for (int i = 0; i < 1000; i++) {
        char more[40];
        uint32_t id = event_log_expose(&log, "hero", i % 2 ? "b" : "a", "");
        if (i % 10 == 0) event_log_outcome(&log, id, "buy", 1);
        snprintf(more, sizeof more, ",\"reason\":\"%s\"", reasons[i % 5]);
        if (i % 4 != 0) continue;
        id = event_log_expose(&log, "hero", i % 8 ? "b" : "phantom", more);
        event_log_outcome(&log, id, "buy", 1);
    }
    fclose(log.file);
    scratch_says(cli_learn_succeeds("forced.ndjson --out forced.safetensors")->out,
                 "250 exposures of a variant that was not drawn");
    cJSON *root = cli_learn_document("forced.ndjson --json");
    assert_true(report_join(root, "exposures") == 1000 && report_join(root, "exposures_not_drawn") == 250);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "variants")), 2);
    cJSON_Delete(root);
    log = event_log_new("only.ndjson");
    event_log_expose(&log, "hero", "control", ",\"reason\":\"default\"");
    fclose(log.file);
    cli_learn_refuses("only.ndjson --json", 1, "reason: no exposure was drawn");
}

// More values than segments are kept: the rest counts in the parent, in bounded memory.
static void very_many_values_overflow_into_their_parent(void **unused)
{
    (void)unused;
    event_log log = event_log_new("many.ndjson");
    for (uint32_t i = 0; i < 201000; i++) {
        char more[60];
        snprintf(more, sizeof more, ",\"context\":{\"session\":\"s%u\"}", i);
        event_log_expose(&log, "hero", i % 2 ? "b" : "a", more);
    }
    fclose(log.file);
    scratch_says(cli_learn_succeeds("many.ndjson --levels session --out many.safetensors")->err,
                 "1000 exposures met more segments");
    cJSON *root = cli_learn_document("many.ndjson --levels session --json");
    assert_true(report_segments(root, "overflow") == 1000 && report_segments(root, "observed") == 200000);
    assert_true(scratch_number(report_node(root, "global"), "exposures") == 201000);
    cJSON_Delete(root);
}

static void a_level_that_nobody_has_is_pointed_out(void **unused)
{
    (void)unused;
    event_log_world("typo.ndjson", 2000);
    const scratch_run *r = cli_learn_succeeds("typo.ndjson --levels contry --out typo.safetensors");
    scratch_says(r->err, "no exposure has the attribute \"contry\"");
}

// Countries are codes of two letters; a name is none, so nobody has the level.
static void a_level_of_values_that_do_not_count_is_pointed_out(void **unused)
{
    (void)unused;
    event_log log = event_log_new("germany.ndjson");
    for (int i = 0; i < 400; i++)
        event_log_expose(&log, "hero", i % 2 ? "b" : "a", ",\"context\":{\"country\":\"Germany\",\"plan\":\"free\"}");
    fclose(log.file);
    const scratch_run *r = cli_learn_succeeds("germany.ndjson --levels plan,country --out germany.safetensors");
    scratch_says(r->err, "no exposure has the attribute \"country\"");
}

static void bad_lines_are_left_out_and_told_up_to_one_percent(void **unused)
{
    (void)unused;
    event_log log = event_log_new("bad.ndjson");
    for (int i = 0; i < 500; i++) event_log_expose(&log, "hero", i % 2 ? "b" : "a", "");
    fprintf(log.file, "{\"type\":\"exposure\",\"id\":\"0199\n");
    fclose(log.file);
    const scratch_run *r = cli_learn_succeeds("bad.ndjson --out bad.safetensors");
    scratch_says(r->err, "1 of 501 lines");
    scratch_says(r->err, "bad.ndjson:501");
    log = event_log_new("worse.ndjson");
    for (int i = 0; i < 90; i++) event_log_expose(&log, "hero", i % 2 ? "b" : "a", "");
    fprintf(log.file, "segment,visit\n");
    fclose(log.file);
    cli_learn_refuses("worse.ndjson --out bad.safetensors", 1, "worse.ndjson:91");
}

static void the_share_of_bad_lines_can_be_set(void **unused)
{
    (void)unused;
    event_log log = event_log_new("share.ndjson");
    for (int i = 0; i < 95; i++) event_log_expose(&log, "hero", i % 2 ? "b" : "a", "");
    for (int i = 0; i < 5; i++) fprintf(log.file, "visit\n");
    fclose(log.file);
    cli_learn_refuses("share.ndjson --json", 1, "5 bad lines of 100");
    cli_learn_refuses("share.ndjson --json --max-bad 4.9", 1, "share.ndjson:96");
    cli_learn_succeeds("share.ndjson --json --max-bad 5");
    cli_learn_refuses("share.ndjson --json --max-bad many", 2, "--max-bad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        cmocka_unit_test(a_level_of_values_that_do_not_count_is_pointed_out),
        cmocka_unit_test(the_share_of_bad_lines_can_be_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
