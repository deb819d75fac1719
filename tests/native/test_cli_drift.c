// SPDX-License-Identifier: MIT
// `samplit drift` as a user meets it: quiet logs stay quiet, and what moved is named.
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "drift_fixture.h"
#include "scratch.h"
#include "testing.h"

// The bundle that the tests look at, learned from the site as it is.
static int learn(void **state)
{
    (void)state;
    drift_site site = drift_site_default();
    drift_site_write("learned.ndjson", &site);
    scratch_run run = scratch_samplit("learn learned.ndjson --levels device --min-samples 500 --out b.safetensors");
    if (run.code != 0) fail_msg("%s", run.err);
    scratch_run_free(&run);
    return 0;
}

// The measure of a log of the site, which begins a day after the one learned from.
static cJSON *measure(drift_site site, const char *options)
{
    if (site.day == 1) site.day = 12;
    site.seed += 100;
    drift_site_write("now.ndjson", &site);
    scratch_run run = scratch_samplit("drift b.safetensors now.ndjson --json %s", options);
    if (run.code != 0) fail_msg("%s", run.err);
    cJSON *root = cJSON_Parse(run.out);
    assert_non_null(root);
    scratch_run_free(&run);
    return root;
}

static const cJSON *at(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!item) fail_msg("there is no %s", name);
    return item;
}

static const cJSON *named(const cJSON *list, const char *key, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (strcmp(at(item, key)->valuestring, name) == 0) return item;
    }
    return NULL;
}

static void expect_verdict(const cJSON *root, const char *verdict)
{
    char *text = cJSON_PrintUnformatted(at(root, "reasons"));
    if (strcmp(at(root, "verdict")->valuestring, verdict) != 0)
        fail_msg("%s, not %s: %s", at(root, "verdict")->valuestring, verdict, text);
    free(text);
}

static void a_quiet_log_is_ok(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 3; seed++) {
        drift_site site = drift_site_default();
        site.seed = seed;
        site.days = 3;
        cJSON *root = measure(site, "");
        expect_verdict(root, "ok");
        assert_int_equal(cJSON_GetArraySize(at(root, "reasons")), 0);
        assert_true(at(root, "worst")->valuedouble < 0.01);
        cJSON_Delete(root);
    }
}

static void traffic_that_moved_is_named_with_its_index(void **state)
{
    (void)state;
    drift_site site = drift_site_default();
    site.desktop = 0.85;
    site.days = 3;
    cJSON *root = measure(site, "");
    expect_verdict(root, "drifted");
    const cJSON *device = named(at(root, "attributes"), "name", "device");
    // shares .5 .5 against .85 .15: .35 ln(.85/.5) + .35 ln(.5/.15) = 0.607
    assert_true(at(device, "psi")->valuedouble > 0.55 && at(device, "psi")->valuedouble < 0.66);
    assert_string_equal(at(device, "verdict")->valuestring, "drifted");
    const cJSON *pageviews = named(at(root, "attributes"), "name", "pageviews");
    assert_string_equal(at(pageviews, "verdict")->valuestring, "ok");
    const cJSON *segments = at(root, "segments");
    assert_string_equal(at(segments, "verdict")->valuestring, "drifted");
    const cJSON *desktop = named(at(segments, "nodes"), "key", "device:desktop");
    assert_true(at(desktop, "share_then")->valuedouble < 0.52 && at(desktop, "share_now")->valuedouble > 0.83);
    assert_true(at(desktop, "share_p")->valuedouble < 1e-9);
    assert_false(cJSON_IsTrue(at(segments, "effect_moved")));
    // Desktops are served the control, so that is what more of is meant now.
    const cJSON *assignments = at(root, "assignments");
    const cJSON *control = named(at(assignments, "variants"), "name", "control");
    assert_true(at(control, "now")->valuedouble > at(control, "then")->valuedouble + 0.2);
    assert_string_equal(at(assignments, "verdict")->valuestring, "drifted");
    cJSON_Delete(root);
}

