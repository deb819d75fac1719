// SPDX-License-Identifier: MIT
// What the writer writes, the reader reads; what the reader would refuse, the writer does not write.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "bundle/bundle_file.h"
#include "bundle/bundle_write.h"
#include "bundle/manifest.h"
#include "samplit/hash.h"
#include "testing.h"

// A tree of three nodes, two experiments and an encoder of two layers over web-20.
typedef struct fixture {
    spl_schema_spec *schema;
    float weights[20 * 6 + 6 * 5], biases[6 + 5];
    uint32_t parent[3], first_child[3], child_count[3], key_start[4];
    uint64_t split[3], value[3];
    int32_t rows[2][3];
    double tables[2][2 * 3];
    spl_text variants[5];
    spl_experiment experiments[2];
    spl_encoder encoder;
    spl_bundle bundle;
} fixture;

static const char KEYS[] = "device:tvdevice:mobile";

static void fill_tree(fixture *f)
{
    uint64_t a = spl_name_hash(SPL_TEXT("tv")), b = spl_name_hash(SPL_TEXT("mobile"));
    assert_true(a < b);
    f->parent[0] = SPL_NO_NODE;
    f->first_child[0] = 1;
    f->child_count[0] = 2;
    f->split[0] = spl_name_hash(SPL_TEXT("device"));
    f->value[1] = a;
    f->value[2] = b;
    f->key_start[2] = 9;
    f->key_start[3] = sizeof KEYS - 1;
    f->bundle.tree = (spl_tree){3, f->parent, f->first_child, f->child_count, f->split, f->value, f->key_start, KEYS};
}

static void fill_experiments(fixture *f)
{
    static const spl_text names[] = {{"control", 7}, {"big \"red\"", 9}, {"x", 1}, {"\xC3\xA4", 2}, {"b", 1}};
    static const double first[] = {0.2, 0.3, 0.5, 0.6, 0.2, 0.2}, second[] = {0.25, 0.75};
    memcpy(f->variants, names, sizeof names);
    memcpy(f->tables[0], first, sizeof first);
    memcpy(f->tables[1], second, sizeof second);
    f->rows[0][1] = 1;
    f->rows[0][2] = f->rows[1][1] = f->rows[1][2] = -1;
    f->experiments[0] = (spl_experiment){
        SPL_TEXT("checkout"), UINT64_MAX, SPL_HASH_RACE, 0.01, {0}, f->variants, {3, 2, f->rows[0], f->tables[0]}, {0}};
    f->experiments[1] = (spl_experiment){
        SPL_TEXT("hero.v2"), 7, SPL_HASH_MURMUR3, 0, {0}, f->variants + 3, {2, 1, f->rows[1], f->tables[1]}, {0}};
    f->bundle.experiment_count = 2;
    f->bundle.experiments = f->experiments;
}

static void free_fixture(fixture *f)
{
    spl_schema_spec_free(f->schema);
    free(f);
}

static fixture *new_fixture(void)
{
    fixture *f = calloc(1, sizeof *f);
    assert_true(spl_schema_spec_web20(&f->schema, NULL));
    f->bundle.schema = f->schema->schema;
    for (size_t i = 0; i < sizeof f->weights / sizeof *f->weights; i++) f->weights[i] = (float)i / 16;
    f->biases[3] = -1;
    f->encoder = (spl_encoder){2, {{20, 6, f->weights, f->biases}, {6, 5, f->weights + 120, f->biases + 6}}};
    f->bundle.encoder_count = 1;
    f->bundle.encoders = &f->encoder;
    fill_tree(f);
    fill_experiments(f);
    return f;
}

typedef struct file {
    uint8_t *data;
    size_t size;
    char id[33];
} file;

static file write_file(const fixture *f)
{
    file out;
    spl_error error = {0};
    static const spl_text level = {"device", 6};
    spl_manifest manifest = {&f->bundle, f->schema, 1, &level, NULL, NULL};
    char *text = spl_manifest_text(&manifest);
    if (!spl_bundle_write(&f->bundle, text, &out.data, &out.size, out.id, &error))
        fail_msg("%s: %s", error.field, error.text);
    free(text);
    return out;
}

