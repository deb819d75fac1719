// SPDX-License-Identifier: MIT
#include "learn/cluster/cluster_name.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cluster_fixture.h"
#include "testing.h"

#define N 400

static spl_schema_spec *parse(const char *json)
{
    spl_schema_spec *out;
    spl_error error = {0};
    if (!spl_schema_spec_parse(json, strlen(json), "test", &out, &error)) fail_msg("%s: %s", error.field, error.text);
    return out;
}

static const char SCHEMA[] =
    "{\"features\":[{\"attribute\":\"source\",\"kind\":\"categorical\",\"categories\":[\"google\",\"instagram\"]},"
    "{\"attribute\":\"is_returning\",\"kind\":\"boolean\"},"
    "{\"attribute\":\"session_seconds\",\"kind\":\"numeric\",\"lo\":0,\"hi\":100},"
    "{\"attribute\":\"hour\",\"kind\":\"cyclic\",\"period\":24}]}";
#define WIDTH 7

// Half the rows each: google, returning, long, morning; and instagram, new, short, evening. `twin` more clusters
// that are the second once more.
static void make_rows(cluster_rows *rows, uint32_t *label, uint32_t k)
{
    for (uint32_t i = 0; i < N; i++) {
        bool first = i % 2 == 0;
        double angle = 2 * M_PI * ((first ? 9 : 20) + cluster_normal(2, i)) / 24;
        float *x = rows->x + (size_t)i * WIDTH;
        x[first ? 0 : 1] = 1;
        x[3] = first;
        x[4] = (float)((first ? 0.8 : 0.2) + 0.02 * cluster_normal(1, i));
        x[5] = (float)sin(angle);
        x[6] = (float)cos(angle);
        label[i] = first ? 0 : 1 + i / 2 % (k - 1);
    }
}

static void names_say_what_sets_a_cluster_apart(void **state)
{
    (void)state;
    cluster_rows rows = cluster_rows_new(N, WIDTH);
    uint32_t label[N];
    char names[2][SPL_CLUSTER_NAME_MAX];
    spl_schema_spec *schema = parse(SCHEMA);
    make_rows(&rows, label, 2);
    spl_labeling labeling = {2, label};
    assert_true(spl_cluster_name(&rows.points, &labeling, schema, names, NULL));
    const char *const expected[2][4] = {{"google", "returning", "high session seconds", "morning"},
                                        {"instagram", "not returning", "low session seconds", "evening"}};
    for (int c = 0; c < 2; c++) {
        uint32_t said = 0;
        for (int f = 0; f < 4; f++) said += strstr(names[c], expected[c][f]) != NULL;
        assert_int_equal(said, 3); // of the four, the three that say most
        assert_non_null(strstr(names[c], expected[c][0]));
    }
    assert_null(strstr(names[0], "not "));
    spl_schema_spec_free(schema);
    cluster_rows_free(&rows);
}

static void clusters_that_are_alike_are_numbered(void **state)
{
    (void)state;
    cluster_rows rows = cluster_rows_new(N, WIDTH);
    uint32_t label[N];
    char names[4][SPL_CLUSTER_NAME_MAX];
    spl_schema_spec *schema = parse(SCHEMA);
    make_rows(&rows, label, 4);
    spl_labeling labeling = {4, label};
    assert_true(spl_cluster_name(&rows.points, &labeling, schema, names, NULL));
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < a; b++) assert_string_not_equal(names[a], names[b]);
    for (int c = 1; c < 4; c++) assert_non_null(strstr(names[c], "instagram"));
    spl_schema_spec_free(schema);
    cluster_rows_free(&rows);
}

static void one_cluster_is_everyone(void **state)
{
    (void)state;
    cluster_rows rows = cluster_rows_new(N, WIDTH);
    char names[1][SPL_CLUSTER_NAME_MAX];
    spl_schema_spec *schema = parse(SCHEMA);
    spl_labeling labeling = {1, rows.truth};
    assert_true(spl_cluster_name(&rows.points, &labeling, schema, names, NULL));
    assert_string_equal(names[0], "everyone");
    spl_schema_spec_free(schema);
    cluster_rows_free(&rows);
}

static void long_names_stay_whole_and_within_bounds(void **state)
{
    (void)state;
    char json[1200], word[260] = "";
    for (int i = 0; i < 80; i++) strcat(word, "\xE2\x82\xAC"); // the euro sign, three bytes
    snprintf(json, sizeof json,
             "{\"features\":[{\"attribute\":\"%s\",\"kind\":\"categorical\",\"categories\":[\"%s\"]},"
             "{\"attribute\":\"is_%s\",\"kind\":\"boolean\"}]}",
             word, word, word);
    spl_schema_spec *schema = parse(json);
    cluster_rows rows = cluster_rows_new(40, 3);
    uint32_t label[40];
    char names[4][SPL_CLUSTER_NAME_MAX];
    for (uint32_t i = 0; i < 40; i++) {
        label[i] = i % 4;
        rows.x[3 * i + (i % 4 > 1)] = 1;
        rows.x[3 * i + 2] = i % 4 == 0;
    }
    spl_labeling labeling = {4, label};
    assert_true(spl_cluster_name(&rows.points, &labeling, schema, names, NULL));
    for (int c = 0; c < 4; c++) assert_true(spl_text_is_utf8((spl_text){names[c], strlen(names[c])}));
    spl_schema_spec_free(schema);
    cluster_rows_free(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_say_what_sets_a_cluster_apart),
        cmocka_unit_test(clusters_that_are_alike_are_numbered),
        cmocka_unit_test(one_cluster_is_everyone),
        cmocka_unit_test(long_names_stay_whole_and_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
