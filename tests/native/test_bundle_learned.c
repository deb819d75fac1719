// SPDX-License-Identifier: MIT
// Files of what is learned: they read back as they were written, and say in words what they hold.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "bundle/bundle_file.h"
#include "bundle/inspect.h"
#include "bundle/manifest.h"
#include "testing.h"
#include "vector_learned.h"

static spl_bundle_file open_learned(void)
{
    uint8_t *data;
    size_t size;
    spl_error error = {0};
    spl_bundle_file file;
    if (!vector_learned_write(&data, &size, &error)) fail_msg("%s: %s", error.field, error.text);
    if (!spl_bundle_file_take(data, size, &file, &error)) fail_msg("%s: %s", error.field, error.text);
    return file;
}

static spl_bundle_file write_and_open(const spl_bundle *bundle, const char *manifest)
{
    uint8_t *data;
    size_t size;
    char id[33];
    spl_error error = {0};
    spl_bundle_file file;
    if (!spl_bundle_write(bundle, manifest, &data, &size, id, &error)) fail_msg("%s: %s", error.field, error.text);
    if (!spl_bundle_file_take(data, size, &file, &error)) fail_msg("%s: %s", error.field, error.text);
    return file;
}

static void what_is_learned_reads_back_the_same(void **state)
{
    (void)state;
    spl_bundle_file file = open_learned();
    spl_bundle_file again = write_and_open(&file.bundle, "{\"format\":1,\"note\":\"test vectors\"}");
    assert_int_equal(again.size, file.size);
    assert_memory_equal(again.data, file.data, file.size);
    const spl_bundle *b = &again.bundle;
    assert_int_equal(b->encoder_count, 2);
    assert_int_equal(b->encoders[1].layer_count, 2);
    assert_int_equal(b->clusters.count, 12);
    assert_int_equal(b->clusters.space, SPL_SPACE_EMBEDDING);
    assert_true(spl_text_equal(spl_cluster_label(&b->clusters, 3), SPL_TEXT("d\xC3\xA9j\xC3\xA0 vu")));
    assert_int_equal(b->experiments[0].linear.rule, SPL_RULE_TABLE);
    assert_non_null(b->experiments[0].policy.table);
    const spl_linear *softmax = &b->experiments[2].linear, *lints = &b->experiments[5].linear;
    assert_int_equal(softmax->rule, SPL_RULE_SOFTMAX);
    assert_true(softmax->parameter == 0.2 && !softmax->factor);
    assert_int_equal(softmax->score.inputs, 32);
    assert_int_equal(lints->rule, SPL_RULE_LINTS);
    assert_non_null(lints->factor);
    spl_bundle_file_close(&file);
    spl_bundle_file_close(&again);
}

static void a_file_of_an_encoder_alone_serves_the_control(void **state)
{
    (void)state;
    spl_bundle_file file = open_learned();
    spl_bundle only = {.schema = file.bundle.schema, .encoder_count = 2, .encoders = file.bundle.encoders};
    spl_bundle_file opened = write_and_open(&only, "{}");
    assert_int_equal(opened.bundle.experiment_count, 0);
    assert_int_equal(opened.bundle.tree.node_count, 1);
    void *memory;
    spl_decision d;
    spl_workspace *workspace = spl_bundle_file_workspace(&opened, &memory);
    spl_decide(&opened.bundle, workspace, 0, SPL_TEXT("u1"), NULL, 0, &d);
    assert_int_equal(d.reason, SPL_REASON_DEFAULT);
    assert_true(d.variant == 0 && d.propensity == 1);
    free(memory);
    spl_bundle_file_close(&opened);
    spl_bundle_file_close(&file);
}

static void a_part_that_the_reader_would_refuse_is_not_written(void **state)
{
    (void)state;
    spl_bundle_file file = open_learned();
    spl_bundle lies = file.bundle;
    spl_experiment experiments[7];
    memcpy(experiments, lies.experiments, sizeof experiments);
    lies.experiments = experiments;
    experiments[2].linear.parameter = -1;
    uint8_t *data;
    size_t size;
    char id[33];
    spl_error error = {0};
    assert_false(spl_bundle_write(&lies, "{}", &data, &size, id, &error));
    assert_string_equal(error.field, "policy.soft.parameter");
    lies = file.bundle;
    float bias[12] = {0};
    lies.clusters.nearest.bias = bias;
    assert_false(spl_bundle_write(&lies, "{}", &data, &size, id, &error));
    assert_string_equal(error.field, "clusters.bias");
    lies = file.bundle;
    lies.encoder_count = 0;
    assert_false(spl_bundle_write(&lies, "{}", &data, &size, id, &error));
    assert_string_equal(error.field, "clusters.space");
    spl_bundle_file_close(&file);
}