static void rewards_that_moved_apart_are_a_drift_and_a_season_is_not(void **state)
{
    (void)state;
    drift_site swapped = drift_site_default(), season = drift_site_default();
    swapped.rate[0][0] = 0.2;
    swapped.rate[0][1] = 0.1;
    swapped.days = season.days = 3;
    cJSON *root = measure(swapped, "");
    expect_verdict(root, "drifted");
    const cJSON *segments = at(root, "segments");
    assert_true(cJSON_IsTrue(at(segments, "effect_moved")));
    assert_true(at(named(at(segments, "nodes"), "key", "device:mobile"), "effect_p")->valuedouble < 0.001);
    assert_true(at(named(at(segments, "nodes"), "key", "device:desktop"), "effect_p")->valuedouble > 0.01);
    assert_true(at(root, "worst")->valuedouble < 0.01); // no index says so
    cJSON_Delete(root);

    for (int d = 0; d < 2; d++) {
        for (int v = 0; v < 2; v++) season.rate[d][v] += 0.05;
    }
    root = measure(season, "");
    expect_verdict(root, "watch");
    assert_true(cJSON_IsTrue(at(at(root, "segments"), "rate_moved")));
    assert_false(cJSON_IsTrue(at(at(root, "segments"), "effect_moved")));
    cJSON_Delete(root);
}

// Phones convert twice as often as they did, desktops as before; traffic is the same.
static void a_drift_in_one_segment_is_found_there(void **state)
{
    (void)state;
    drift_site site = drift_site_default();
    site.days = 3;
    site.rate[0][0] = 0.2;
    site.rate[0][1] = 0.3;
    cJSON *root = measure(site, "");
    expect_verdict(root, "watch");
    const cJSON *nodes = at(at(root, "segments"), "nodes");
    const cJSON *mobile = named(nodes, "key", "device:mobile"), *desktop = named(nodes, "key", "device:desktop");
    assert_true(at(mobile, "rate_p")->valuedouble < 1e-6 && at(desktop, "rate_p")->valuedouble > 0.01);
    assert_true(at(mobile, "share_p")->valuedouble > 0.01 && at(desktop, "share_p")->valuedouble > 0.01);
    assert_true(at(mobile, "rate_now")->valuedouble > at(mobile, "rate_then")->valuedouble + 0.07);
    cJSON_Delete(root);
}

// The plain index of 40 visits is far above 0.2 more often than not.
static void a_short_log_does_not_alarm_and_says_that_it_is_short(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 3; seed++) {
        drift_site site = drift_site_default();
        site.seed = seed;
        site.visits = 40;
        site.days = 1;
        cJSON *root = measure(site, "");
        expect_verdict(root, "too few visits");
        cJSON_Delete(root);
    }
}

static void a_new_value_and_one_that_is_gone_are_a_drift(void **state)
{
    (void)state;
    drift_site then = drift_site_default(), now = drift_site_default();
    then.value = "free";
    drift_site_write("plans.ndjson", &then);
    scratch_run run = scratch_samplit("learn plans.ndjson --out plans.safetensors");
    assert_int_equal(run.code, 0);
    scratch_run_free(&run);
    now.seed = 7;
    now.day = 12;
    now.value = "paid\\u001b[31m"; // not to be obeyed by the terminal
    drift_site_write("now.ndjson", &now);
    run = scratch_samplit("drift plans.safetensors now.ndjson");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "attribute plan has drifted");
    assert_null(strchr(run.out, '\x1b'));
    scratch_run_free(&run);
}

static void age_is_counted_from_visit_to_visit(void **state)
{
    (void)state;
    drift_site site = drift_site_default();
    site.days = 2;
    site.day = 21;
    cJSON *root = measure(site, "");
    assert_true(cJSON_IsTrue(at(root, "stale")));
    assert_true(at(root, "age_days")->valuedouble > 11.9 && at(root, "age_days")->valuedouble < 12.1);
    expect_verdict(root, "ok"); // stale, and yet nothing moved
    assert_int_equal(cJSON_GetArraySize(at(root, "reasons")), 1);
    cJSON_Delete(root);
    root = measure(site, "--stale-after 30d");
    assert_false(cJSON_IsTrue(at(root, "stale")));
    cJSON_Delete(root);
    root = measure(site, "--stale-after 30d --now 2026-03-01");
    assert_true(cJSON_IsTrue(at(root, "stale")));
    cJSON_Delete(root);
    root = measure(site, "--stale-after 0 --now 2027-03-01");
    assert_false(cJSON_IsTrue(at(root, "stale")));
    cJSON_Delete(root);
}

