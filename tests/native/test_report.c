// SPDX-License-Identifier: MIT
// The report says what was learned, in the format of docs/learning.md, and its reader takes it.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cJSON.h>

#include "bundle/bundle_file.h"
#include "bundle/report_read.h"
#include "host/files.h"
#include "learn/compile.h"
#include "learn/report_write.h"
#include "scratch.h"
#include "testing.h"

static const spl_level levels[] = {{{"coun\"try", 8}, 1000}};
static const spl_text variants[] = {{"control", 7}, {"b\n", 2}, {"new", 3}};

typedef struct fixture {
    spl_state *state;
    spl_learned *learned;
    spl_bundle_file file;
    spl_report_source source;
    char id[33], path[256];
} fixture;

static void add(spl_state *state, const char *country, uint32_t variant, unsigned n, unsigned s, double reward)
{
    const spl_text values[] = {{country, strlen(country)}};
    uint32_t node = spl_state_node(state, values);
    for (unsigned i = 0; i < n; i++) spl_state_add_at(state, node, variant, i < s ? reward : 0, SPL_CHANCE_EQUAL);
}

static void make_world(fixture *f, double reward)
{
    add(f->state, "US", 0, 4000, 100, reward);
    add(f->state, "US", 1, 4000, 300, reward);
    add(f->state, "GB", 0, 4000, 300, reward);
    add(f->state, "GB", 1, 4000, 100, reward);
    add(f->state, "D|E", 0, 4000, 203, reward);
    add(f->state, "D|E", 1, 4000, 202, reward);
}

// Learns, compiles and writes the report; real rewards unless `reward` is 1.
static fixture *new_fixture(double reward)
{
    fixture *f = calloc(1, sizeof *f);
    spl_error error = {0};
    spl_state_config config = {3, 1, levels, 0};
    spl_learn_config how = spl_learn_config_default();
    f->state = spl_state_new(&config);
    make_world(f, reward);
    assert_true(spl_learn(f->state, &how, &f->learned, &error));
    spl_compile_config compile = {
        .experiment = SPL_TEXT("hero"), .seed = 1, .variants = variants, .levels = levels, .min_propensity = 0.01};
    uint8_t *data;
    size_t size;
    assert_true(spl_compile(f->learned, &compile, &data, &size, f->id, &error));
    assert_true(spl_bundle_file_take(data, size, &f->file, &error));
    f->source = (spl_report_source){
        .bundle_id = f->id,
        .experiment = SPL_TEXT("hero"),
        .outcome = SPL_TEXT("buy"),
        .variants = variants,
        .levels = levels,
        .learned = f->learned,
        .joined = {.exposures = 24000, .outcomes = 1205},
        .overflow = 17,
    };
    assert_true(spl_value_of(f->learned, &f->source.value));
    snprintf(f->path, sizeof f->path, "%s/report-%ld.json", SAMPLIT_BUILD, (long)getpid());
    if (!spl_report_write(f->path, &f->source, &error)) fail_msg("%s", error.text);
    return f;
}

static void drop(fixture *f)
{
    remove(f->path);
    spl_bundle_file_close(&f->file);
    spl_learned_free(f->learned);
    spl_state_free(f->state);
    free(f);
}

static cJSON *parse(const fixture *f)
{
    uint8_t *data;
    size_t size;
    assert_true(spl_file_read(f->path, &data, &size, NULL));
    cJSON *root = cJSON_ParseWithLength((const char *)data, size);
    free(data);
    assert_non_null(root);
    return root;
}

static bool is_null(const cJSON *object, const char *name)
{
    return cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(object, name));
}

static const cJSON *entry(const cJSON *object, const char *list, int i)
{
    return cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(object, list), i);
}

static void the_head_names_bundle_experiment_variants_and_settings(void **unused)
{
    (void)unused;
    fixture *f = new_fixture(1);
    cJSON *root = parse(f);
    assert_true(scratch_number(root, "format") == 1);
    assert_string_equal(scratch_word(root, "bundle"), f->id);
    assert_string_equal(scratch_word(root, "experiment"), "hero");
    assert_string_equal(scratch_word(root, "outcome"), "buy");
    assert_string_equal(scratch_word(root, "reward"), "binary");
    assert_string_equal(entry(root, "variants", 1)->valuestring, "b\n");
    assert_string_equal(scratch_word(entry(root, "levels", 0), "attribute"), "coun\"try");
    assert_true(scratch_number(entry(root, "levels", 0), "min_samples") == 1000);
    assert_true(scratch_number(entry(root, "levels", 0), "kappa") == f->learned->kappa[0]);
    assert_true(scratch_number(root, "exploration") == 0.15 && scratch_number(root, "prune_alpha") == 1 &&
                scratch_number(root, "prune_gain") == 0.003);
    const cJSON *join = cJSON_GetObjectItem(root, "join"), *segments = cJSON_GetObjectItem(root, "segments");
    assert_true(scratch_number(join, "exposures") == 24000 && scratch_number(join, "late_exposures") == 0);
    assert_true(scratch_number(segments, "observed") == 3 && scratch_number(segments, "kept") == 2);
    assert_true(scratch_number(segments, "pruned_effect") == 1 && scratch_number(segments, "overflow") == 17);
    assert_true(scratch_number(cJSON_GetObjectItem(root, "value"), "policy") == f->source.value.policy);
    cJSON_Delete(root);
    drop(f);
}

