// SPDX-License-Identifier: MIT
// A schema is read, written and found in a bundle as the same schema; what cannot be one is refused by name.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/schema_spec.h"
#include "samplit/hash.h"
#include "testing.h"

static spl_schema_spec *parse(const char *json)
{
    spl_schema_spec *spec = NULL;
    spl_error error = {0};
    if (!spl_schema_spec_parse(json, strlen(json), "test.json", &spec, &error))
        fail_msg("%s: %s", error.field, error.text);
    return spec;
}

static const char EXAMPLE[] =
    "{\"name\":\"shop\",\"width\":8,\"features\":["
    "{\"attribute\":\"price\",\"kind\":\"numeric\",\"transform\":\"log1p\",\"lo\":0.1,\"hi\":7,\"missing\":0.25},"
    "{\"attribute\":\"new\",\"kind\":\"boolean\"},"
    "{\"attribute\":\"size\",\"kind\":\"categorical\",\"categories\":[\"S\",3,true]},"
    "{\"attribute\":\"hour\",\"kind\":\"cyclic\",\"period\":24}]}";

static void the_json_of_a_schema_is_what_the_core_gets(void **unused)
{
    (void)unused;
    spl_schema_spec *spec = parse(EXAMPLE);
    const spl_schema *s = &spec->schema;
    assert_string_equal(spec->name, "shop");
    assert_int_equal(s->feature_count, 4);
    assert_int_equal(s->width, 8);
    assert_true(s->attribute[0] == spl_name_hash(SPL_TEXT("price")));
    assert_int_equal(s->kind[2], SPL_FEATURE_CATEGORICAL);
    assert_int_equal(s->transform[0], SPL_TRANSFORM_LOG1P);
    assert_true(s->lo[0] == 0.1F && s->hi[0] == 7 && s->missing[0] == 0.25F);
    assert_true(s->period[3] == 24 && s->missing[1] == 0);
    assert_true(s->categories[1] == spl_value_key(SPL_KIND_NUMBER, 3, (spl_text){0}));
    assert_true(s->categories[2] == spl_value_key(SPL_KIND_BOOLEAN, 1, (spl_text){0}));
    spl_schema_spec_free(spec);
}

static void assert_equal_schemas(const spl_schema *a, const spl_schema *b)
{
    uint32_t f = a->feature_count;
    assert_int_equal(f, b->feature_count);
    assert_int_equal(a->width, b->width);
    assert_memory_equal(a->attribute, b->attribute, f * sizeof *a->attribute);
    assert_memory_equal(a->kind, b->kind, f);
    assert_memory_equal(a->transform, b->transform, f);
    assert_memory_equal(a->lo, b->lo, f * sizeof *a->lo);
    assert_memory_equal(a->hi, b->hi, f * sizeof *a->hi);
    assert_memory_equal(a->period, b->period, f * sizeof *a->period);
    assert_memory_equal(a->missing, b->missing, f * sizeof *a->missing);
    assert_memory_equal(a->category_start, b->category_start, (f + 1) * sizeof *a->category_start);
    assert_memory_equal(a->categories, b->categories, a->category_start[f] * sizeof *a->categories);
}

static void what_is_written_reads_back_the_same(void **unused)
{
    (void)unused;
    spl_schema_spec *specs[2] = {parse(EXAMPLE), NULL};
    assert_true(spl_schema_spec_web20(&specs[1], NULL));
    for (int i = 0; i < 2; i++) {
        char *text = spl_schema_spec_text(specs[i]);
        spl_schema_spec *again = parse(text);
        assert_string_equal(again->name, specs[i]->name);
        assert_equal_schemas(&specs[i]->schema, &again->schema);
        free(text);
        spl_schema_spec_free(again);
        spl_schema_spec_free(specs[i]);
    }
}

static void web_20_has_twenty_entries(void **unused)
{
    (void)unused;
    spl_schema_spec *spec = NULL;
    assert_true(spl_schema_spec_web20(&spec, NULL));
    uint32_t width = 0;
    for (uint32_t i = 0; i < spec->schema.feature_count; i++) width += spl_feature_width(&spec->schema, i);
    assert_int_equal(width, 20);
    assert_int_equal(spec->schema.width, 20);
    assert_string_equal(spec->features[3].categories[1], "tablet");
    spl_schema_spec_free(spec);
}

// The feature stands where %s is.
static void refused(const char *features, const char *field, const char *part)
{
    char json[1024];
    snprintf(json, sizeof json, "{\"features\":[%s]}", features);
    spl_schema_spec *spec = NULL;
    spl_error error = {0};
    assert_false(spl_schema_spec_parse(json, strlen(json), "bad.json", &spec, &error));
    assert_null(spec);
    assert_string_equal(error.file, "bad.json");
    assert_string_equal(error.field, field);
    if (!strstr(error.text, part)) fail_msg("\"%s\" does not hold \"%s\"", error.text, part);
}