static void attributes_can_be_ignored_and_the_calendar_waits_for_its_periods(void **state)
{
    (void)state;
    drift_site site = drift_site_default();
    site.desktop = 0.9;
    site.days = 3;
    cJSON *root = measure(site, "--ignore device,pageviews");
    assert_null(named(at(root, "attributes"), "name", "device"));
    assert_true(cJSON_IsTrue(at(root, "calendar_left_out"))); // three days: no days of the week
    assert_null(named(at(root, "attributes"), "name", "dow"));
    cJSON_Delete(root);
}

static void what_was_served_is_held_against_the_probabilities(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("bundle inspect b.safetensors --json");
    cJSON *about = cJSON_Parse(run.out);
    drift_site site = drift_site_default();
    site.bundle = at(about, "id")->valuestring;
    site.days = 3;
    site.desktop = 0.9;
    cJSON *root = measure(site, "--ignore device"); // half and half, where the bundle serves desktops the control
    const cJSON *assignments = at(root, "assignments");
    assert_int_equal(at(assignments, "own")->valuedouble, 8000);
    assert_int_equal(at(assignments, "own_units")->valuedouble, 8000);
    assert_true(cJSON_IsTrue(at(assignments, "misserved")));
    cJSON_Delete(root);
    site.units = 50; // each met again and again: not 8,000 draws
    root = measure(site, "--ignore device");
    assert_int_equal(at(at(root, "assignments"), "own_units")->valuedouble, 50);
    cJSON_Delete(root);
    cJSON_Delete(about);
    scratch_run_free(&run);
}

// In the simulated world three visits of ten are of somebody who was there before, and is served the same again.
static void what_a_bundle_serves_follows_its_probabilities(void **state)
{
    (void)state;
    static const char *const steps[] = {
        "simulate --visitors 20000 --seed 1 --out s1.ndjson",
        "learn s1.ndjson --levels country,device --out s.safetensors",
        "simulate --visitors 20000 --seed 2 --policy s.safetensors --out s2.ndjson",
        "drift s.safetensors s2.ndjson --json",
    };
    for (int i = 0; i < 4; i++) {
        scratch_run run = scratch_samplit("%s", steps[i]);
        if (run.code != 0) fail_msg("%s: %s", steps[i], run.err);
        if (i == 3) {
            cJSON *root = cJSON_Parse(run.out);
            expect_verdict(root, "ok");
            assert_int_equal(at(at(root, "assignments"), "own")->valuedouble, 20000);
            assert_true(at(at(root, "assignments"), "own_units")->valuedouble < 19000);
            assert_false(cJSON_IsTrue(at(at(root, "assignments"), "misserved")));
            cJSON_Delete(root);
        }
        scratch_run_free(&run);
    }
}

