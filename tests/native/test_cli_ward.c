// SPDX-License-Identifier: MIT
// `samplit ward` as a user meets it: the tree in every format, cuts, and what it refuses.
#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "samplit/rng.h"
#include "scratch.h"
#include "testing.h"

#define ROWS 90

// Three groups around three places, row by row in turn; `weight` is 1, 2, 1, 2, …
static void write_rows(void)
{
    char text[ROWS * 64 + 64];
    int used = sprintf(text, "a,b,device,weight\n");
    for (int i = 0; i < ROWS; i++) {
        double u[2];
        spl_uniform2(7, (uint64_t)i, SPL_STREAM_TEST, 0, u);
        used += sprintf(text + used, "%.4f,%.4f,%s,%d\n", 10 * (i % 3) + u[0], 20 * (i % 3 == 2) + u[1],
                        i % 3 ? "mobile" : "desktop", 1 + i % 2);
    }
    scratch_write(scratch_path("rows.csv"), text, (size_t)used);
}

static char *succeeds(const char *arguments)
{
    scratch_run run = scratch_samplit("ward %s", arguments);
    if (run.code != 0) fail_msg("%s: exit code %d\n%s", arguments, run.code, run.err);
    char *out = strdup(run.out);
    scratch_run_free(&run);
    return out;
}

static void refuses(const char *arguments, int code, const char *message)
{
    scratch_run run = scratch_samplit("ward %s", arguments);
    assert_int_equal(run.code, code);
    scratch_says(run.err, message);
    assert_string_equal(run.out, "");
    scratch_run_free(&run);
}

static void the_top_of_the_tree_is_drawn(void **unused)
{
    (void)unused;
    char *out = succeeds("rows.csv --leave-out weight --k 3 --leaves 3");
    scratch_says(out, "90 rows, 100 %, apart at ");
    scratch_says(out, "30 rows, 33 %");
    scratch_says(out, "[cluster 0]");
    scratch_says(out, "[cluster 2]");
    free(out);
}

static void a_cut_gives_each_row_its_cluster(void **unused)
{
    (void)unused;
    const char *const cuts[] = {"--k 3", "--height 4"};
    for (int c = 0; c < 2; c++) {
        char arguments[128];
        snprintf(arguments, sizeof arguments, "rows.csv --leave-out weight %s --assignments a.txt --out tree.txt",
                 cuts[c]);
        free(succeeds(arguments));
        char *text = scratch_read(scratch_path("a.txt"));
        for (int i = 0; i < ROWS; i++) assert_true(text[2 * i] == '0' + i % 3 && text[2 * i + 1] == '\n');
        assert_int_equal(strlen(text), 2 * ROWS);
        free(text);
    }
}

static cJSON *document(const char *arguments)
{
    char *out = succeeds(arguments);
    cJSON *root = cJSON_Parse(out);
    assert_non_null(root);
    free(out);
    return root;
}

static void json_is_the_whole_linkage(void **unused)
{
    (void)unused;
    cJSON *root = document("rows.csv --leave-out weight --k 3 --json");
    const cJSON *linkage = cJSON_GetObjectItem(root, "linkage"), *row;
    assert_int_equal(cJSON_GetArraySize(linkage), ROWS - 1);
    double below = 0;
    int node = ROWS;
    cJSON_ArrayForEach(row, linkage)
    {
        double height = cJSON_GetArrayItem(row, 2)->valuedouble;
        assert_true(height >= below);
        assert_true(cJSON_GetArrayItem(row, 1)->valueint < node++);
        below = height;
    }
    assert_int_equal(cJSON_GetArrayItem(cJSON_GetArrayItem(linkage, ROWS - 2), 3)->valueint, ROWS);
    assert_int_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(root, "line"), 0)->valueint, 2);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "order")), ROWS);
    const cJSON *sizes = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "cut"), "rows");
    for (int i = 0; i < 3; i++) assert_int_equal(cJSON_GetArrayItem(sizes, i)->valueint, 30);
    cJSON_Delete(root);
}

static void newick_names_every_line_once_and_closes_what_it_opens(void **unused)
{
    (void)unused;
    free(succeeds("rows.csv --leave-out weight --out tree.nwk"));
    char *text = scratch_read(scratch_path("tree.nwk"));
    int open = 0, leaves = 0, joins = 0;
    for (const char *c = text; *c; c++) {
        open += (*c == '(') - (*c == ')');
        joins += *c == '(';
        leaves += (*c == '(' || *c == ',') && c[1] != '(';
        assert_true(open >= 0);
    }
    assert_int_equal(open, 0);
    assert_int_equal(leaves, ROWS);
    assert_int_equal(joins, ROWS - 1);
    scratch_says(text, ");\n");
    free(text);
}

static void the_picture_follows_the_reader_and_escapes_names(void **unused)
{
    (void)unused;
    scratch_write_text(scratch_path("bad.csv"), "a,device\n1,<b>&\n1,<b>&\n1,<b>&\n9,x\n9,x\n9,x\n");
    free(succeeds("bad.csv --k 2 --out tree.svg"));
    char *text = scratch_read(scratch_path("tree.svg"));
    scratch_says(text, "<svg xmlns=\"http://www.w3.org/2000/svg\"");
    scratch_says(text, "prefers-color-scheme:dark");
    scratch_says(text, "&lt;b&gt;&amp;");
    assert_null(strstr(text, "<b>"));
    free(text);
}

