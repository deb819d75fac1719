// SPDX-License-Identifier: MIT
// A file of rows becomes the vectors that a decision would have; a schema fitted to it says what it left out, and why.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/rows.h"
#include "samplit/hash.h"
#include "scratch.h"
#include "testing.h"

static spl_rows *read_rows(const char *path, const spl_rows_config *config)
{
    spl_rows *rows = NULL;
    spl_error error = {0};
    char text[1024];
    if (!spl_rows_read(path, config, &rows, &error)) fail_msg("%s", spl_error_format(&error, text, sizeof text));
    return rows;
}

static spl_rows *read_text(const char *text, const char *label)
{
    spl_rows_config config = {.label = label, .max_bad = 0.01};
    scratch_write_text(scratch_path("rows.csv"), text);
    return read_rows(scratch_path("rows.csv"), &config);
}

static const spl_feature_spec *feature(const spl_rows *rows, const char *attribute)
{
    for (uint32_t i = 0; i < rows->fitted->feature_count; i++) {
        if (strcmp(rows->fitted->features[i].attribute, attribute) == 0) return &rows->fitted->features[i];
    }
    return NULL;
}

static void assert_warns(const spl_rows *rows, const char *part)
{
    for (uint32_t i = 0; i < rows->warning_count; i++) {
        if (strstr(rows->warnings[i], part)) return;
    }
    fail_msg("no warning says \"%s\"", part);
}

// Rows of a header and `n` lines made by `line`.
static char *repeat(const char *header, int n, void (*line)(char *out, size_t size, int i))
{
    size_t room = strlen(header) + 2 + (size_t)n * 256, used;
    char *text = malloc(room);
    used = (size_t)snprintf(text, room, "%s\n", header);
    for (int i = 0; i < n; i++) {
        line(text + used, room - used, i);
        used += strlen(text + used);
    }
    return text;
}

static void mixed_line(char *out, size_t size, int i)
{
    static const char *const sources[] = {"google", "google", "mail", "ads"};
    snprintf(out, size, "%d,%g,%s,%s,%d,%d,7,%s,%d\n", i, i % 7 * 0.5, i % 3 ? "true" : "false", sources[i % 4], i % 24,
             i % 2, i % 2 ? "yes" : "no", i * 7 % 24);
}

static void columns_become_the_features_that_they_look_like(void **unused)
{
    (void)unused;
    char *text = repeat("row,price,new,source,hour,flag,same,label,other_hour", 300, mixed_line);
    spl_rows *rows = read_text(text, "label");
    assert_int_equal(rows->n, 300);
    assert_null(feature(rows, "row"));
    assert_warns(rows, "row is left out: it rises");
    assert_null(feature(rows, "same"));
    assert_warns(rows, "same is left out: it is the same");
    assert_null(feature(rows, "label"));
    const spl_feature_spec *price = feature(rows, "price"), *source = feature(rows, "source");
    assert_int_equal(price->kind, SPL_FEATURE_NUMERIC);
    assert_true(price->lo == 0 && price->hi == 3);
    assert_int_equal(feature(rows, "new")->kind, SPL_FEATURE_BOOLEAN);
    assert_int_equal(feature(rows, "flag")->kind, SPL_FEATURE_BOOLEAN);
    assert_int_equal(feature(rows, "hour")->kind, SPL_FEATURE_CYCLIC);
    assert_int_equal(feature(rows, "other_hour")->kind, SPL_FEATURE_NUMERIC);
    assert_int_equal(source->kind, SPL_FEATURE_CATEGORICAL);
    assert_int_equal(source->category_count, 3);
    assert_string_equal(source->categories[0], "google"); // the most frequent first, then by bytes
    assert_string_equal(source->categories[1], "ads");
    assert_int_equal(rows->class_count, 2);
    assert_string_equal(rows->classes[0], "no");
    assert_int_equal(rows->label[1], 1);
    assert_int_equal(rows->line[1], 3);
    free(text);
    spl_rows_free(rows);
}

