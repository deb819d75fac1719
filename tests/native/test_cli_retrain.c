// SPDX-License-Identifier: MIT
// `samplit retrain` as a user meets it: nothing without need, nothing worse, and a bundle that says where it is from.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "bundle/bundle_file.h"
#include "bundle/bundle_write.h"
#include "bundle/manifest_read.h"
#include "drift_fixture.h"
#include "host/files.h"
#include "learn/lineage.h"
#include "scratch.h"
#include "testing.h"

#define LEARN "learn learned.ndjson --levels device --min-samples 500 --min-propensity 0.2 --out b.safetensors"

static int prepare(void **state)
{
    (void)state;
    drift_site site = drift_site_default();
    drift_site_write("learned.ndjson", &site);
    site.day = 12;
    site.seed = 2;
    site.days = 3;
    drift_site_write("quiet.ndjson", &site);
    site.rate[0][0] = site.rate[1][1] = 0.2;
    site.rate[0][1] = site.rate[1][0] = 0.1;
    drift_site_write("swapped.ndjson", &site);
    scratch_run run = scratch_samplit(LEARN);
    if (run.code != 0) fail_msg("%s", run.err);
    scratch_run_free(&run);
    return 0;
}

static scratch_run expect(const char *arguments, int code)
{
    scratch_run run = scratch_samplit("retrain %s", arguments);
    if (run.code != code) fail_msg("%s: exit %d\n%s%s", arguments, run.code, run.out, run.err);
    return run;
}

static char *id_of(const char *name)
{
    spl_bundle_file file;
    assert_true(spl_bundle_file_open(scratch_path(name), &file, NULL));
    char *id = strndup(file.bundle.id_hex.data, 32);
    spl_bundle_file_close(&file);
    return id;
}

static void what_pages_show_goes_on(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("p.json"), "{\"control\": null, \"b\": {\"title\": \"Now\"}}");
    scratch_run run = scratch_samplit("bundle set b.safetensors --payloads p.json --out shown.safetensors");
    if (run.code != 0) fail_msg("%s", run.err);
    scratch_run_free(&run);
    run = expect("shown.safetensors swapped.ndjson --out shown2.safetensors", 0);
    scratch_run_free(&run);
    run = scratch_samplit("bundle inspect shown2.safetensors");
    scratch_says(run.out, "{\"title\":\"Now\"}");
    scratch_run_free(&run);
}

static void without_need_nothing_is_written(void **state)
{
    (void)state;
    int files = scratch_count();
    scratch_run run = expect("b.safetensors quiet.ndjson --if-drift 0.2", 0);
    scratch_says(run.out, "no need to learn anew; nothing was written");
    scratch_run_free(&run);
    run = expect("b.safetensors quiet.ndjson --json", 0);
    cJSON *root = cJSON_Parse(run.out);
    assert_string_equal(scratch_word(root, "verdict"), "not needed");
    cJSON_Delete(root);
    scratch_run_free(&run);
    assert_int_equal(scratch_count(), files);
}

static void what_drifted_is_learned_anew_with_its_lineage(void **state)
{
    (void)state;
    scratch_run run = expect("b.safetensors swapped.ndjson --out n.safetensors --json", 0);
    cJSON *root = cJSON_Parse(run.out);
    assert_string_equal(scratch_word(root, "verdict"), "accepted");
    cJSON *validation = cJSON_GetObjectItem(root, "validation");
    assert_true(scratch_number(validation, "low") > 0);
    assert_true(scratch_number(validation, "exposures") > 7900); // the last ones are too young
    char *old = id_of("b.safetensors"), *new = id_of("n.safetensors");
    assert_string_equal(scratch_word(root, "id"), new);
    cJSON_Delete(root);
    scratch_run_free(&run);
    assert_true(scratch_exists("n.report.json"));

    spl_bundle_file file;
    assert_true(spl_bundle_file_open(scratch_path("n.safetensors"), &file, NULL));
    cJSON *lineage = spl_lineage_read(&file.bundle);
    assert_string_equal(scratch_word(lineage, "parent"), old);
    const cJSON *input = cJSON_GetArrayItem(cJSON_GetObjectItem(lineage, "inputs"), 0);
    assert_string_equal(scratch_word(input, "name"), "swapped.ndjson");
    assert_int_equal(strlen(scratch_word(input, "blake2b")), 64);
    const cJSON *settings = cJSON_GetObjectItem(lineage, "settings");
    assert_string_equal(scratch_word(settings, "levels"), "device");
    assert_string_equal(cJSON_GetObjectItem(settings, "min-propensity")->valuestring, "0.2");
    assert_string_equal(scratch_word(settings, "outcome"), "buy");
    assert_null(cJSON_GetObjectItem(settings, "out"));
    assert_string_equal(scratch_word(cJSON_GetObjectItem(lineage, "validation"), "verdict"), "accepted");
    assert_true(file.bundle.experiments[0].min_propensity == 0.2);
    cJSON_Delete(lineage);
    spl_bundle_file_close(&file);

    run = scratch_samplit("bundle inspect n.safetensors");
    scratch_says(run.out, old);
    scratch_says(run.out, "--levels device");
    scratch_says(run.out, "gain over the one it follows +");
    scratch_run_free(&run);
    // Again, under another name and from a pipe: the same but for what the log is called.
    run = expect("b.safetensors swapped.ndjson --out again.safetensors", 0);
    char *again = id_of("again.safetensors");
    assert_string_equal(again, new);
    scratch_run_free(&run);
    run = expect("b.safetensors - --out piped.safetensors < swapped.ndjson", 0);
    scratch_says(run.out, "accepted");
    scratch_run_free(&run);
    // The new one knows its own visits, and can be followed in its turn.
    run = expect("n.safetensors swapped.ndjson", 0);
    scratch_says(run.out, "no need");
    scratch_run_free(&run);
    free(old);
    free(new);
    free(again);
}

