// SPDX-License-Identifier: MIT
// `samplit retrain` of encoders and clusters, alone and in a policy's bundle, and what `bundle diff` says of them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "bundle/bundle_file.h"
#include "cluster_fixture.h"
#include "learn/lineage.h"
#include "parts_fixture.h"
#include "scratch.h"
#include "testing.h"

static int prepare(void **state)
{
    (void)state;
    parts_site site = parts_site_default(), moved = parts_site_default();
    parts_write_rows("then.csv", &site);
    parts_write_events("then.ndjson", &site);
    site.seed = 2;
    parts_write_rows("quiet.csv", &site);
    for (int kind = 0; kind < 4; kind++) moved.share[kind] = 0.25; // a fourth kind
    moved.seed = 3;
    parts_write_rows("moved.csv", &moved);
    parts_write_events("moved.ndjson", &moved);
    scratch_succeeds("cluster then.csv --leave-out kind --k 2..5 --as-of 2026-01-01 --out c.safetensors");
    scratch_succeeds("encoder train then.csv --label kind --layers 8,4 --epochs 20 --as-of 2026-01-01 --out "
                     "e.safetensors");
    scratch_succeeds("cluster then.ndjson --schema c.safetensors --k 2..5 --out m.safetensors");
    scratch_succeeds("learn then.ndjson --model m.safetensors --levels cluster --min-samples 100 --min-propensity 0.1 "
                     "--out p.safetensors");
    return 0;
}

static cJSON *retrain(const char *arguments, int code)
{
    scratch_run run = scratch_samplit("retrain %s --json", arguments);
    if (run.code != code) fail_msg("%s: exit %d\n%s%s", arguments, run.code, run.out, run.err);
    cJSON *root = cJSON_Parse(run.out);
    assert_non_null(root);
    scratch_run_free(&run);
    return root;
}

// The bundle follows the other one, and says by what it was let through.
static void expect_follows(const char *new, const char *old, const char *method)
{
    spl_bundle_file a, b;
    assert_true(spl_bundle_file_open(scratch_path(new), &a, NULL));
    assert_true(spl_bundle_file_open(scratch_path(old), &b, NULL));
    cJSON *lineage = spl_lineage_read(&a.bundle);
    assert_memory_equal(scratch_word(lineage, "parent"), b.bundle.id_hex.data, 32);
    const cJSON *validation = cJSON_GetObjectItem(lineage, "validation");
    assert_string_equal(scratch_word(validation, "method"), method);
    assert_string_equal(scratch_word(validation, "verdict"), "accepted");
    cJSON_Delete(lineage);
    spl_bundle_file_close(&a);
    spl_bundle_file_close(&b);
}

static void without_need_nothing_is_written(void **state)
{
    (void)state;
    int files = scratch_count();
    cJSON *root = retrain("c.safetensors quiet.csv --stale-after 0", 0);
    assert_string_equal(scratch_word(root, "verdict"), "not needed");
    cJSON_Delete(root);
    root = retrain("e.safetensors quiet.csv --stale-after 0", 0);
    assert_string_equal(scratch_word(root, "verdict"), "not needed");
    cJSON_Delete(root);
    assert_int_equal(scratch_count(), files);
}

static void clusters_gain_the_kind_that_is_new(void **state)
{
    (void)state;
    cJSON *root = retrain("c.safetensors moved.csv --now 2026-01-05 --out cn.safetensors", 0);
    assert_string_equal(scratch_word(root, "verdict"), "accepted");
    const cJSON *validation = cJSON_GetObjectItem(root, "validation");
    assert_string_equal(scratch_word(validation, "method"), "simplified silhouette");
    assert_true(scratch_number(validation, "low") > 0);
    assert_true(scratch_number(validation, "rows") > 300 && scratch_number(validation, "rows") < 500); // a fifth
    cJSON_Delete(root);
    expect_follows("cn.safetensors", "c.safetensors", "simplified silhouette");
    assert_true(scratch_exists("cn.report.json"));
    scratch_succeeds("drift cn.safetensors moved.csv --stale-after 0 --fail-if 0.2");

    scratch_run run = scratch_samplit("bundle diff c.safetensors cn.safetensors --json");
    assert_int_equal(run.code, 0);
    root = cJSON_Parse(run.out);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "same_schema")));
    assert_false(cJSON_IsTrue(cJSON_GetObjectItem(root, "same_clusters")));
    const cJSON *clusters = cJSON_GetObjectItem(root, "clusters"), *item;
    double farthest = 0, shares = 0;
    cJSON_ArrayForEach(item, clusters)
    {
        if (scratch_number(item, "distance") > farthest) farthest = scratch_number(item, "distance");
        shares += scratch_number(item, "share");
    }
    assert_true(farthest > 0.3 && shares > 0.999 && shares < 1.001); // the new kind is like none of the old
    cJSON_Delete(root);
    scratch_run_free(&run);
    // The same again gives the same file.
    root = retrain("c.safetensors - --now 2026-01-05 --out again.safetensors < moved.csv", 0);
    cJSON_Delete(root);
    char *a = scratch_read(scratch_path("cn.report.json")), *b = scratch_read(scratch_path("again.report.json"));
    assert_string_not_equal(a, b); // the log has another name
    free(a);
    free(b);
    run = scratch_samplit("bundle diff cn.safetensors again.safetensors");
    scratch_says(run.out, ", the same");
    scratch_run_free(&run);
}

