// SPDX-License-Identifier: MIT
// `samplit similar` as a user meets it: queries, an index to keep, groups that become a level, and what it refuses.
#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "host/files.h"
#include "samplit/rng.h"
#include "scratch.h"
#include "testing.h"

#define ROWS 120

// Three kinds of visits in turn, with the kind as a label that is now and then missing.
static void write_rows(const char *name, uint64_t seed)
{
    char text[ROWS * 96 + 64];
    int used = sprintf(text, "pages,minutes,device,source,kind\n");
    for (int i = 0; i < ROWS; i++) {
        static const char *const devices[] = {"mobile", "desktop", "tablet"}, *const sources[] = {"ads", "mail",
                                                                                                  "direct"};
        double u[2];
        spl_uniform2(seed, (uint64_t)i, SPL_STREAM_TEST, 0, u);
        used += sprintf(text + used, "%.3f,%.3f,%s,%s,%s\n", 4 * (i % 3) + u[0], 9 - 4 * (i % 3) + u[1], devices[i % 3],
                        sources[i % 3], i % 20 == 19 ? "" : devices[(i + 1) % 3]);
    }
    scratch_write(scratch_path(name), text, (size_t)used);
}

static char *succeeds(const char *arguments)
{
    scratch_run run = scratch_samplit("%s", arguments);
    if (run.code != 0) fail_msg("%s: exit code %d\n%s", arguments, run.code, run.err);
    char *out = strdup(run.out);
    scratch_run_free(&run);
    return out;
}

static void refuses(const char *arguments, int code, const char *message)
{
    scratch_run run = scratch_samplit("similar %s", arguments);
    if (run.code != code) fail_msg("%s: exit code %d\n%s", arguments, run.code, run.err);
    scratch_says(run.err, message);
    assert_string_equal(run.out, "");
    scratch_run_free(&run);
}

static cJSON *document(const char *arguments)
{
    char *out = succeeds(arguments);
    cJSON *root = cJSON_Parse(out);
    if (!root) fail_msg("no JSON: %.200s", out);
    free(out);
    return root;
}

static const cJSON *hit(const cJSON *root, int query, int i)
{
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "queries"), query);
    return cJSON_GetArrayItem(cJSON_GetObjectItem(item, "similar"), i);
}

static int line_of(const cJSON *item)
{
    return cJSON_GetObjectItem(item, "line")->valueint;
}

static int hits_of(const cJSON *root, int query)
{
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "queries"), query);
    return cJSON_GetArraySize(cJSON_GetObjectItem(item, "similar"));
}

static void rows_like_one_are_of_its_kind_and_it_is_told_what_they_share(void **unused)
{
    (void)unused;
    cJSON *root = document("similar model.safetensors rows.csv --query 17,3 --k 5 --json");
    assert_string_equal(scratch_word(root, "method"), "exact");
    for (int q = 0; q < 2; q++) {
        double above = 1;
        assert_int_equal(hits_of(root, q), 5);
        for (int i = 0; i < 5; i++) {
            int line = line_of(hit(root, q, i));
            double cosine = scratch_number(hit(root, q, i), "cosine");
            assert_true(line % 3 == (q ? 3 : 17) % 3 && line != (q ? 3 : 17));
            assert_true(cosine <= above);
            above = cosine;
        }
    }
    cJSON_Delete(root);
    char *out = succeeds("similar model.safetensors rows.csv --query 17 --k 5");
    scratch_says(out, "like line 17, all of them: ");
    scratch_says(out, "device mobile");
    scratch_says(out, "cosine");
    free(out);
}

static void a_file_of_queries_is_answered_row_by_row(void **unused)
{
    (void)unused;
    write_rows("more.csv", 4);
    free(succeeds("similar model.safetensors rows.csv --queries more.csv --k 3 --out found.csv"));
    char *text = scratch_read(scratch_path("found.csv")), *at = strchr(text, '\n');
    assert_memory_equal(text, "query,rank,line,cosine\n", 23);
    for (int q = 0; q < ROWS; q++) {
        for (int r = 1; r <= 3; r++) {
            int query, rank, line, used;
            double cosine;
            assert_int_equal(sscanf(at, "\n%d,%d,%d,%lf%n", &query, &rank, &line, &cosine, &used), 4);
            assert_true(query == q + 2 && rank == r && line % 3 == query % 3 && cosine > 0.9 && cosine <= 1);
            at += used;
        }
    }
    assert_string_equal(at, "\n");
    free(text);
}