// Half of the visits are of phones, which got b four times of five and get the control as often now; the desktops the
// other way round.
static void a_diff_says_who_is_served_differently(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("bundle diff b.safetensors n.safetensors --json");
    assert_int_equal(run.code, 0);
    cJSON *root = cJSON_Parse(run.out);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "same_units")));
    double moved = scratch_number(root, "moved");
    assert_true(moved > 0.55 && moved < 0.65); // from 0.8 to 0.2
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "segments"), 0);
    assert_int_equal(strncmp(scratch_word(first, "key"), "device:", 7), 0);
    assert_string_not_equal(scratch_word(first, "old_lead"), scratch_word(first, "new_lead"));
    cJSON_Delete(root);
    scratch_run_free(&run);
    run = scratch_samplit("bundle diff b.safetensors b.safetensors");
    scratch_says(run.out, "0 % gets another variant");
    scratch_says(run.out, "nobody is served differently");
    scratch_run_free(&run);
    run = scratch_samplit("learn learned.ndjson --levels device --min-samples 500 --seed 5 --out seed.safetensors");
    scratch_run_free(&run);
    run = scratch_samplit("bundle diff b.safetensors seed.safetensors"); // everybody is drawn anew
    scratch_says(run.out, "seed ");
    assert_null(strstr(run.out, "nobody is served differently"));
    scratch_run_free(&run);
    static const struct {
        const char *arguments;
        int code;
    } cases[] = {{"bundle diff b.safetensors", 2},
                 {"bundle diff b.safetensors n.safetensors b.safetensors", 2},
                 {"bundle diff b.safetensors missing.safetensors", 1},
                 {"bundle diff b.safetensors n.safetensors --experiment other", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run = scratch_samplit("%s", cases[i].arguments);
        assert_int_equal(run.code, cases[i].code);
        scratch_run_free(&run);
    }
}

static void a_bundle_that_may_be_worse_is_refused(void **state)
{
    (void)state;
    drift_site site = drift_site_default();
    site.day = 12;
    site.seed = 4;
    site.visits = 400;
    drift_site_write("short.ndjson", &site);
    int files = scratch_count();
    scratch_run run = expect("b.safetensors short.ndjson --always --out w.safetensors", 1);
    scratch_says(run.out, "refused: ");
    scratch_says(run.out, "nothing was written");
    scratch_run_free(&run);
    assert_int_equal(scratch_count(), files);
    run = expect("b.safetensors short.ndjson --always --margin 1 --out w.safetensors", 0);
    scratch_says(run.out, "accepted: it is not worse than the old one by more than 100 %");
    scratch_run_free(&run);
}

static void a_log_without_rewards_tells_nothing(void **state)
{
    (void)state;
    drift_site site = drift_site_default();
    memset(site.rate, 0, sizeof site.rate);
    site.day = 12;
    drift_site_write("nothing.ndjson", &site);
    scratch_run run = expect("b.safetensors nothing.ndjson --always --out w0.safetensors", 1);
    scratch_says(run.out, "this log does not tell what either bundle earns");
    assert_false(scratch_exists("w0.safetensors"));
    scratch_run_free(&run);
}

static void stale_is_a_need_and_the_usual_name_is_beside(void **state)
{
    (void)state;
    scratch_run run = expect("b.safetensors quiet.ndjson --now 2026-02-20 --margin 0.3", 0);
    scratch_says(run.out, "stale: the newest visit learned from is 40.0 days old");
    scratch_says(run.out, "bundle b.new.safetensors");
    assert_true(scratch_exists("b.new.safetensors") && scratch_exists("b.new.report.json"));
    scratch_run_free(&run);
}