static void clusters_of_what_has_no_groups_are_refused(void **state)
{
    (void)state;
    FILE *file = fopen(scratch_path("noise.csv"), "w");
    assert_non_null(file);
    fputs("x,y,z\n", file);
    for (uint32_t i = 0; i < 2000; i++) {
        fprintf(file, "%.4f,%.4f,%.4f\n", 5 * cluster_uniform(1, i), 5 * cluster_uniform(2, i),
                5 * cluster_uniform(3, i));
    }
    assert_int_equal(fclose(file), 0);
    cJSON *root = retrain("c.safetensors noise.csv --out refused.safetensors", 1);
    assert_string_equal(scratch_word(root, "verdict"), "refused");
    scratch_says(scratch_word(cJSON_GetObjectItem(root, "validation"), "reason"), "");
    cJSON_Delete(root);
    assert_false(scratch_exists("refused.safetensors"));
    assert_false(scratch_exists("refused.report.json"));
}

static void an_encoder_is_trained_anew_in_the_better_way(void **state)
{
    (void)state;
    cJSON *root = retrain("e.safetensors moved.csv --stale-after 0 --out en.safetensors", 0);
    assert_string_equal(scratch_word(root, "verdict"), "accepted");
    const cJSON *validation = cJSON_GetObjectItem(root, "validation");
    assert_string_equal(scratch_word(validation, "method"), "recall@1");
    assert_true(scratch_number(validation, "value_new") >= scratch_number(validation, "other"));
    assert_true(strcmp(scratch_word(validation, "encoder"), "fine-tuned") == 0 ||
                strcmp(scratch_word(validation, "encoder"), "from scratch") == 0);
    cJSON_Delete(root);
    expect_follows("en.safetensors", "e.safetensors", "recall@1");
    assert_true(scratch_exists("en.report.json") && scratch_exists("en.checkpoint.safetensors"));
    scratch_run run = scratch_samplit("bundle diff e.safetensors en.safetensors");
    scratch_says(run.out, "-8-4, other weights");
    scratch_run_free(&run);
}

// Half of the labels are drawn at random: what training finds in them is mostly luck, and without a margin the
// held-out rows let little of it pass.
static void what_cannot_be_shown_to_be_no_worse_is_not_written(void **state)
{
    (void)state;
    int refused = 0;
    for (uint32_t seed = 20; seed < 23; seed++) {
        parts_site site = parts_site_default();
        site.seed = seed;
        site.visitors = 700;
        site.mislabelled = 0.5;
        parts_write_rows("random.csv", &site);
        remove(scratch_path("no.safetensors"));
        scratch_run run = scratch_samplit("retrain e.safetensors random.csv --always --margin 0 --out no.safetensors");
        assert_true(run.code == 0 || run.code == 1);
        scratch_says(run.out, run.code ? "\nrefused: " : "\naccepted: ");
        assert_true(scratch_exists("no.safetensors") == (run.code == 0));
        refused += run.code;
        scratch_run_free(&run);
    }
    assert_true(refused > 0);
}

