// SPDX-License-Identifier: MIT
// `samplit cluster` as a user meets it, and its clusters as segments: events, learn, decide, replay.
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "cli_learn_fixture.h"
#include "cluster_fixture.h"
#include "data/rows.h"
#include "scratch.h"
#include "testing.h"

static const char *const SOURCES[] = {"google", "instagram", "direct"};

// One of three kinds of visitors, mixed: searchers in the morning on desktops, phones in the evening, those who return.
static int kind_of(uint32_t i)
{
    return (int)(3 * cluster_uniform(77, i));
}

static void print_visit(FILE *to, uint32_t i, const char *format)
{
    static const double hours[] = {8, 20, 14}, pages[] = {3, 9, 30};
    static const char *const devices[] = {"desktop", "mobile", "tablet"};
    int kind = kind_of(i);
    int hour = (int)(hours[kind] + cluster_normal(1, i)), count = (int)(pages[kind] * (1 + 0.1 * cluster_normal(2, i)));
    fprintf(to, format, SOURCES[kind], devices[kind], hour, count, kind == 2 ? "true" : "false");
}

static void write_rows(const char *name, uint32_t n)
{
    FILE *file = fopen(scratch_path(name), "w");
    assert_non_null(file);
    fputs("source,device,hour,pageviews,is_returning\n", file);
    for (uint32_t i = 0; i < n; i++) print_visit(file, i, "%s,%s,%d,%d,%s\n");
    assert_int_equal(fclose(file), 0);
}

static void write_noise(const char *name, uint32_t n)
{
    FILE *file = fopen(scratch_path(name), "w");
    assert_non_null(file);
    fputs("a,b\n", file);
    for (uint32_t i = 0; i < n; i++) fprintf(file, "%.9g,%.9g\n", cluster_uniform(3, i), cluster_uniform(4, i));
    assert_int_equal(fclose(file), 0);
}

static scratch_run succeeds(const char *arguments)
{
    scratch_run run = scratch_samplit("%s", arguments);
    if (run.code != 0) fail_msg("samplit %s: %d\n%s", arguments, run.code, run.err);
    return run;
}

static void fails(const char *arguments, int code, const char *part)
{
    scratch_run run = scratch_samplit("%s", arguments);
    assert_int_equal(run.code, code);
    scratch_says(run.err, part);
    scratch_run_free(&run);
}

static cJSON *document(const char *arguments, int code)
{
    scratch_run run = scratch_samplit("%s", arguments);
    assert_int_equal(run.code, code);
    cJSON *root = cJSON_Parse(run.out);
    assert_non_null(root);
    scratch_run_free(&run);
    return root;
}

static void kinds_of_visitors_are_found_and_named(void **state)
{
    (void)state;
    write_rows("rows.csv", 600);
    cJSON *root =
        document("cluster rows.csv --k 2..6 --out c.safetensors --assignments a.txt --report r.json --json", 0);
    assert_true(scratch_number(root, "k") == 3);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "scores")), 5);
    const cJSON *clusters = cJSON_GetObjectItem(root, "clusters");
    uint32_t named = 0;
    for (int c = 0; c < 3; c++)
        for (int s = 0; s < 3; s++)
            named += strstr(scratch_word(cJSON_GetArrayItem(clusters, c), "name"), SOURCES[s]) != NULL;
    assert_int_equal(named, 3);
    assert_string_equal(scratch_word(cJSON_GetObjectItem(root, "verdict"), "answer"), "deploy");
    char *report = scratch_read(scratch_path("r.json"));
    cJSON *same = cJSON_Parse(report);
    assert_true(cJSON_Compare(root, same, true));
    free(report);
    cJSON_Delete(same);
    cJSON_Delete(root);
}

// The labels in the file are those that a decision with the bundle gives the same row.
static void assignments_are_those_of_the_core(void **state)
{
    (void)state;
    write_rows("same.csv", 500);
    scratch_succeeds("cluster same.csv --k 3 --out same.safetensors --assignments same.txt");
    spl_bundle_file file;
    spl_schema_spec *schema;
    spl_rows *rows;
    spl_error error = {0};
    assert_true(spl_bundle_file_open(scratch_path("same.safetensors"), &file, &error));
    assert_int_equal(file.bundle.clusters.count, 3);
    assert_int_equal(file.bundle.experiment_count, 0);
    assert_true(spl_schema_spec_of_bundle(&file.bundle, &schema, &error));
    spl_rows_config config = {.schema = schema, .max_bad = 0};
    assert_true(spl_rows_read(scratch_path("same.csv"), &config, &rows, &error));
    FILE *labels = fopen(scratch_path("same.txt"), "r");
    assert_non_null(labels);
    float scores[3];
    for (uint32_t i = 0; i < rows->n; i++) {
        unsigned label;
        assert_int_equal(fscanf(labels, "%u", &label), 1);
        assert_int_equal(label, spl_cluster_nearest(&file.bundle.clusters, SPL_KERNEL_SCALAR,
                                                    rows->x + (size_t)i * rows->d, scores));
    }
    fclose(labels);
    spl_rows_free(rows);
    spl_schema_spec_free(schema);
    spl_bundle_file_close(&file);
}