// The vector of a row equals that of the same values as a decision's context gives them.
static void a_row_has_the_bits_of_a_decision(void **unused)
{
    (void)unused;
    static const char csv[] = "pageviews,session_seconds,is_returning,user_agent,source,country,hour,dow,unused\n"
                              "3,61.7,true,\"Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)\",google,gb,14,6,x\n"
                              "0,,false,,mail,US,,,\n";
    static spl_context context;
    spl_schema_spec *web = NULL;
    assert_true(spl_schema_spec_web20(&web, NULL));
    spl_rows_config config = {.schema = web, .max_bad = 0};
    scratch_write_text(scratch_path("web.csv"), csv);
    spl_rows *rows = NULL;
    spl_error error = {0};
    // is_weekend is no column; the rules of the context might give it, and here they do not.
    assert_true(spl_rows_read(scratch_path("web.csv"), &config, &rows, &error));
    const char agent[] = "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)";
    const spl_field fields[] = {
        {spl_name_hash(SPL_TEXT("pageviews")), 3, NULL, 0, SPL_KIND_NUMBER},
        {spl_name_hash(SPL_TEXT("session_seconds")), 61.7, NULL, 0, SPL_KIND_NUMBER},
        {spl_name_hash(SPL_TEXT("is_returning")), 1, NULL, 0, SPL_KIND_BOOLEAN},
        {spl_name_hash(SPL_TEXT("user_agent")), 0, agent, sizeof agent - 1, SPL_KIND_STRING},
        {spl_name_hash(SPL_TEXT("source")), 0, "google", 6, SPL_KIND_STRING},
        {spl_name_hash(SPL_TEXT("country")), 0, "gb", 2, SPL_KIND_STRING},
        {spl_name_hash(SPL_TEXT("hour")), 14, NULL, 0, SPL_KIND_NUMBER},
        {spl_name_hash(SPL_TEXT("dow")), 6, NULL, 0, SPL_KIND_NUMBER},
    };
    float expected[20];
    spl_context_build(&context, fields, sizeof fields / sizeof *fields);
    spl_features(&web->schema, &context, expected);
    assert_int_equal(rows->d, 20);
    assert_memory_equal(rows->x, expected, sizeof expected);
    assert_true(expected[4] == 1 && expected[13] == 1); // a tablet, in GB
    assert_true(rows->x[20 + 1] == 0);                  // no seconds: missing
    spl_rows_free(rows);
    spl_schema_spec_free(web);
}

static void outlier_line(char *out, size_t size, int i)
{
    double u = (i * 7919 % 1000) / 1000.0;
    snprintf(out, size, "%.6f,%.6f,%.6f\n", i == 500 ? 1e9 : 100 + u, exp(9 * u) - 1, i == 500 ? -1e9 : u);
}

static void one_wild_value_does_not_press_the_others_together(void **unused)
{
    (void)unused;
    char *text = repeat("wild,skewed,low", 1000, outlier_line);
    spl_rows *rows = read_text(text, NULL);
    const spl_feature_spec *wild = feature(rows, "wild"), *skewed = feature(rows, "skewed"),
                           *low = feature(rows, "low");
    assert_int_equal(skewed->transform, SPL_TRANSFORM_LOG1P);
    assert_true(skewed->lo < 0.1F && skewed->hi > 8.9F && skewed->hi < 9.1F);
    assert_int_equal(low->transform, SPL_TRANSFORM_NONE);
    assert_true(low->lo > -2 && low->hi <= 1);
    assert_true(wild->hi - wild->lo < 5); // as logarithms or as they are, the bulk keeps its place
    for (uint32_t i = 0; i < rows->n * rows->d; i++) assert_true(rows->x[i] >= 0 && rows->x[i] <= 1);
    free(text);
    spl_rows_free(rows);
}

static void hole_line(char *out, size_t size, int i)
{
    static const char *const holes[] = {"NaN", "inf", "", "NA", "-Infinity", "?", "1e-3", "+2.5", ".5", "5."};
    snprintf(out, size, "%s,%d,%d,%s,\n", holes[i % 10], i % 5, i % 5, i % 2 ? "NA" : "DE");
}

static void nan_and_infinity_are_missing_and_twins_are_left_out(void **unused)
{
    (void)unused;
    char *text = repeat("holes,a,b,text,empty", 200, hole_line);
    spl_rows *rows = read_text(text, NULL);
    const spl_feature_spec *holes = feature(rows, "holes");
    assert_int_equal(holes->kind, SPL_FEATURE_NUMERIC);
    assert_true(holes->lo == 0.001F && holes->hi == 5);
    for (uint32_t i = 0; i < rows->n; i++) {
        float x = rows->x[(size_t)i * rows->d];
        if (i % 10 < 6) assert_true(x == holes->missing);
        if (i % 10 == 6) assert_true(x == 0);
        if (i % 10 == 9) assert_true(x == 1);
    }
    assert_true(holes->missing > 0.39F && holes->missing < 0.41F); // the mean of 0, 0.5, 0.1 and 1
    assert_null(feature(rows, "b"));
    assert_warns(rows, "b is left out: it equals a");
    assert_warns(rows, "empty is left out: it has no value");
    assert_int_equal(feature(rows, "text")->category_count, 2); // NA may be Namibia: only among numbers is it a hole
    free(text);
    spl_rows_free(rows);
}