static void scripts_see_a_drift_by_the_exit_code(void **state)
{
    (void)state;
    drift_site site = drift_site_default();
    site.day = 12;
    site.seed = 5;
    site.days = 3;
    drift_site_write("quiet.ndjson", &site);
    site.desktop = 0.7; // an index of 0.17
    drift_site_write("moved.ndjson", &site);
    static const struct {
        const char *arguments;
        int code;
    } cases[] = {
        {"quiet.ndjson --fail-if 0.2", 0},
        {"moved.ndjson", 0},
        {"moved.ndjson --fail-if 0.3", 0},
        {"moved.ndjson --fail-if 0.05", 1},
        {"quiet.ndjson --fail-if 0.2 --now 2026-02-01", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scratch_run run = scratch_samplit("drift b.safetensors %s", cases[i].arguments);
        if (run.code != cases[i].code) fail_msg("%s: exit %d\n%s%s", cases[i].arguments, run.code, run.out, run.err);
        assert_string_equal(run.err, "");
        scratch_run_free(&run);
    }
}

static void since_learned_leaves_out_what_was_learned_from(void **state)
{
    (void)state;
    drift_site site = drift_site_default();
    site.day = 12;
    site.seed = 9;
    site.days = 3;
    drift_site_write("later.ndjson", &site);
    scratch_run run = scratch_samplit("drift b.safetensors learned.ndjson --since learned");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "8000 outside the time asked for");
    scratch_run_free(&run);
    // Both in one file, by way of a pipe; the second needs the newline that ends the first.
    char *first = scratch_read(scratch_path("learned.ndjson")), *second = scratch_read(scratch_path("later.ndjson"));
    char *both = malloc(strlen(first) + strlen(second) + 1);
    strcat(strcpy(both, first), second);
    scratch_write_text(scratch_path("both.ndjson"), both);
    free(first);
    free(second);
    free(both);
    run = scratch_samplit("drift b.safetensors - --since learned < both.ndjson");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "log       8000 visits");
    scratch_says(run.out, "8000 visits are outside the time asked for");
    scratch_says(run.out, "verdict: ok");
    scratch_run_free(&run);
    run = scratch_samplit("drift b.safetensors both.ndjson --since 2026-01-13 --until 2026-01-14T00:00:00Z");
    scratch_says(run.out, "2026-01-13 00:00 to 2026-01-13 23:59");
    scratch_run_free(&run);
}

static void what_cannot_be_measured_is_said(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("no.ndjson"), "");
    scratch_write_text(scratch_path("bad.ndjson"), "{}\n[]\n");
    char *report = scratch_read(scratch_path("b.report.json"));
    char *reference = strstr(report, ",\n\"reference\":");
    assert_non_null(reference);
    strcpy(reference, "}\n");
    scratch_write_text(scratch_path("old.report.json"), report);
    free(report);
    static const scratch_refusal cases[] = {
        {"b.safetensors", 2, "which log"},
        {"b.safetensors learned.ndjson x", 2, "one log at a time"},
        {"- -", 2, "cannot both come from standard input"},
        {"b.safetensors learned.ndjson --since yesterday", 2, "expected a date"},
        {"b.safetensors learned.ndjson --fail-if 0", 2, "expected an index"},
        {"b.safetensors learned.ndjson --window 0", 2, "expected a time"},
        {"b.safetensors learned.ndjson --experiment other", 1, "no experiment"},
        {"no.safetensors learned.ndjson", 1, "no.safetensors"},
        {"b.safetensors missing.ndjson", 1, "missing.ndjson"},
        {"b.safetensors no.ndjson", 1, "no exposure"},
        {"b.safetensors bad.ndjson", 1, "bad lines"},
        {"b.safetensors learned.ndjson --report old.report.json", 1, "learn anew"},
        {"b.safetensors learned.ndjson --report learned.ndjson", 1, "learned.ndjson"},
    };
    scratch_refuses("drift", cases, sizeof cases / sizeof *cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_log_is_ok),
        cmocka_unit_test(traffic_that_moved_is_named_with_its_index),
        cmocka_unit_test(rewards_that_moved_apart_are_a_drift_and_a_season_is_not),
        cmocka_unit_test(a_drift_in_one_segment_is_found_there),
        cmocka_unit_test(a_short_log_does_not_alarm_and_says_that_it_is_short),
        cmocka_unit_test(a_new_value_and_one_that_is_gone_are_a_drift),
        cmocka_unit_test(age_is_counted_from_visit_to_visit),
        cmocka_unit_test(attributes_can_be_ignored_and_the_calendar_waits_for_its_periods),
        cmocka_unit_test(what_was_served_is_held_against_the_probabilities),
        cmocka_unit_test(what_a_bundle_serves_follows_its_probabilities),
        cmocka_unit_test(scripts_see_a_drift_by_the_exit_code),
        cmocka_unit_test(since_learned_leaves_out_what_was_learned_from),
        cmocka_unit_test(what_cannot_be_measured_is_said),
    };
    return cmocka_run_group_tests(tests, learn, NULL);
}