static void nodes_carry_counts_rates_intervals_lift_and_probabilities(void **unused)
{
    (void)unused;
    fixture *f = new_fixture(1);
    cJSON *root = parse(f);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "nodes")), 3);
    const cJSON *global = entry(root, "nodes", 0), *node = entry(root, "nodes", 1);
    assert_string_equal(scratch_word(global, "key"), "global");
    assert_true(is_null(global, "parent") && scratch_number(global, "effect_p") == 1);
    assert_true(scratch_number(node, "parent") == 0 && scratch_number(node, "level") == 1 &&
                scratch_number(node, "exposures") == 8000);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(node, "serves")));
    for (int v = 0; v < 3; v++) {
        const cJSON *arm = entry(node, "variants", v);
        const spl_arm *learned = &f->learned->arms[3 + v];
        double mean = spl_posterior_mean(&learned->posterior);
        double control = spl_posterior_mean(&f->learned->arms[3].posterior);
        assert_true(scratch_number(arm, "exposures") == learned->observed.count &&
                    scratch_number(arm, "sum") == learned->observed.sum);
        assert_true(scratch_number(arm, "mean") == mean);
        assert_true(scratch_number(arm, "low") < mean && mean < scratch_number(arm, "high"));
        assert_true(fabs(scratch_number(arm, "lift") - (mean / control - 1)) < 1e-12);
        assert_true(scratch_number(arm, "p_best") == learned->p_best &&
                    scratch_number(arm, "probability") == learned->probability);
        if (v == 2)
            assert_true(is_null(arm, "rate")); // never seen
        else
            assert_true(scratch_number(arm, "rate") == learned->observed.sum / learned->observed.count);
    }
    const cJSON *pruned = entry(root, "pruned", 0);
    assert_string_equal(scratch_word(pruned, "key"), "coun\"try:D%7CE");
    assert_true(scratch_number(pruned, "parent") == 0 && scratch_number(pruned, "exposures") == 8000);
    cJSON_Delete(root);
    drop(f);
}

static void lift_over_a_control_that_earns_nothing_is_null(void **unused)
{
    (void)unused;
    fixture *f = new_fixture(-2.5);
    cJSON *root = parse(f);
    assert_string_equal(scratch_word(root, "reward"), "normal");
    assert_true(is_null(entry(entry(root, "nodes", 0), "variants", 1), "lift"));
    cJSON_Delete(root);
    drop(f);
}

static void the_reader_takes_the_report_and_refuses_that_of_another_bundle(void **unused)
{
    (void)unused;
    fixture *f = new_fixture(1);
    spl_report *report;
    spl_error error = {0};
    if (!spl_report_read(f->path, &f->file.bundle, 0, &report, &error)) fail_msg("%s: %s", error.field, error.text);
    assert_int_equal(report->node_count, 3);
    assert_true(report->nodes[0].exposures == 24000);
    spl_report_free(report);

    f->id[0] = f->id[0] == '0' ? '1' : '0';
    assert_true(spl_report_write(f->path, &f->source, &error));
    assert_false(spl_report_read(f->path, &f->file.bundle, 0, &report, &error));
    assert_string_equal(error.field, "bundle");
    drop(f);
}

// The policy serves the better variant in both segments; everybody else gets the root's.
static void values_are_of_the_policy_that_is_served(void **unused)
{
    (void)unused;
    fixture *f = new_fixture(1);
    const spl_value *value = &f->source.value;
    double third = (0.0503 + 0.0502) / 2;                                   // D|E, where it hardly matters
    assert_true(fabs(value->policy - (0.075 + 0.075 + third) / 3) < 0.005); // the new variant is tried everywhere
    assert_true(fabs(value->best_variant - 0.0503) < 0.002);
    assert_true(value->policy < 0.0668); // exploration and the floor cost something
    drop(f);
}

static void a_report_that_cannot_be_written_leaves_no_file(void **unused)
{
    (void)unused;
    fixture *f = new_fixture(1);
    spl_error error = {0};
    assert_false(spl_report_write("/nonexistent/folder/report.json", &f->source, &error));
    assert_true(error.text[0] != '\0');
    drop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_names_bundle_experiment_variants_and_settings),
        cmocka_unit_test(nodes_carry_counts_rates_intervals_lift_and_probabilities),
        cmocka_unit_test(lift_over_a_control_that_earns_nothing_is_null),
        cmocka_unit_test(the_reader_takes_the_report_and_refuses_that_of_another_bundle),
        cmocka_unit_test(values_are_of_the_policy_that_is_served),
        cmocka_unit_test(a_report_that_cannot_be_written_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