static void equal_runs_write_equal_files_whatever_the_threads(void **state)
{
    (void)state;
    write_rows("twice.csv", 400);
    scratch_succeeds("cluster twice.csv --threads 1 --out one.safetensors");
    scratch_succeeds("cluster twice.csv --threads 3 --out three.safetensors");
    scratch_succeeds("cluster twice.csv --seed 5 --out seed.safetensors");
    spl_bundle_file one, three, seed;
    assert_true(spl_bundle_file_open(scratch_path("one.safetensors"), &one, NULL));
    assert_true(spl_bundle_file_open(scratch_path("three.safetensors"), &three, NULL));
    assert_true(spl_bundle_file_open(scratch_path("seed.safetensors"), &seed, NULL));
    assert_memory_equal(one.bundle.id, three.bundle.id, SPL_BUNDLE_ID_BYTES);
    assert_memory_not_equal(one.bundle.id, seed.bundle.id, SPL_BUNDLE_ID_BYTES); // it stands in the lineage
    assert_non_null(strstr(one.bundle.manifest.data, "blake2b"));
    spl_bundle_file_close(&one);
    spl_bundle_file_close(&three);
    spl_bundle_file_close(&seed);
}

static void noise_is_one_cluster_and_refused(void **state)
{
    (void)state;
    write_noise("noise.csv", 400);
    cJSON *root = document("cluster noise.csv --out noise.safetensors --assignments noise.txt --json", 1);
    assert_true(scratch_number(root, "k") == 1);
    assert_string_equal(scratch_word(cJSON_GetObjectItem(root, "verdict"), "answer"), "refuse");
    cJSON_Delete(root);
    assert_false(scratch_exists("noise.safetensors"));
    assert_true(scratch_exists("noise.txt"));
    fails("cluster noise.csv --out noise.safetensors", 1, "--force");
    scratch_succeeds("cluster noise.csv"); // nothing to refuse
    scratch_succeeds("cluster noise.csv --out noise.safetensors --force");
    spl_bundle_file file;
    assert_true(spl_bundle_file_open(scratch_path("noise.safetensors"), &file, NULL));
    assert_int_equal(file.bundle.clusters.count, 1);
    assert_true(spl_text_equal(spl_cluster_label(&file.bundle.clusters, 0), SPL_TEXT("everyone")));
    spl_bundle_file_close(&file);
}

static void weights_come_from_a_column(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("w.csv"), "x,w\n0,3\n0.1,1\n9,1\n9.2,0\n9.1,2\n");
    cJSON *root = document("cluster w.csv --k 2 --weights w --json", 0);
    const cJSON *clusters = cJSON_GetObjectItem(root, "clusters");
    double a = scratch_number(cJSON_GetArrayItem(clusters, 0), "share"),
           b = scratch_number(cJSON_GetArrayItem(clusters, 1), "share");
    assert_true((a > b ? a : b) == 4.0 / 7);
    assert_true(scratch_number(root, "width") == 1);
    cJSON_Delete(root);
    scratch_write_text(scratch_path("w.csv"), "x,w\n0,3\n1,-1\n2,4\n");
    fails("cluster w.csv --k 2 --weights w", 1, "w.csv:3: w:");
    fails("cluster w.csv --k 2 --weights weight", 1, "weight");
}

static void bad_input_is_named(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("few.csv"), "x,y\n1,2\n3,4\n5,9\n");
    fails("cluster few.csv --k 4", 1, "only 3 rows differ");
    scratch_write_text(scratch_path("equal.csv"), "x,y\n1,2\n1,2\n1,2\n");
    fails("cluster equal.csv", 1, "equal.csv");
    scratch_write_text(scratch_path("none.csv"), "x,y\n");
    fails("cluster none.csv", 1, "none.csv");
    fails("cluster missing.csv", 1, "missing.csv");
    write_noise("some.csv", 50);
    fails("cluster some.csv --k 1", 2, "--k");
    fails("cluster some.csv --k 5..3", 2, "--k");
    fails("cluster some.csv --k 2..x", 2, "--k");
    fails("cluster some.csv --restarts 0", 2, "--restarts");
    fails("cluster some.csv --out some.csv", 2, "some.csv");
    fails("cluster some.csv --out - --json", 2, "standard output");
    fails("cluster", 2, "which rows");
    fails("cluster some.csv --encoder some.csv", 1, "some.csv");
}

