// SPDX-License-Identifier: MIT
// `samplit drift` of an encoder or of clusters alone: silent on visitors of the old kinds, loud when they move.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "drift_fixture.h"
#include "parts_fixture.h"
#include "scratch.h"
#include "testing.h"

#define QUIET_FILES 20

static int prepare(void **state)
{
    (void)state;
    parts_site site = parts_site_default();
    parts_write_rows("then.csv", &site);
    parts_write_events("then.ndjson", &site);
    scratch_succeeds("cluster then.csv --leave-out kind --k 2..5 --as-of 2026-01-01 --out c.safetensors");
    scratch_succeeds(
        "encoder train then.csv --label kind --layers 8,4 --epochs 20 --as-of 2026-01-01 --out e.safetensors");
    scratch_succeeds("cluster then.ndjson --schema c.safetensors --k 2..5 --out logged.safetensors");
    return 0;
}

static cJSON *measure(const char *arguments)
{
    scratch_run run = scratch_samplit("drift %s --json", arguments);
    if (run.code != 0) fail_msg("%s: %s", arguments, run.err);
    cJSON *root = cJSON_Parse(run.out);
    assert_non_null(root);
    scratch_run_free(&run);
    return root;
}

static const cJSON *attribute(const cJSON *root, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "attributes"))
    {
        if (strcmp(scratch_word(item, "name"), name) == 0) return item;
    }
    return NULL;
}

static void refused(const char *arguments, int code, const char *says)
{
    scratch_run run = scratch_samplit("drift %s", arguments);
    if (run.code != code) fail_msg("%s: exit %d\n%s", arguments, run.code, run.err);
    scratch_says(run.err, says);
    assert_string_equal(run.out, "");
    scratch_run_free(&run);
}

static uint32_t alarms_on_quiet_files(const char *bundle, const char *file,
                                      void (*write)(const char *, const parts_site *))
{
    uint32_t alarms = 0;
    for (uint32_t i = 0; i < QUIET_FILES; i++) {
        parts_site site = parts_site_default();
        char arguments[128];
        site.seed = 100 + i;
        site.visitors = 1500;
        write(file, &site);
        snprintf(arguments, sizeof arguments, "%s %s --stale-after 0", bundle, file);
        cJSON *root = measure(arguments);
        alarms += strcmp(scratch_word(root, "verdict"), "ok") != 0;
        cJSON_Delete(root);
    }
    return alarms;
}

static void quiet_rows_and_logs_raise_no_alarm(void **state)
{
    (void)state;
    assert_int_equal(alarms_on_quiet_files("c.safetensors", "quiet.csv", parts_write_rows), 0);
    assert_int_equal(alarms_on_quiet_files("e.safetensors", "quiet.csv", parts_write_rows), 0);
    assert_int_equal(alarms_on_quiet_files("logged.safetensors", "quiet.ndjson", parts_write_events), 0);
}

static void visitors_that_moved_between_clusters_are_a_drift(void **state)
{
    (void)state;
    parts_site site = parts_site_default();
    site.seed = 2;
    site.share[0] = 0.1;
    site.share[1] = 0.6;
    parts_write_rows("moved.csv", &site);
    parts_write_events("moved.ndjson", &site);
    static const char *const runs[] = {"c.safetensors moved.csv --stale-after 0", "logged.safetensors moved.ndjson",
                                       "c.safetensors moved.ndjson --stale-after 0"};
    for (int i = 0; i < 3; i++) {
        cJSON *root = measure(runs[i]);
        assert_string_equal(scratch_word(root, "verdict"), "drifted");
        const cJSON *clusters = attribute(root, "cluster");
        assert_string_equal(scratch_word(clusters, "verdict"), "drifted");
        // shares .4 .3 .3 against .1 .6 .3: .3 ln 4 + .3 ln 2 = 0.62
        assert_true(scratch_number(clusters, "psi") > 0.5 && scratch_number(clusters, "psi") < 0.75);
        assert_string_equal(scratch_word(attribute(root, "z"), "verdict"), "ok");
        assert_null(cJSON_GetObjectItem(root, "segments"));
        cJSON_Delete(root);
    }
    scratch_run run = scratch_samplit("drift c.safetensors moved.csv --stale-after 0 --fail-if 0.2");
    assert_int_equal(run.code, 1);
    scratch_says(run.out, "visitors moved between clusters (PSI 0.");
    scratch_says(run.out, "assignments: PSI of the clusters");
    scratch_run_free(&run);
}