static void what_was_written_reads_back_the_same(void **unused)
{
    (void)unused;
    fixture *f = new_fixture();
    file written = write_file(f);
    spl_bundle_file opened;
    spl_error error = {0};
    if (!spl_bundle_file_take(written.data, written.size, &opened, &error)) fail_msg("%s", error.text);
    const spl_bundle *b = &opened.bundle;

    assert_int_equal(b->tree.node_count, 3);
    assert_memory_equal(b->tree.value, f->value, sizeof f->value);
    assert_true(spl_text_equal(spl_tree_key(&b->tree, 2), SPL_TEXT("device:mobile")));
    assert_int_equal(b->schema.width, 20);
    assert_memory_equal(b->schema.hi, f->bundle.schema.hi, 9 * sizeof(float));
    assert_memory_equal(b->schema.categories, f->bundle.schema.categories, 9 * sizeof(uint64_t));
    assert_int_equal(b->encoders->layer_count, 2);
    assert_int_equal(b->encoders->layers[1].outputs, 5);
    assert_memory_equal(b->encoders->layers[0].weight, f->weights, 120 * sizeof(float));
    assert_memory_equal(b->encoders->layers[0].bias, f->biases, 6 * sizeof(float));
    for (uint32_t i = 0; i < 2; i++) {
        const spl_experiment *x = &b->experiments[i], *expected = &f->experiments[i];
        assert_true(spl_text_equal(x->key, expected->key));
        assert_true(x->seed == expected->seed && x->hash_mode == expected->hash_mode);
        assert_true(x->min_propensity == expected->min_propensity);
        assert_int_equal(x->policy.variant_count, expected->policy.variant_count);
        for (uint32_t v = 0; v < x->policy.variant_count; v++) {
            assert_true(spl_text_equal(x->variants[v], expected->variants[v]));
        }
        assert_memory_equal(x->policy.row, f->rows[i], sizeof f->rows[i]);
        assert_memory_equal(x->policy.table, f->tables[i],
                            x->policy.row_count * x->policy.variant_count * sizeof(double));
    }
    assert_true(spl_text_equal(b->id_hex, (spl_text){written.id, 32}));
    spl_bundle_file_close(&opened);
    free_fixture(f);
}

static void equal_content_has_equal_bytes_and_any_change_another_id(void **unused)
{
    (void)unused;
    fixture *f = new_fixture();
    file first = write_file(f), again = write_file(f);
    assert_int_equal(first.size, again.size);
    assert_memory_equal(first.data, again.data, first.size);
    f->tables[0][0] += 0x1p-40;
    f->tables[0][1] -= 0x1p-40;
    file changed = write_file(f);
    assert_string_not_equal(first.id, changed.id);
    free(first.data);
    free(again.data);
    free(changed.data);
    free_fixture(f);
}

static void the_id_tells_a_changed_byte(void **unused)
{
    (void)unused;
    fixture *f = new_fixture();
    file written = write_file(f);
    assert_true(spl_bundle_id_matches(written.data, written.size));
    uint8_t *weight = written.data + written.size;
    float needle = (float)119 / 16;
    for (uint8_t *at = written.data; at + 4 <= written.data + written.size; at += 4) {
        if (memcmp(at, &needle, 4) == 0) weight = at;
    }
    assert_true(weight < written.data + written.size);
    weight[0] ^= 1; // still a bundle, but not this one
    assert_false(spl_bundle_id_matches(written.data, written.size));
    weight[0] ^= 1;
    assert_false(spl_bundle_id_matches(written.data, written.size - 1));
    assert_true(spl_bundle_id_matches(written.data, written.size));
    free(written.data);
    free_fixture(f);
}

static void the_manifest_says_in_words_what_the_tensors_hold(void **unused)
{
    (void)unused;
    fixture *f = new_fixture();
    static const spl_text level = {"device", 6};
    spl_manifest manifest = {&f->bundle, f->schema, 1, &level, NULL, NULL};
    char *text = spl_manifest_text(&manifest);
    cJSON *root = cJSON_Parse(text);
    assert_non_null(root);
    assert_true(cJSON_GetObjectItem(root, "format")->valuedouble == SPL_BUNDLE_VERSION);
    const cJSON *features = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "schema"), "features");
    assert_int_equal(cJSON_GetArraySize(features), 9);
    const cJSON *device = cJSON_GetArrayItem(features, 3);
    assert_string_equal(cJSON_GetObjectItem(device, "kind")->valuestring, "categorical");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(device, "categories")), 3);
    const cJSON *experiment = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "experiments"), 0);
    assert_string_equal(cJSON_GetObjectItem(experiment, "seed")->valuestring, "18446744073709551615");
    const cJSON *variants = cJSON_GetObjectItem(experiment, "variants");
    assert_string_equal(cJSON_GetArrayItem(variants, 1)->valuestring, "big \"red\"");
    const cJSON *levels = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "tree"), "levels");
    assert_string_equal(cJSON_GetArrayItem(levels, 0)->valuestring, "device");
    cJSON_Delete(root);
    free(text);
    free_fixture(f);
}