static void grown_trees_and_linear_policies_are_learned_anew_too(void **state)
{
    (void)state;
    static const char *const how[] = {"--levels auto --max-depth 2", "--policy epsilon-greedy --epsilon 0.3"};
    for (int i = 0; i < 2; i++) {
        scratch_run run = scratch_samplit("learn learned.ndjson %s --out p.safetensors", how[i]);
        if (run.code != 0) fail_msg("%s", run.err);
        scratch_run_free(&run);
        run = expect("p.safetensors swapped.ndjson --always --folds 2 --out pn.safetensors", 0);
        scratch_says(run.out, "accepted: it earns more than the old one");
        scratch_run_free(&run);
    }
}

// The bundle with another lineage, and its report.
static void forge(const char *name, const char *lineage)
{
    spl_bundle_file file;
    uint8_t *data;
    size_t size;
    char id[33], path[64], *report = scratch_read(scratch_path("b.report.json"));
    assert_true(spl_bundle_file_open(scratch_path("b.safetensors"), &file, NULL));
    cJSON *manifest = spl_manifest_read(&file.bundle);
    cJSON_DeleteItemFromObject(manifest, "lineage");
    if (lineage) cJSON_AddItemToObject(manifest, "lineage", cJSON_Parse(lineage));
    char *text = cJSON_PrintUnformatted(manifest);
    assert_true(spl_bundle_write(&file.bundle, text, &data, &size, id, NULL));
    snprintf(path, sizeof path, "%s.safetensors", name);
    scratch_write(scratch_path(path), data, size);
    memcpy(strstr(report, "\"bundle\":\"") + 10, id, 32);
    snprintf(path, sizeof path, "%s.report.json", name);
    scratch_write_text(scratch_path(path), report);
    free(data);
    free(text);
    free(report);
    cJSON_Delete(manifest);
    spl_bundle_file_close(&file);
}

static void settings_from_a_stranger_learn_and_do_nothing_else(void **state)
{
    (void)state;
#define SETTINGS(more) "{\"parent\":null,\"inputs\":[],\"settings\":{" more "}}"
    static const struct {
        const char *lineage, *says;
        int code;
    } cases[] = {
        {NULL, "does not say how it was learned", 1},
        {"7", "does not say how it was learned", 1},
        {"{\"parent\":\"x\",\"inputs\":[],\"settings\":{}}", "does not say how it was learned", 1},
        {SETTINGS("\"levels\":3"), "does not say how it was learned", 1},
        {SETTINGS("\"levels\":\"device,device\""), "has a name twice", 1},
        {SETTINGS("\"min-samples\":\"-1\""), "not a list of whole numbers", 1},
        {SETTINGS("\"experiment\":\"other\""), "no exposure of", 1},
        {SETTINGS("\"out\":\"stolen\",\"report\":\"stolen\",\"help\":\"\",\"levels\":\"device\",\"fold\":\"0/2\""), "",
         0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        forge("forged", cases[i].lineage);
        scratch_run run = expect("forged.safetensors swapped.ndjson --out f.safetensors", cases[i].code);
        scratch_says(run.err, cases[i].says);
        scratch_run_free(&run);
        assert_true(scratch_exists("f.safetensors") == (cases[i].code == 0));
        assert_false(scratch_exists("stolen"));
    }
}

static void misuse_ends_with_2(void **state)
{
    (void)state;
    static const char *const arguments[] = {
        "b.safetensors",
        "- swapped.ndjson",
        "b.safetensors swapped.ndjson --folds 1",
        "b.safetensors swapped.ndjson --folds 21",
        "b.safetensors swapped.ndjson --margin 2",
        "b.safetensors swapped.ndjson --if-drift none",
        "b.safetensors swapped.ndjson --out -",
        "b.safetensors swapped.ndjson --out b.safetensors",
        "b.safetensors swapped.ndjson --out ./swapped.ndjson",
    };
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        scratch_run run = expect(arguments[i], 2);
        assert_string_equal(run.out, "");
        scratch_run_free(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_pages_show_goes_on),
        cmocka_unit_test(without_need_nothing_is_written),
        cmocka_unit_test(what_drifted_is_learned_anew_with_its_lineage),
        cmocka_unit_test(a_diff_says_who_is_served_differently),
        cmocka_unit_test(a_bundle_that_may_be_worse_is_refused),
        cmocka_unit_test(a_log_without_rewards_tells_nothing),
        cmocka_unit_test(stale_is_a_need_and_the_usual_name_is_beside),
        cmocka_unit_test(grown_trees_and_linear_policies_are_learned_anew_too),
        cmocka_unit_test(settings_from_a_stranger_learn_and_do_nothing_else),
        cmocka_unit_test(misuse_ends_with_2),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