static void an_encoder_that_tells_labels_apart_less_well_has_drifted(void **state)
{
    (void)state;
    parts_site site = parts_site_default();
    site.seed = 3;
    site.mislabelled = 0.5;
    parts_write_rows("mislabelled.csv", &site);
    cJSON *root = measure("e.safetensors mislabelled.csv --stale-after 0");
    assert_string_equal(scratch_word(root, "verdict"), "drifted");
    const cJSON *recall = cJSON_GetObjectItem(root, "recall");
    assert_string_equal(scratch_word(recall, "label"), "kind");
    assert_true(scratch_number(recall, "then") > 0.95 && scratch_number(recall, "now") < 0.6);
    assert_string_equal(scratch_word(attribute(root, "x"), "verdict"), "ok"); // visitors are as they were
    cJSON_Delete(root);
    scratch_run run = scratch_samplit("drift e.safetensors mislabelled.csv --stale-after 0");
    scratch_says(run.out, "the encoder tells kind apart less well");
    scratch_run_free(&run);
    // Without the label, and of a log, visitors are looked at all the same.
    scratch_succeeds("drift e.safetensors then.ndjson");
    scratch_write_text(scratch_path("no_label.csv"), "x,y,z\n1,2,3\n");
    root = measure("e.safetensors no_label.csv --stale-after 0");
    assert_string_equal(scratch_word(root, "verdict"), "too few visits");
    assert_null(cJSON_GetObjectItem(root, "recall"));
    cJSON_Delete(root);
}

// Half a day has other hours than ten days, and so other clusters, though nobody changed.
static void clusters_by_the_hour_wait_for_two_days(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("hours.json"),
                       "{\"features\":[{\"attribute\":\"hour\",\"kind\":\"cyclic\",\"period\":24},"
                       "{\"attribute\":\"device\",\"kind\":\"categorical\",\"categories\":[\"mobile\"]}]}");
    drift_site site = drift_site_default();
    drift_site_write("site.ndjson", &site);
    scratch_succeeds("cluster site.ndjson --schema hours.json --k 4 --force --out hours.safetensors");
    static const double days[] = {0.5, 3};
    for (int i = 0; i < 2; i++) {
        site.seed = 9;
        site.day = 12;
        site.days = days[i];
        drift_site_write("site2.ndjson", &site);
        cJSON *root = measure("hours.safetensors site2.ndjson");
        assert_string_equal(scratch_word(root, "verdict"), "ok");
        assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "calendar_left_out")) == (i == 0));
        assert_true((attribute(root, "cluster") == NULL) == (i == 0));
        assert_string_equal(scratch_word(attribute(root, "device"), "verdict"), "ok");
        cJSON_Delete(root);
    }
}