static void an_index_answers_like_its_rows(void **unused)
{
    (void)unused;
    char *said = succeeds("similar model.safetensors rows.csv --index users.safetensors");
    scratch_says(said, "120 rows, ");
    free(said);
    const char *const ways[] = {"", "--exact", "--ef 60"};
    free(succeeds("similar model.safetensors rows.csv --query 5,80 --k 7 --out direct.csv"));
    char *expected = scratch_read(scratch_path("direct.csv"));
    for (int w = 0; w < 3; w++) {
        char arguments[160];
        snprintf(arguments, sizeof arguments, "similar users.safetensors --query 5,80 --k 7 --out indexed.csv %s",
                 ways[w]);
        free(succeeds(arguments));
        char *text = scratch_read(scratch_path("indexed.csv"));
        assert_string_equal(text, expected);
        free(text);
    }
    free(expected);
    cJSON *root = document("similar users.safetensors --query 5 --ef 60 --json");
    assert_string_equal(scratch_word(root, "method"), "graph");
    cJSON_Delete(root);
    spl_bundle_file file; // and is still a bundle
    assert_true(spl_bundle_file_open(scratch_path("users.safetensors"), &file, NULL));
    assert_true(file.bundle.encoder_count == 1);
    spl_bundle_file_close(&file);
}

static void the_same_rows_give_the_same_index(void **unused)
{
    (void)unused;
    free(succeeds("similar model.safetensors rows.csv --threads 1 --index one.safetensors"));
    free(succeeds("similar model.safetensors rows.csv --threads 3 --index three.safetensors"));
    uint8_t *a, *b;
    size_t a_size, b_size;
    assert_true(spl_file_read(scratch_path("one.safetensors"), &a, &a_size, NULL));
    assert_true(spl_file_read(scratch_path("three.safetensors"), &b, &b_size, NULL));
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a, b, a_size);
    free(a);
    free(b);
}

static void a_damaged_index_is_refused(void **unused)
{
    (void)unused;
    uint8_t *data;
    size_t size;
    free(succeeds("similar model.safetensors rows.csv --index damaged.safetensors"));
    assert_true(spl_file_read(scratch_path("damaged.safetensors"), &data, &size, NULL));
    data[size - 100] ^= 1;
    scratch_write(scratch_path("damaged.safetensors"), data, size);
    free(data);
    refuses("damaged.safetensors --query 5", 1, "damaged.safetensors");
}

static void labelled_groups_become_clusters_with_their_names(void **unused)
{
    (void)unused;
    cJSON *root = document("similar model.safetensors rows.csv --label kind --groups groups.safetensors --json");
    assert_int_equal(cJSON_GetObjectItem(root, "groups")->valueint, 3);
    const cJSON *trial = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "trials"), 0);
    assert_true(scratch_number(trial, "balanced") > 0.95);
    cJSON_Delete(root);
    spl_bundle_file file;
    assert_true(spl_bundle_file_open(scratch_path("groups.safetensors"), &file, NULL));
    const spl_clusters *clusters = &file.bundle.clusters;
    assert_int_equal(clusters->count, 3);
    assert_int_equal(clusters->space, SPL_SPACE_EMBEDDING);
    const char *const labels[] = {"desktop", "mobile", "tablet"};
    for (uint32_t i = 0; i < 3; i++) {
        spl_text label = spl_cluster_label(clusters, i);
        assert_int_equal(label.size, strlen(labels[i]));
        assert_memory_equal(label.data, labels[i], label.size);
    }
    spl_bundle_file_close(&file);
    char *out = succeeds("similar model.safetensors rows.csv --label kind --points 2 --groups groups.safetensors");
    scratch_says(out, "3 groups as 6 points");
    free(out);
}

// A log whose best variant depends on the group: the tree learns by groups, and decides by them.
static void groups_are_a_level_of_the_tree(void **unused)
{
    (void)unused;
    char *text = malloc(12000 * 320), *at = text;
    for (int i = 0; i < 6000; i++) {
        double u[2];
        int kind = i % 2, variant;
        spl_uniform2(11, (uint64_t)i, SPL_STREAM_TEST, 0, u);
        variant = u[0] < 0.5;
        at += sprintf(
            at,
            "{\"type\":\"exposure\",\"id\":\"0192d3a0-0000-7000-8000-%012x\",\"time\":\"2026-03-01T10:%02d:%02dZ\","
            "\"experiment\":\"hero\",\"unit\":\"u%d\",\"variant\":\"%s\",\"propensity\":0.5,\"context\":{\"pages\":%d,"
            "\"minutes\":%d,\"device\":\"%s\",\"source\":\"%s\"}}\n",
            i, i / 60 % 60, i % 60, i, variant ? "b" : "control", kind ? 4 : 0, kind ? 5 : 9,
            kind ? "desktop" : "mobile", kind ? "mail" : "ads");
        if (u[1] < (variant == kind ? 0.4 : 0.1))
            at += sprintf(
                at,
                "{\"type\":\"outcome\",\"id\":\"0192d3a0-0000-7000-9000-%012x\",\"time\":\"2026-03-01T11:00:00Z\","
                "\"exposure\":\"0192d3a0-0000-7000-8000-%012x\",\"name\":\"buy\",\"value\":1}\n",
                i, i);
    }
    at += sprintf(
        at, "{\"type\":\"exposure\",\"id\":\"0192d3a0-0000-7000-a000-000000000000\",\"time\":\"2026-03-09T10:00:00Z\","
            "\"experiment\":\"hero\",\"unit\":\"last\",\"variant\":\"control\",\"propensity\":0.5}\n");
    scratch_write(scratch_path("events.ndjson"), text, (size_t)(at - text));
    free(text);
    free(succeeds("similar model.safetensors rows.csv --label kind --groups groups.safetensors"));
    free(succeeds("learn events.ndjson --model groups.safetensors --levels cluster --min-samples 500 --out "
                  "by_group.safetensors"));
    spl_bundle_file file;
    assert_true(spl_bundle_file_open(scratch_path("by_group.safetensors"), &file, NULL));
    assert_int_not_equal(spl_tree_find(&file.bundle.tree, SPL_TEXT("cluster:desktop")), SPL_NO_NODE);
    spl_bundle_file_close(&file);
    // Visits of the first kind have the label "desktop" (see write_rows), and there the control is better.
    char *first = succeeds("decide by_group.safetensors --unit x --json --context "
                           "'{\"pages\":0,\"minutes\":9,\"device\":\"mobile\",\"source\":\"ads\"}'");
    scratch_says(first, "cluster:desktop");
    free(first);
}