static void many_line(char *out, size_t size, int i)
{
    snprintf(out, size, "user%d,%d,%d\n", i, i * i % 31, i % 2);
}

static void identifiers_are_left_out_and_rare_values_are_others(void **unused)
{
    (void)unused;
    char *text = repeat("id,code,x", 1000, many_line);
    for (char *at = strchr(text, '\n'); at; at = strchr(at + 1, '\n')) { // codes as texts
        char *comma = at[1] ? strchr(at + 1, ',') : NULL;
        if (comma) *comma = ';';
    }
    memcpy(text, "id;code,x", 9);
    spl_rows *rows = read_text(text, NULL);
    assert_warns(rows, "id;code is left out: it differs");
    spl_rows_free(rows);
    free(text);
}

static void word_line(char *out, size_t size, int i)
{
    snprintf(out, size, "w%d,%d\n", i % 50 < 30 ? i % 20 : i % 400 + 100, i % 3);
}

static void no_feature_has_more_than_sixteen_categories(void **unused)
{
    (void)unused;
    char *text = repeat("word,x", 4000, word_line);
    spl_rows *rows = read_text(text, NULL);
    const spl_feature_spec *word = feature(rows, "word");
    assert_int_equal(word->category_count, 16);
    for (uint32_t c = 0; c < 16; c++) assert_true(atoi(word->categories[c] + 1) < 20);
    free(text);
    spl_rows_free(rows);
}

static void labels_may_be_missing_and_groups_are_numbered_too(void **unused)
{
    (void)unused;
    scratch_write_text(scratch_path("l.csv"), "x,y,part\n1,b,p\n2,,q\n3,a,q\n4,NaN,p\n5,b,\n");
    spl_rows_config config = {.label = "y", .group = "part"};
    spl_rows *rows = read_rows(scratch_path("l.csv"), &config);
    const int32_t labels[] = {1, -1, 0, -1, 1}, groups[] = {0, 1, 1, 0, -1};
    assert_memory_equal(rows->label, labels, sizeof labels);
    assert_memory_equal(rows->group, groups, sizeof groups);
    assert_int_equal(rows->d, 1);
    assert_string_equal(rows->groups[1], "q");
    spl_rows_free(rows);
}

static void refused(const char *text, const spl_rows_config *config, const char *field, const char *part)
{
    spl_rows *rows = NULL;
    spl_error error = {0};
    scratch_write_text(scratch_path("bad.csv"), text);
    assert_false(spl_rows_read(scratch_path("bad.csv"), config, &rows, &error));
    assert_null(rows);
    assert_string_equal(error.file, scratch_path("bad.csv"));
    assert_string_equal(error.field, field);
    scratch_says(error.text, part);
}

static void what_cannot_be_rows_is_refused(void **unused)
{
    (void)unused;
    spl_rows_config plain = {0}, label = {.label = "z"}, group = {.group = "z"}, web = {0};
    refused("", &plain, "", "empty");
    refused("x,y\n", &plain, "", "has no rows");
    refused("x,y\n1,2\n3,4\n", &label, "z", "there are: x, y");
    refused("x,y\n1,2\n3,4\n", &group, "z", "there are: x, y");
    refused("x,y\n1,2\n1,2\n", &plain, "", "no column can be a feature; x is left out");
    refused("x,x\n1,2\n2,3\n", &plain, "", "2 columns are named x");
    refused("x,y\n1,2\n3\n4,5\n", &plain, "", "1 of 3 rows are bad");
    refused("x,z\n1,2\n",
            &(spl_rows_config){.label = "z", .leave_out = (const char *const[]){"x"}, .leave_out_count = 1}, "",
            "no column left");
    spl_schema_spec *spec = NULL;
    assert_true(spl_schema_spec_web20(&spec, NULL));
    web.schema = spec;
    refused("pageviews,dow\n1,2\n", &web, "session_seconds", "there are: pageviews, dow");
    web.label = "device";
    refused("pageviews,device\n1,mobile\n", &web, "device", "also a feature");
    spl_schema_spec_free(spec);
}

static void bad_rows_within_the_limit_are_left_out_and_counted(void **unused)
{
    (void)unused;
    spl_rows_config config = {.max_bad = 0.5};
    scratch_write_text(scratch_path("some.csv"), "x,y\n1,2\n3\n4,5\n");
    spl_rows *rows = read_rows(scratch_path("some.csv"), &config);
    assert_int_equal(rows->n, 2);
    assert_int_equal(rows->bad_rows, 1);
    assert_int_equal(rows->first_bad.line, 3);
    assert_int_equal(rows->line[1], 4);
    spl_rows_free(rows);
}