static void the_clusters_of_a_policy_are_chosen_anew_with_it(void **state)
{
    (void)state;
    cJSON *root = retrain("p.safetensors moved.ndjson --stale-after 0 --folds 2 --out pn.safetensors", 0);
    assert_string_equal(scratch_word(root, "verdict"), "accepted");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "clusters_anew"))); // for they have drifted
    assert_false(cJSON_IsTrue(cJSON_GetObjectItem(root, "encoder_anew")));
    assert_true(scratch_number(cJSON_GetObjectItem(root, "validation"), "low") >
                0); // the fourth kind buys after a variant of its own
    cJSON_Delete(root);
    expect_follows("pn.safetensors", "p.safetensors", "snips");
    scratch_run run = scratch_samplit("bundle diff p.safetensors pn.safetensors --json");
    root = cJSON_Parse(run.out);
    assert_false(cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetObjectItem(root, "parts"), "same_clusters")));
    cJSON_Delete(root);
    scratch_run_free(&run);
    // The same name of the model whatever the file of new parts was called, and so the same id.
    root = retrain("p.safetensors moved.ndjson --stale-after 0 --folds 2 --clusters --out pn2.safetensors", 0);
    cJSON_Delete(root);
    char *a = scratch_read(scratch_path("pn.report.json")), *b = scratch_read(scratch_path("pn2.report.json"));
    assert_string_equal(a, b); // and the bundle's id stands there
    free(a);
    free(b);
}

// Its clusters lie in the old encoder's space, so they are chosen anew with it.
static void the_encoder_of_a_policy_is_trained_anew_with_its_clusters(void **state)
{
    (void)state;
    parts_site site = parts_site_default();
    site.visitors = 700;
    parts_write_events("few.ndjson", &site);
    scratch_succeeds("encoder train few.ndjson --layers 8,4 --groups 3 --epochs 10 --out pe.safetensors");
    scratch_succeeds("cluster few.ndjson --encoder pe.safetensors --k 2..5 --force --out pm.safetensors");
    scratch_succeeds("learn few.ndjson --model pm.safetensors --levels cluster --min-samples 100 --min-propensity 0.1 "
                     "--out pp.safetensors");
    cJSON *root = retrain("pp.safetensors few.ndjson --encoder --folds 2 --margin 1 --out ppn.safetensors", 0);
    assert_string_equal(scratch_word(root, "verdict"), "accepted");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "encoder_anew")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "clusters_anew")));
    cJSON_Delete(root);
    expect_follows("ppn.safetensors", "pp.safetensors", "snips");
    scratch_run run = scratch_samplit("bundle diff pp.safetensors ppn.safetensors");
    scratch_says(run.out, "-8-4 -> ");
    scratch_says(run.out, "clusters   ");
    scratch_run_free(&run);
}

static void what_cannot_be_made_anew_is_said(void **state)
{
    (void)state;
    static const scratch_refusal cases[] = {
        {"p.safetensors then.ndjson --encoder", 1, "has none that came to it by `learn --model`"},
        {"c.safetensors then.csv --clusters", 2, "are for the parts of a policy's bundle"},
        {"e.safetensors moved.ndjson --always", 1, "kind: no such column"},
        {"c.safetensors empty.csv", 1, "empty.csv"},
        {"c.safetensors one.csv --always", 1, "one.csv"},
        {"e.safetensors other.csv", 1, "colour"},
        {"c.safetensors then.csv --out c.safetensors", 2, "c.safetensors"},
    };
    scratch_write_text(scratch_path("empty.csv"), "");
    scratch_write_text(scratch_path("one.csv"), "x,y,z\n1,2,3\n");
    scratch_write_text(scratch_path("other.csv"), "colour,size\nred,3\n");
    int files = scratch_count();
    scratch_refuses("retrain", cases, sizeof cases / sizeof *cases);
    assert_int_equal(scratch_count(), files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_need_nothing_is_written),
        cmocka_unit_test(clusters_gain_the_kind_that_is_new),
        cmocka_unit_test(clusters_of_what_has_no_groups_are_refused),
        cmocka_unit_test(an_encoder_is_trained_anew_in_the_better_way),
        cmocka_unit_test(what_cannot_be_shown_to_be_no_worse_is_not_written),
        cmocka_unit_test(the_clusters_of_a_policy_are_chosen_anew_with_it),
        cmocka_unit_test(the_encoder_of_a_policy_is_trained_anew_with_its_clusters),
        cmocka_unit_test(what_cannot_be_made_anew_is_said),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