static void constant_repeated_and_broken_cells_are_no_trouble(void **state)
{
    (void)state;
    FILE *file = fopen(scratch_path("odd.csv"), "w");
    assert_non_null(file);
    fputs("a,same,again,odd\n", file);
    for (uint32_t i = 0; i < 300; i++) {
        double a = kind_of(i) + 0.05 * cluster_normal(9, i);
        fprintf(file, "%.9g,7,%.9g,%s\n", a, a, i % 50 == 0 ? "NaN" : i % 50 == 1 ? "inf" : "1");
    }
    assert_int_equal(fclose(file), 0);
    cJSON *root = document("cluster odd.csv --json", 0);
    assert_true(scratch_number(root, "k") == 3);
    cJSON_Delete(root);
}

// --- clusters as segments ---------------------------------------------------------------------------------

// Phones buy with b, all others with control.
static void write_events(const char *name, uint32_t n)
{
    event_log log = event_log_new(name);
    for (uint32_t i = 0; i < n; i++) {
        char visit[300];
        FILE *text = fmemopen(visit, sizeof visit, "w");
        print_visit(text, i,
                    ",\"context\":{\"source\":\"%s\",\"device\":\"%s\",\"hour\":%d,\"pageviews\":%d,"
                    "\"is_returning\":%s}");
        fclose(text);
        bool b = cluster_uniform(11, i) < 0.5, buys = cluster_uniform(12, i) < ((kind_of(i) == 1) == b ? 0.4 : 0.1);
        uint32_t id = event_log_expose(&log, "hero", b ? "b" : "control", visit);
        if (buys) event_log_outcome(&log, id, "buy", 1);
    }
    assert_int_equal(fclose(log.file), 0);
}

static void clusters_can_be_segments(void **state)
{
    (void)state;
    write_rows("visits.csv", 900);
    write_events("events.ndjson", 6000);
    scratch_succeeds("cluster visits.csv --k 2..6 --out model.safetensors");
    scratch_succeeds(
        "learn events.ndjson --model model.safetensors --levels cluster --prune-gain 0 --out hero.safetensors");
    spl_bundle_file model, hero;
    assert_true(spl_bundle_file_open(scratch_path("model.safetensors"), &model, NULL));
    assert_true(spl_bundle_file_open(scratch_path("hero.safetensors"), &hero, NULL));
    assert_int_equal(hero.bundle.clusters.count, 3);
    assert_int_equal(hero.bundle.tree.node_count, 4); // the root and its clusters
    assert_int_equal(hero.bundle.schema.width, model.bundle.schema.width);
    spl_bundle_file_close(&model);
    spl_bundle_file_close(&hero);

    // A phone in the evening gets b, a desktop in the morning control; and the segment says which cluster.
    const char *const contexts[] = {
        "{\"source\":\"instagram\",\"device\":\"mobile\",\"hour\":20,\"pageviews\":9,\"is_returning\":false}",
        "{\"source\":\"google\",\"device\":\"desktop\",\"hour\":8,\"pageviews\":3,\"is_returning\":false}"};
    const char *const names[] = {"instagram", "google"};
    for (int i = 0; i < 2; i++) {
        char line[400];
        snprintf(line, sizeof line, "decide hero.safetensors --unit u1 --context '%s' --json", contexts[i]);
        cJSON *root = document(line, 0);
        scratch_says(scratch_word(root, "segment"), "cluster:");
        scratch_says(scratch_word(root, "segment"), names[i]);
        const cJSON *p = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "probabilities"), i == 0 ? 1 : 0);
        assert_true(p->valuedouble > 0.8);
        cJSON_Delete(root);
    }
}

static void what_was_decided_by_clusters_replays(void **state)
{
    (void)state;
    write_rows("again.csv", 900);
    write_events("log.ndjson", 3000);
    scratch_succeeds("cluster again.csv --k 3 --out m.safetensors");
    scratch_succeeds("learn log.ndjson --model m.safetensors --levels cluster,device --out d.safetensors");
    FILE *file = fopen(scratch_path("decided.ndjson"), "w");
    assert_non_null(file);
    for (uint32_t i = 0; i < 5; i++) {
        char line[512];
        FILE *text = fmemopen(line, sizeof line, "w");
        fprintf(text, "decide d.safetensors --unit v%u --event --context '", i);
        print_visit(text, i, "{\"source\":\"%s\",\"device\":\"%s\",\"hour\":%d,\"pageviews\":%d,\"is_returning\":%s}'");
        fclose(text);
        scratch_run run = succeeds(line);
        fputs(run.out, file);
        scratch_run_free(&run);
    }
    assert_int_equal(fclose(file), 0);
    scratch_succeeds("replay d.safetensors decided.ndjson");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_of_visitors_are_found_and_named),
        cmocka_unit_test(assignments_are_those_of_the_core),
        cmocka_unit_test(equal_runs_write_equal_files_whatever_the_threads),
        cmocka_unit_test(noise_is_one_cluster_and_refused),
        cmocka_unit_test(weights_come_from_a_column),
        cmocka_unit_test(bad_input_is_named),
        cmocka_unit_test(constant_repeated_and_broken_cells_are_no_trouble),
        cmocka_unit_test(clusters_can_be_segments),
        cmocka_unit_test(what_was_decided_by_clusters_replays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