static void what_is_no_feature_is_refused_by_its_member(void **unused)
{
    (void)unused;
    refused("", "features", "1 to 4096");
    refused("{\"kind\":\"boolean\"}", "features[0].attribute", "found nothing");
    refused("{\"attribute\":\"\",\"kind\":\"boolean\"}", "features[0].attribute", "1 to 255");
    refused("{\"attribute\":\"a\",\"kind\":\"number\"}", "features[0].kind", "numeric, boolean, categorical, cyclic");
    refused("{\"attribute\":\"a\",\"kind\":\"boolean\",\"lo\":1}", "features[0].lo", "attribute kind missing");
    refused("{\"attribute\":\"a\",\"kind\":\"numeric\",\"lo\":1}", "features[0].hi", "found nothing");
    refused("{\"attribute\":\"a\",\"kind\":\"numeric\",\"lo\":1,\"hi\":1}", "features[0].lo", "below");
    refused("{\"attribute\":\"a\",\"kind\":\"numeric\",\"lo\":1,\"hi\":1.00000000001}", "features[0].lo", "single");
    refused("{\"attribute\":\"a\",\"kind\":\"numeric\",\"lo\":1,\"hi\":1e39}", "features[0].hi", "from");
    refused("{\"attribute\":\"a\",\"kind\":\"numeric\",\"lo\":0,\"hi\":1,\"transform\":\"sqrt\"}",
            "features[0].transform", "none, log1p");
    refused("{\"attribute\":\"a\",\"kind\":\"boolean\",\"missing\":1.5}", "features[0].missing", "0 to 1");
    refused("{\"attribute\":\"a\",\"kind\":\"cyclic\",\"period\":0}", "features[0].period", "above 0");
    refused("{\"attribute\":\"a\",\"kind\":\"categorical\"}", "features[0].categories", "an array");
    refused("{\"attribute\":\"a\",\"kind\":\"categorical\",\"categories\":[\"x\",null]}", "features[0].categories[1]",
            "a string");
    refused("{\"attribute\":\"a\",\"kind\":\"categorical\",\"categories\":[\"1\",1]}", "features[0].categories",
            "differ");
    refused("{\"attribute\":\"a\",\"kind\":\"boolean\"},{\"attribute\":\"a\",\"kind\":\"boolean\"}",
            "features[1].attribute", "twice");
}

static void what_is_no_schema_is_refused(void **unused)
{
    (void)unused;
    static const struct {
        const char *json, *field, *part;
    } cases[] = {
        {"", "", "no JSON"},
        {"{\"features\":", "", "byte"},
        {"[]", "document", "an object"},
        {"{\"feature\":[]}", "feature", "unknown field"},
        {"{\"features\":{}}", "features", "an array"},
        {"{\"width\":2,\"features\":[{\"attribute\":\"a\",\"kind\":\"boolean\"}]}", "width", "make 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spl_schema_spec *spec = NULL;
        spl_error error = {0};
        assert_false(spl_schema_spec_parse(cases[i].json, strlen(cases[i].json), "x", &spec, &error));
        assert_string_equal(error.field, cases[i].field);
        if (!strstr(error.text, cases[i].part)) fail_msg("\"%s\" does not hold \"%s\"", error.text, cases[i].part);
    }
}

static void a_vector_may_not_be_wider_than_the_core_takes(void **unused)
{
    (void)unused;
    static char texts[SPL_FEATURES_MAX][8], *categories[SPL_FEATURES_MAX];
    for (int i = 0; i < SPL_FEATURES_MAX; i++) {
        snprintf(texts[i], sizeof texts[i], "%d", i);
        categories[i] = texts[i];
    }
    spl_feature_spec feature = {"a", SPL_FEATURE_CATEGORICAL, 0, 0, 1, 0, 0, SPL_FEATURES_MAX - 1, categories};
    spl_schema_spec *spec = NULL;
    spl_error error = {0};
    assert_true(spl_schema_spec_make("wide", &feature, 1, &spec, &error));
    assert_int_equal(spec->schema.width, SPL_FEATURES_MAX);
    spl_schema_spec_free(spec);
    feature.category_count = SPL_FEATURES_MAX;
    assert_false(spl_schema_spec_make("wider", &feature, 1, &spec, &error));
    assert_string_equal(error.field, "features");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_json_of_a_schema_is_what_the_core_gets),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(web_20_has_twenty_entries),
        cmocka_unit_test(what_is_no_feature_is_refused_by_its_member),
        cmocka_unit_test(what_is_no_schema_is_refused),
        cmocka_unit_test(a_vector_may_not_be_wider_than_the_core_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