static float feature(const spl_schema *schema, const float *vector, const char *attribute, uint32_t entry)
{
    uint32_t at = 0, i = 0;
    while (schema->attribute[i] != spl_name_hash((spl_text){attribute, strlen(attribute)})) {
        at += spl_feature_width(schema, i++);
    }
    return vector[at + entry];
}

// The schema's names and categories are those that the context derives from raw fields.
static void web_20_reads_what_the_context_derives(void **unused)
{
    (void)unused;
    static const char agent[] = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
                                "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
    static const char referrer[] = "https://www.google.com/", country[] = "US";
    const spl_field fields[] = {
        {spl_name_hash(SPL_TEXT("user_agent")), 0, agent, sizeof agent - 1, SPL_KIND_STRING},
        {spl_name_hash(SPL_TEXT("referrer")), 0, referrer, sizeof referrer - 1, SPL_KIND_STRING},
        {spl_name_hash(SPL_TEXT("country")), 0, country, sizeof country - 1, SPL_KIND_STRING},
        {spl_name_hash(SPL_TEXT("time_ms")), 1767420000000, NULL, 0, SPL_KIND_NUMBER}, // Saturday, 06:00 UTC
        {spl_name_hash(SPL_TEXT("utc_offset_minutes")), 0, NULL, 0, SPL_KIND_NUMBER},
        {spl_name_hash(SPL_TEXT("pageviews")), 50, NULL, 0, SPL_KIND_NUMBER},
    };
    static spl_context context;
    spl_schema_spec *spec = NULL;
    assert_true(spl_schema_spec_web20(&spec, NULL));
    spl_schema schema = spec->schema;
    float vector[20];
    spl_context_build(&context, fields, sizeof fields / sizeof *fields);
    spl_features(&schema, &context, vector);
    assert_true(feature(&schema, vector, "device", 0) == 1);
    assert_true(feature(&schema, vector, "source", 0) == 1);
    assert_true(feature(&schema, vector, "country", 0) == 1);
    assert_true(feature(&schema, vector, "is_weekend", 0) == 1);
    assert_true(fabsf(feature(&schema, vector, "hour", 0) - 1) < 1e-6F); // sin of a quarter day
    assert_true(feature(&schema, vector, "dow", 0) != 0);
    assert_true(feature(&schema, vector, "pageviews", 0) > 0.999F);
    spl_schema_spec_free(spec);
}

static void refused(const fixture *f, const char *field)
{
    uint8_t *data = NULL;
    size_t size = 12345;
    char id[33] = "untouched";
    spl_error error = {0};
    assert_false(spl_bundle_write(&f->bundle, "{}", &data, &size, id, &error));
    assert_null(data);
    assert_int_equal(size, 12345);
    assert_string_equal(id, "untouched");
    assert_string_equal(error.field, field);
    assert_true(error.text[0] != '\0');
}

static void what_the_reader_would_refuse_is_not_written(void **unused)
{
    (void)unused;
    fixture *f = new_fixture();
    f->tables[0][4] = 0.3; // a row that sums to 1.1
    refused(f, "policy.checkout.table");
    free_fixture(f);
    f = new_fixture();
    f->parent[2] = 2;
    refused(f, "tree.parent");
    free_fixture(f);
    f = new_fixture();
    f->experiments[1].key = SPL_TEXT("no/slash");
    refused(f, "experiments.key_bytes");
    f->experiments[1].key = SPL_TEXT("12345678901234567890123456789012345678901234567890123456789012345");
    refused(f, "experiments.key_bytes");
    f->experiments[1].key = SPL_TEXT("checkout"); // its policy's tensors would have the same names
    refused(f, "policy.checkout.table");
    free_fixture(f);
    f = new_fixture();
    f->weights[7] = NAN;
    refused(f, "encoder.0.weight");
    free_fixture(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_reads_back_the_same),
        cmocka_unit_test(equal_content_has_equal_bytes_and_any_change_another_id),
        cmocka_unit_test(the_id_tells_a_changed_byte),
        cmocka_unit_test(the_manifest_says_in_words_what_the_tensors_hold),
        cmocka_unit_test(web_20_reads_what_the_context_derives),
        cmocka_unit_test(what_the_reader_would_refuse_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