static void fewer_rows_than_asked_for_are_all_given(void **unused)
{
    (void)unused;
    cJSON *root = document("similar model.safetensors rows.csv --query 4 --k 500 --json");
    assert_int_equal(hits_of(root, 0), ROWS - 1);
    cJSON_Delete(root);
}

static void a_row_alone_is_like_no_other(void **unused)
{
    (void)unused;
    char *all = scratch_read(scratch_path("rows.csv")), *end = strchr(strchr(all, '\n') + 1, '\n');
    end[1] = '\0';
    scratch_write_text(scratch_path("one.csv"), all);
    char *out = succeeds("similar model.safetensors one.csv --query 2");
    assert_string_equal(out, "like line 2: there is no other row to compare with\n");
    free(out);
    free(all);
}

// Where a bundle or a table goes to standard output, nothing else does.
static void standard_output_has_one_thing_at_a_time(void **unused)
{
    (void)unused;
    refuses("model.safetensors rows.csv --label kind --groups - --query 5", 2, "which a bundle has");
    refuses("model.safetensors rows.csv --index - --query 5", 2, "which a bundle has");
    refuses("model.safetensors rows.csv --label kind --groups g.safetensors --query 5 --json", 2, "two documents");
    char *out = succeeds("similar model.safetensors rows.csv --index i.safetensors --query 5 --out -");
    assert_null(strstr(out, "indexed"));
    free(out);
    out = succeeds("similar model.safetensors rows.csv --label kind --groups g.safetensors --query 5 --out -");
    assert_null(strstr(out, "points"));
    free(out);
}

static void what_cannot_be_done_is_refused(void **unused)
{
    (void)unused;
    refuses("model.safetensors rows.csv --query 1", 1, "line 1 is no row; there are rows on lines 2 to 121");
    refuses("model.safetensors rows.csv --query 122", 1, "line 122 is no row");
    refuses("model.safetensors rows.csv --query 0", 2, "--query");
    refuses("model.safetensors rows.csv --query seven", 2, "--query");
    refuses("model.safetensors rows.csv --query 5 --k 0", 2, "--k");
    refuses("model.safetensors --query 5", 1, "has no index");
    refuses("model.safetensors rows.csv", 2, "what to do?");
    refuses("model.safetensors rows.csv --query 5 --queries more.csv", 2, "not both");
    refuses("model.safetensors rows.csv --query 5 --ef 9", 2, "searched exactly");
    refuses("model.safetensors rows.csv --label kind", 2, "go together");
    refuses("model.safetensors rows.csv --label nothing --groups g.safetensors", 1, "nothing");
    refuses("model.safetensors rows.csv --index rows.csv", 2, "would be overwritten");
    refuses("missing.safetensors rows.csv --query 5", 1, "missing.safetensors");
    refuses("rows.csv rows.csv --query 5", 1, "rows.csv");
    scratch_write_text(scratch_path("one.csv"),
                       "pages,minutes,device,source,kind\n1,1,mobile,ads,x\n2,2,mobile,ads,x\n");
    refuses("model.safetensors one.csv --label kind --groups g.safetensors", 1, "one group only");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_like_one_are_of_its_kind_and_it_is_told_what_they_share),
        cmocka_unit_test(a_file_of_queries_is_answered_row_by_row),
        cmocka_unit_test(an_index_answers_like_its_rows),
        cmocka_unit_test(the_same_rows_give_the_same_index),
        cmocka_unit_test(a_damaged_index_is_refused),
        cmocka_unit_test(labelled_groups_become_clusters_with_their_names),
        cmocka_unit_test(groups_are_a_level_of_the_tree),
        cmocka_unit_test(fewer_rows_than_asked_for_are_all_given),
        cmocka_unit_test(a_row_alone_is_like_no_other),
        cmocka_unit_test(standard_output_has_one_thing_at_a_time),
        cmocka_unit_test(what_cannot_be_done_is_refused),
    };
    write_rows("rows.csv", 3);
    free(succeeds("encoder train rows.csv --label kind --epochs 6 --batch 32 --out model.safetensors"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