static void equally_high_joins_have_no_height_between_them(void **unused)
{
    (void)unused;
    scratch_write_text(scratch_path("tied.csv"), "a\n0\n1\n3\n4\n");
    cJSON *root = document("tied.csv --k 3 --json");
    const cJSON *cut = cJSON_GetObjectItem(root, "cut");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(cut, "height")));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(cut, "rows")), 3);
    cJSON_Delete(root);
    free(succeeds("tied.csv --k 3 --out tied.svg"));
    char *text = scratch_read(scratch_path("tied.svg"));
    assert_null(strstr(text, "nan"));
    free(text);
}

static void weights_and_standard_input_are_read(void **unused)
{
    (void)unused;
    cJSON *plain = document("- --leave-out weight --json < rows.csv"),
          *weighted = document("rows.csv --weights weight --json");
    const cJSON *a = cJSON_GetObjectItem(plain, "linkage"), *b = cJSON_GetObjectItem(weighted, "linkage");
    assert_int_equal(cJSON_GetArraySize(a), cJSON_GetArraySize(b));
    const cJSON *last = cJSON_GetArrayItem(a, ROWS - 2), *heavier = cJSON_GetArrayItem(b, ROWS - 2);
    double ratio = cJSON_GetArrayItem(heavier, 2)->valuedouble / cJSON_GetArrayItem(last, 2)->valuedouble;
    assert_true(fabs(ratio - sqrt(1.5)) < 0.01); // of half the rows twice the weight
    cJSON_Delete(plain);
    cJSON_Delete(weighted);
}

static void a_schema_is_read_from_a_bundle_too(void **unused)
{
    (void)unused;
    scratch_run made = scratch_samplit("cluster rows.csv --leave-out weight --k 3 --force --out clusters.safetensors");
    assert_int_equal(made.code, 0);
    scratch_run_free(&made);
    char *fitted = succeeds("rows.csv --leave-out weight --json"), *all = succeeds("rows.csv --json");
    char *given = succeeds("rows.csv --schema clusters.safetensors --json");
    assert_string_equal(given, fitted);
    assert_string_not_equal(given, all); // which the weight sets apart as well
    free(fitted);
    free(given);
    free(all);
}

static void the_number_of_threads_does_not_show(void **unused)
{
    (void)unused;
    char *one = succeeds("rows.csv --threads 1 --json"), *three = succeeds("rows.csv --threads 3 --json");
    assert_string_equal(one, three);
    free(one);
    free(three);
}

static void a_name_sets_the_format_also_before_gz(void **unused)
{
    (void)unused;
    char *svg = succeeds("rows.csv --leave-out weight --k 3 --format svg --out -");
    free(succeeds("rows.csv --leave-out weight --k 3 --out tree.svg.gz"));
    uint8_t *read;
    size_t size;
    assert_true(spl_file_read(scratch_path("tree.svg.gz"), &read, &size, NULL));
    assert_string_equal((const char *)read, svg);
    free(read);
    free(svg);
}

static void what_cannot_be_done_is_refused(void **unused)
{
    (void)unused;
    refuses("rows.csv --k 91", 1, "there are 90 rows for 91 clusters");
    refuses("rows.csv --k 0", 2, "--k");
    refuses("rows.csv --k 2 --height 1", 2, "not both");
    refuses("rows.csv --height -1", 2, "--height");
    refuses("rows.csv --assignments a.txt", 2, "cut the tree");
    refuses("rows.csv --out rows.csv", 2, "would be overwritten");
    refuses("rows.csv --format gif", 2, "expected ascii, svg, json or newick");
    refuses("rows.csv --leaves 201", 2, "--leaves");
    refuses("missing.csv", 1, "missing.csv");
    refuses("rows.csv --encoder missing.safetensors", 1, "missing.safetensors");
    refuses("rows.csv --schema rows.csv", 1, "rows.csv");
    refuses("rows.csv --encoder clusters.safetensors", 1, "the bundle has no encoder");
    refuses("rows.csv --weights device", 1, "is not a weight");
    scratch_write_text(scratch_path("nothing.csv"), "a,weight\n1,1\n2,0\n");
    refuses("nothing.csv --weights weight", 1, "nothing.csv:3: weight: \"0\" is not a weight: a number above 0");
    refuses("rows.csv --leave-out weight,nope", 1, "\"nope\"");
    refuses("", 2, "which rows?");
}

static void equal_rows_join_at_no_height(void **unused)
{
    (void)unused;
    scratch_write_text(scratch_path("same.csv"), "a,device\n1,x\n2,y\n1,x\n2,y\n");
    char *out = succeeds("same.csv --k 2");
    scratch_says(out, "2 rows, 50 %");
    free(out);
    cJSON *root = document("same.csv --json");
    const cJSON *linkage = cJSON_GetObjectItem(root, "linkage");
    assert_true(cJSON_GetArrayItem(cJSON_GetArrayItem(linkage, 0), 2)->valuedouble == 0); // equal rows
    assert_true(cJSON_GetArrayItem(cJSON_GetArrayItem(linkage, 1), 2)->valuedouble == 0);
    cJSON_Delete(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_top_of_the_tree_is_drawn),
        cmocka_unit_test(a_cut_gives_each_row_its_cluster),
        cmocka_unit_test(json_is_the_whole_linkage),
        cmocka_unit_test(newick_names_every_line_once_and_closes_what_it_opens),
        cmocka_unit_test(the_picture_follows_the_reader_and_escapes_names),
        cmocka_unit_test(equally_high_joins_have_no_height_between_them),
        cmocka_unit_test(weights_and_standard_input_are_read),
        cmocka_unit_test(a_schema_is_read_from_a_bundle_too),
        cmocka_unit_test(the_number_of_threads_does_not_show),
        cmocka_unit_test(a_name_sets_the_format_also_before_gz),
        cmocka_unit_test(what_cannot_be_done_is_refused),
        cmocka_unit_test(equal_rows_join_at_no_height),
    };
    write_rows();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