static void age_is_counted_from_when_rows_are_said_to_be(void **state)
{
    (void)state;
    cJSON *root = measure("c.safetensors then.csv --now 2026-01-07");
    assert_false(cJSON_IsTrue(cJSON_GetObjectItem(root, "stale")));
    cJSON_Delete(root);
    root = measure("c.safetensors then.csv --now 2026-01-08T00:00:01Z");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "stale")));
    assert_string_equal(scratch_word(root, "verdict"), "ok");
    cJSON_Delete(root);
    // A log has times of its own.
    parts_site site = parts_site_default();
    site.seed = 4;
    site.day = 15;
    parts_write_events("later.ndjson", &site);
    root = measure("logged.safetensors later.ndjson");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "stale")));
    assert_true(scratch_number(root, "age_days") > 13.9 && scratch_number(root, "age_days") < 14.1);
    cJSON_Delete(root);
    root = measure("logged.safetensors later.ndjson --since 2026-01-16 --until 2026-01-17");
    assert_true(scratch_number(cJSON_GetObjectItem(root, "log"), "visits") < 700);
    cJSON_Delete(root);
}

static void training_writes_the_report_that_drift_reads(void **state)
{
    (void)state;
    scratch_succeeds(
        "cluster then.csv --leave-out kind --k 2..5 --as-of 2026-01-01 --out d.safetensors --report d.json");
    assert_null(fopen(scratch_path("d.report.json"), "r"));
    scratch_succeeds("drift d.safetensors then.csv --report d.json");
    char *a = scratch_read(scratch_path("d.json"));
    scratch_succeeds(
        "cluster then.csv --leave-out kind --k 2..5 --as-of 2026-01-01 --out d.safetensors --report d.json");
    char *b = scratch_read(scratch_path("d.json"));
    assert_string_equal(a, b);
    free(a);
    free(b);
    // What was counted stands in the report and not in the bundle.
    char *bundle = scratch_read(scratch_path("e.safetensors")), *report = scratch_read(scratch_path("e.report.json"));
    assert_null(strstr(bundle + 8, "\"reference\\\""));
    scratch_says(report, "\"reference\"");
    scratch_says(report, "\"recall\"");
    free(bundle);
    free(report);
}

static void bad_input_is_refused_by_name(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("empty.csv"), "");
    scratch_write_text(scratch_path("heading.csv"), "x,y,z\n");
    scratch_write_text(scratch_path("other.csv"), "colour,size\nred,3\n");
    scratch_write_text(scratch_path("column.csv"), "x,z\n1,3\n");
    scratch_write_text(scratch_path("broken.report.json"), "{\"bundle\":3}");
    refused("c.safetensors empty.csv", 1, "empty.csv");
    refused("c.safetensors heading.csv", 1, "has no rows");
    refused("c.safetensors other.csv", 1, "colour");
    refused("c.safetensors column.csv", 1, "y");
    refused("c.safetensors missing.csv", 1, "missing.csv");
    refused("c.safetensors then.csv --report e.report.json", 1, "this is not the report of bundle");
    refused("c.safetensors then.csv --report broken.report.json", 1, "broken.report.json");
    refused("c.safetensors then.csv --since learned", 1, "rows have no time");
    refused("c.safetensors then.csv --outcome buy", 1, "the bundle has no policy");
    refused("logged.safetensors then.ndjson --experiment other", 1, "no exposure to look at");
    scratch_succeeds("cluster then.csv --leave-out kind --k 2..5 --out lonely.safetensors");
    assert_int_equal(remove(scratch_path("lonely.report.json")), 0);
    refused("lonely.safetensors then.csv", 1, "lonely.report.json");
    scratch_succeeds("drift c.safetensors - --stale-after 0 < then.csv");
    // The report beside the bundle is an output too.
    scratch_run run = scratch_samplit("cluster then.report.json --out then.safetensors");
    assert_int_equal(run.code, 2);
    scratch_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_rows_and_logs_raise_no_alarm),
        cmocka_unit_test(visitors_that_moved_between_clusters_are_a_drift),
        cmocka_unit_test(an_encoder_that_tells_labels_apart_less_well_has_drifted),
        cmocka_unit_test(clusters_by_the_hour_wait_for_two_days),
        cmocka_unit_test(age_is_counted_from_when_rows_are_said_to_be),
        cmocka_unit_test(training_writes_the_report_that_drift_reads),
        cmocka_unit_test(bad_input_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