static void cells_that_are_no_numbers_are_counted(void **unused)
{
    (void)unused;
    spl_schema_spec *spec = NULL;
    static const char json[] = "{\"features\":[{\"attribute\":\"x\",\"kind\":\"numeric\",\"lo\":0,\"hi\":10,"
                               "\"missing\":0.5}]}";
    assert_true(spl_schema_spec_parse(json, sizeof json - 1, "s", &spec, NULL));
    spl_rows_config config = {.schema = spec};
    scratch_write_text(scratch_path("n.csv"), "x\n1\nlots\n1e1\n");
    spl_rows *rows = read_rows(scratch_path("n.csv"), &config);
    const float expected[] = {0.1F, 0.5F, 1};
    assert_memory_equal(rows->x, expected, sizeof expected);
    assert_warns(rows, "x: 1 of 3 cells are no numbers");
    spl_rows_free(rows);
    spl_schema_spec_free(spec);
}

static void ndjson_reads_like_csv(void **unused)
{
    (void)unused;
    spl_rows_config config = {.label = "y"};
    scratch_write_text(scratch_path("a.csv"), "x,s,y\n1.5,a,p\n2,b,q\n4,a,p\n");
    scratch_write_text(scratch_path("a.ndjson"),
                       "{\"x\":1.5,\"s\":\"a\",\"y\":\"p\"}\n{\"x\":2,\"s\":\"b\",\"y\":\"q\"}\n"
                       "{\"y\":\"p\",\"s\":\"a\",\"x\":4}\n");
    spl_rows *a = read_rows(scratch_path("a.csv"), &config), *b = read_rows(scratch_path("a.ndjson"), &config);
    assert_int_equal(a->d, 4);
    assert_int_equal(b->d, 4);
    assert_memory_equal(a->x, b->x, sizeof(float) * a->n * a->d);
    assert_memory_equal(a->label, b->label, sizeof(int32_t) * a->n);
    spl_rows_free(a);
    spl_rows_free(b);
}

static void long_line(char *out, size_t size, int i)
{
    snprintf(out, size, "%d\n", i * 7919 % 200003);
}

// More rows than the sample holds: the ends are still near those of the data.
static void a_large_file_is_fitted_on_a_sample(void **unused)
{
    (void)unused;
    char *text = repeat("x", 200003, long_line);
    spl_rows *rows = read_text(text, NULL);
    assert_int_equal(rows->n, 200003);
    assert_true(feature(rows, "x")->lo < 200 && feature(rows, "x")->hi > 199800);
    free(text);
    spl_rows_free(rows);
}

static void online_shoppers_has_the_features_that_its_columns_name(void **unused)
{
    (void)unused;
    const char *path = scratch_data("online_shoppers/online_shoppers_intention.csv.gz");
    if (!path) skip();
    spl_rows_config config = {.label = "Revenue"};
    spl_rows *rows = read_rows(path, &config);
    assert_int_equal(rows->n, 12330);
    assert_int_equal(rows->d, 30);
    uint32_t bought = 0;
    for (uint32_t i = 0; i < rows->n; i++) bought += rows->label[i] == 1;
    assert_int_equal(bought, 1908);
    assert_int_equal(feature(rows, "Month")->category_count, 10);
    assert_int_equal(feature(rows, "PageValues")->transform, SPL_TRANSFORM_LOG1P);
    spl_rows_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_become_the_features_that_they_look_like),
        cmocka_unit_test(a_row_has_the_bits_of_a_decision),
        cmocka_unit_test(one_wild_value_does_not_press_the_others_together),
        cmocka_unit_test(nan_and_infinity_are_missing_and_twins_are_left_out),
        cmocka_unit_test(identifiers_are_left_out_and_rare_values_are_others),
        cmocka_unit_test(no_feature_has_more_than_sixteen_categories),
        cmocka_unit_test(labels_may_be_missing_and_groups_are_numbered_too),
        cmocka_unit_test(what_cannot_be_rows_is_refused),
        cmocka_unit_test(bad_rows_within_the_limit_are_left_out_and_counted),
        cmocka_unit_test(cells_that_are_no_numbers_are_counted),
        cmocka_unit_test(ndjson_reads_like_csv),
        cmocka_unit_test(a_large_file_is_fitted_on_a_sample),
        cmocka_unit_test(online_shoppers_has_the_features_that_its_columns_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