static char *print(const spl_bundle_file *file, bool json)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    spl_inspection inspection = {"learned.safetensors", file, true, NULL};
    assert_true(json ? spl_inspect_json(&inspection, out) : spl_inspect_text(&inspection, true, out));
    fclose(out);
    return text;
}

static void inspection_names_rules_encoders_and_clusters(void **state)
{
    (void)state;
    spl_bundle_file file = open_learned();
    char *text = print(&file, false);
    static const char *const LINES[] = {
        "experiment table: 3 variants, 6 policy rows, floor 0.02",
        "experiment gap: 4 variants, inverse-gap 20 over the features (20), floor 0.01",
        "experiment ucb: 3 variants, linucb over the embedding (32), floor 0.03",
        "encoders: the mean of 2\n  20 -> 64 -> 48 -> 32, 6032 parameters\n  20 -> 40 -> 32, 2152 parameters\n",
        "clusters: 5 groups by the nearest of 12 points over the embedding (32)",
        "d\xC3\xA9j\xC3\xA0 vu",
        "by visitor",
    };
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++)
        if (!strstr(text, LINES[i])) fail_msg("no \"%s\" in:\n%s", LINES[i], text);
    free(text);
    spl_bundle_file_close(&file);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!item) fail_msg("no member %s", name);
    return item;
}

static void inspection_as_json_holds_the_same(void **state)
{
    (void)state;
    spl_bundle_file file = open_learned();
    char *text = print(&file, true);
    cJSON *root = cJSON_Parse(text);
    const cJSON *experiments = member(root, "experiments");
    const cJSON *table = cJSON_GetArrayItem(experiments, 0), *greedy = cJSON_GetArrayItem(experiments, 3);
    assert_string_equal(member(table, "rule")->valuestring, "table");
    assert_non_null(cJSON_GetObjectItem(cJSON_GetArrayItem(member(table, "variants"), 0), "root_probability"));
    assert_string_equal(member(greedy, "rule")->valuestring, "epsilon-greedy");
    assert_string_equal(member(greedy, "space")->valuestring, "features");
    assert_true(member(greedy, "parameter")->valuedouble == 0.1);
    assert_null(cJSON_GetObjectItem(cJSON_GetArrayItem(member(greedy, "variants"), 0), "root_probability"));
    assert_int_equal(cJSON_GetArraySize(member(member(root, "encoder"), "members")), 2);
    const cJSON *labels = member(member(root, "clusters"), "labels");
    assert_int_equal(cJSON_GetArraySize(labels), 5);
    assert_string_equal(member(cJSON_GetArrayItem(labels, 0), "label")->valuestring, "calm");
    assert_int_equal(member(cJSON_GetArrayItem(labels, 0), "points")->valueint, 4);
    cJSON_Delete(root);
    free(text);
    spl_bundle_file_close(&file);
}

static void the_manifest_names_what_is_learned(void **state)
{
    (void)state;
    spl_bundle_file file = open_learned();
    static const spl_text levels[] = {{"cluster", 7}, {"device", 6}};
    spl_manifest manifest = {&file.bundle, NULL, 2, levels, NULL, NULL};
    char *text = spl_manifest_text(&manifest);
    cJSON *root = cJSON_Parse(text);
    assert_int_equal(cJSON_GetArraySize(member(root, "encoders")), 2);
    assert_int_equal(cJSON_GetArrayItem(cJSON_GetArrayItem(member(root, "encoders"), 1), 1)->valueint, 40);
    assert_string_equal(member(member(root, "clusters"), "space")->valuestring, "embedding");
    assert_int_equal(cJSON_GetArraySize(member(member(root, "clusters"), "labels")), 12);
    const cJSON *policy = member(cJSON_GetArrayItem(member(root, "experiments"), 2), "policy");
    assert_string_equal(member(policy, "kind")->valuestring, "softmax");
    assert_true(member(policy, "parameter")->valuedouble == 0.2);
    cJSON_Delete(root);
    free(text);
    spl_bundle_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_learned_reads_back_the_same),
        cmocka_unit_test(a_file_of_an_encoder_alone_serves_the_control),
        cmocka_unit_test(a_part_that_the_reader_would_refuse_is_not_written),
        cmocka_unit_test(inspection_names_rules_encoders_and_clusters),
        cmocka_unit_test(inspection_as_json_holds_the_same),
        cmocka_unit_test(the_manifest_names_what_is_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
