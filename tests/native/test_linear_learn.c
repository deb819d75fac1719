// SPDX-License-Identifier: MIT
// From exposures with contexts to a linear policy that the core serves.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "learn/bandit/linear_compile.h"
#include "learn/bandit/linear_layer.h"
#include "learn/bandit/linear_schema.h"
#include "near.h"
#include "samplit/hash.h"
#include "samplit/rng.h"
#include "testing.h"

static spl_named_field field(const char *name, spl_kind kind, double number, const char *text)
{
    spl_text t = {name, strlen(name)};
    return (spl_named_field){t, {spl_name_hash(t), number, text, text ? (uint32_t)strlen(text) : 0, (uint32_t)kind}};
}

static void add(spl_linear_rows *rows, const spl_named_field *fields, uint32_t count, uint32_t variant, double reward,
                spl_chance chance)
{
    static spl_event event;
    static spl_context context;
    spl_field plain[8];
    memset(&event, 0, sizeof event);
    for (uint32_t i = 0; i < count; i++) {
        event.context[i] = fields[i];
        plain[i] = fields[i].field;
    }
    event.context_count = count;
    event.has_context = count > 0;
    spl_context_build(&context, plain, count);
    uint32_t row = spl_linear_rows_add(rows, &context, &event, variant, chance);
    assert_int_not_equal(row, SPL_LINEAR_NO_ROW);
    spl_linear_rows_close(rows, row, reward);
}

static double uniform(uint32_t i, uint32_t j)
{
    double u[2];
    spl_uniform2(3, i, SPL_STREAM_TEST, j, u);
    return u[0];
}

// Variant 1 is better where x is above 0.5, and for device "b" by more; a column never varies, one is doubled.
static spl_linear_rows *world(uint32_t n)
{
    spl_linear_rows *rows = spl_linear_rows_new();
    for (uint32_t i = 0; i < n; i++) {
        double x = uniform(i, 0);
        bool b = uniform(i, 1) < 0.5;
        uint32_t variant = uniform(i, 2) < 0.5;
        double mean = variant ? 0.2 + (x > 0.5 ? 0.4 : 0) + (b ? 0.1 : 0) : 0.4;
        const spl_named_field fields[] = {field("x", SPL_KIND_NUMBER, x, NULL), field("twin", SPL_KIND_NUMBER, x, NULL),
                                          field("kind", SPL_KIND_STRING, 0, b ? "b" : "a"),
                                          field("same", SPL_KIND_STRING, 0, "always")};
        add(rows, fields, 4, variant, uniform(i, 3) < mean, (spl_chance){0.5, 1});
    }
    return rows;
}

static spl_linear_config config_of(const char *word)
{
    spl_linear_config config = {.seed = 1};
    assert_true(spl_bandit_preset_log(word, &config.policy));
    return config;
}

static void a_number_becomes_its_range_and_its_pieces_and_a_constant_nothing(void **unused)
{
    (void)unused;
    spl_linear_rows *rows = world(800);
    spl_schema_spec *schema;
    assert_true(spl_linear_schema(rows->sheet, "test", &schema, NULL));
    // x and its twin: a range and eight pieces each; kind: a, b, other; `same` is not there.
    assert_int_equal(schema->feature_count, 2 * 9 + 1);
    assert_int_equal(schema->schema.width, 2 * 9 + 3);
    assert_string_equal(schema->features[0].attribute, "x");
    assert_true(schema->features[0].lo < 0.03f && schema->features[0].hi > 0.97f);
    for (int piece = 2; piece <= 8; piece++) {
        assert_true(schema->features[piece].lo == schema->features[piece - 1].hi);
        assert_near((double)schema->features[piece].missing, piece <= 4 ? 1 : 0, 1e-6); // as the median has it
    }
    spl_schema_spec_free(schema);
    spl_linear_rows_free(rows);
}

static void wide_contexts_keep_fewer_pieces(void **unused)
{
    (void)unused;
    static char names[64][8];
    spl_sheet *sheet = spl_sheet_new();
    static spl_context context;
    for (uint32_t i = 0; i < 300; i++) {
        spl_named_field fields[64];
        spl_field plain[64];
        for (uint32_t j = 0; j < 64; j++) {
            snprintf(names[j], sizeof names[j], "n%u", j);
            fields[j] = field(names[j], SPL_KIND_NUMBER, uniform(i, j), NULL);
            plain[j] = fields[j].field;
        }
        spl_context_build(&context, plain, 64);
        assert_true(spl_sheet_add(sheet, &context, fields, 64));
    }
    spl_schema_spec *schema;
    assert_true(spl_linear_schema(sheet, "wide", &schema, NULL));
    assert_int_equal(schema->schema.width, 64 * 5); // with eight pieces it would be 64 * 9
    spl_schema_spec_free(schema);
    spl_sheet_free(sheet);
}

static void contexts_without_a_difference_are_refused(void **unused)
{
    (void)unused;
    spl_linear_rows *rows = spl_linear_rows_new();
    const spl_named_field same = field("same", SPL_KIND_NUMBER, 3, NULL);
    for (int i = 0; i < 10; i++) add(rows, &same, 1, i % 2, 1, (spl_chance){0.5, 1});
    spl_linear_learned *learned;
    spl_linear_config config = config_of("linucb");
    spl_error error;
    assert_false(spl_linear_learn(rows, 2, &config, &learned, &error));
    assert_string_equal(error.field, "context");
    assert_non_null(strstr(error.text, "no attribute varies"));
    spl_linear_rows_free(rows);
}

static void a_log_without_contexts_is_refused(void **unused)
{
    (void)unused;
    spl_linear_rows *rows = spl_linear_rows_new();
    add(rows, NULL, 0, 0, 1, (spl_chance){0.5, 1});
    spl_linear_learned *learned;
    spl_linear_config config = config_of("auto");
    spl_error error;
    assert_false(spl_linear_learn(rows, 1, &config, &learned, &error));
    assert_string_equal(error.field, "context");
    spl_linear_rows_free(rows);
}

// Serves x and kind through a bundle and returns the chance of variant 1.
static double served(const spl_bundle_file *file, spl_workspace *workspace, double x, const char *kind)
{
    spl_field fields[2] = {field("x", SPL_KIND_NUMBER, x, NULL).field, field("kind", SPL_KIND_STRING, 0, kind).field};
    spl_decision decision;
    spl_decide(&file->bundle, workspace, 0, SPL_TEXT("u1"), fields, 2, &decision);
    assert_int_equal(decision.reason, SPL_REASON_POLICY);
    return decision.probabilities[1];
}

static void every_rule_serves_what_pays_to_whom(void **unused)
{
    (void)unused;
    static const spl_text variants[] = {{"control", 7}, {"other", 5}};
    spl_linear_rows *rows = world(6000);
    for (int w = 0; spl_bandit_words[w]; w++) {
        spl_linear_config config = config_of(spl_bandit_words[w]);
        spl_linear_learned *learned;
        assert_true(spl_linear_learn(rows, 2, &config, &learned, NULL));
        assert_true(learned->score_error < 1e-5 && learned->deviation_error < 1e-5);
        assert_near(learned->arms[0].share + learned->arms[1].share, 1, 1e-9);
        const spl_linear_compile_config compile = {
            .experiment = SPL_TEXT("e"), .seed = 1, .variants = variants, .min_propensity = 0.01};
        uint8_t *data;
        size_t size;
        char id[33];
        spl_error error;
        if (!spl_linear_compile(learned, &compile, &data, &size, id, &error)) fail_msg("%s", error.text);
        spl_bundle_file file;
        void *memory;
        assert_true(spl_bundle_file_take(data, size, &file, NULL));
        spl_workspace *workspace = spl_bundle_file_workspace(&file, &memory);
        assert_true(served(&file, workspace, 0.9, "b") > 0.5);
        assert_true(served(&file, workspace, 0.1, "a") < 0.5);
        free(memory);
        spl_bundle_file_close(&file);
        spl_linear_learned_free(learned);
    }
    spl_linear_rows_free(rows);
}

// What is learned row by row and what is learned from the log at once say the same about every visitor.
static void the_log_gives_the_posterior_of_the_stream(void **unused)
{
    (void)unused;
    spl_linear_rows *rows = world(500);
    spl_linear_config config = config_of("linucb");
    spl_linear_learned *learned;
    assert_true(spl_linear_learn(rows, 2, &config, &learned, NULL));
    spl_online_ridge online;
    spl_sparse z;
    assert_true(spl_online_ridge_init(&online, learned->d, learned->lambda, learned->prior));
    assert_true(spl_sparse_init(&z, learned->d));
    spl_context context;
    float x[64];
    for (uint32_t r = 0; r < rows->count; r++) {
        if (rows->variant[r] != 1) continue;
        spl_sheet_context(rows->sheet, r, &context);
        spl_features(&learned->schema->schema, &context, x);
        spl_sparse_set(&z, x, learned->d - 1);
        spl_online_ridge_add(&online, &z, rows->reward[r], false);
    }
    for (uint32_t j = 0; j < learned->d; j++) assert_near(online.theta[j], learned->arms[1].theta[j], 1e-9);
    spl_online_ridge_free(&online);
    spl_sparse_free(&z);
    spl_linear_learned_free(learned);
    spl_linear_rows_free(rows);
}

// Variant 1 was served to almost nobody above 0.5 and never paid there: weights make those few count for the many.
static void exposures_count_by_their_propensity_when_asked(void **unused)
{
    (void)unused;
    spl_linear_rows *rows = world(400);
    const spl_named_field fields[] = {field("x", SPL_KIND_NUMBER, 0.9, NULL)};
    for (int i = 0; i < 10; i++) add(rows, fields, 1, 1, 0, (spl_chance){0.05, 2});
    double mean[2];
    for (int weights = 0; weights < 2; weights++) {
        spl_linear_config config = config_of("linucb");
        spl_linear_learned *learned;
        config.weights = weights;
        assert_true(spl_linear_learn(rows, 2, &config, &learned, NULL));
        mean[weights] = learned->arms[1].mean;
        bool fewer = learned->arms[1].effective < (double)learned->arms[1].rows - 1;
        assert_int_equal(fewer, weights);
        spl_linear_learned_free(learned);
    }
    assert_true(mean[1] < 0.8 * mean[0]);
    spl_linear_rows_free(rows);
}

static void one_variant_and_rewards_of_any_size_are_learned(void **unused)
{
    (void)unused;
    spl_linear_rows *rows = spl_linear_rows_new();
    for (uint32_t i = 0; i < 300; i++) {
        const spl_named_field fields[] = {field("x", SPL_KIND_NUMBER, uniform(i, 0), NULL)};
        add(rows, fields, 1, 0, 1e6 * uniform(i, 0), (spl_chance){1, 1});
    }
    spl_linear_config config = config_of("lints");
    spl_linear_learned *learned;
    assert_true(spl_linear_learn(rows, 1, &config, &learned, NULL));
    assert_near(learned->arms[0].share, 1, 1e-9);
    assert_true(learned->noise < 1e5);
    spl_linear_learned_free(learned);
    spl_linear_rows_free(rows);
}

static void open_exposures_are_left_out(void **unused)
{
    (void)unused;
    spl_linear_rows *rows = world(400);
    uint32_t before[2] = {0};
    for (uint32_t r = 0; r < rows->count; r++) {
        if (r % 2) rows->reward[r] = NAN;
        before[rows->variant[r]] += r % 2 == 0;
    }
    spl_linear_config config = config_of("auto");
    spl_linear_learned *learned;
    assert_true(spl_linear_learn(rows, 2, &config, &learned, NULL));
    assert_int_equal(learned->arms[0].rows, before[0]);
    assert_int_equal(learned->arms[1].rows, before[1]);
    spl_linear_learned_free(learned);
    spl_linear_rows_free(rows);
}

static void random_units_pass_the_features_on(void **unused)
{
    (void)unused;
    spl_linear_rows *rows = world(300);
    spl_schema_spec *schema;
    assert_true(spl_linear_schema(rows->sheet, "test", &schema, NULL));
    spl_entry_moments moments;
    uint32_t width = schema->schema.width;
    float x[64], scratch[512], out[256];
    spl_context context;
    assert_true(spl_entry_moments_init(&moments, width));
    for (uint32_t r = 0; r < rows->count; r++) {
        spl_sheet_context(rows->sheet, r, &context);
        spl_features(&schema->schema, &context, x);
        spl_entry_moments_add(&moments, x, width);
    }
    spl_encoder encoder;
    void *memory;
    assert_true(spl_linear_layer(schema, &moments, 5, 32, &encoder, &memory, NULL));
    spl_encode(&encoder, SPL_KERNEL_SCALAR, x, scratch, out);
    double squares = 0;
    for (uint32_t j = 0; j < width + 32; j++) squares += (double)out[j] * (double)out[j];
    assert_near(squares, 1, 1e-5);
    for (uint32_t j = 0; j < width; j++) // up to the norm
        assert_near((double)out[j] * (double)x[0], (double)x[j] * (double)out[0], 1e-6);
    uint32_t lively = 0;
    for (uint32_t j = width; j < width + 32; j++) lively += out[j] > 0;
    assert_in_range(lively, 4, 28);
    free(memory);
    spl_entry_moments_free(&moments);
    spl_schema_spec_free(schema);
    spl_linear_rows_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_becomes_its_range_and_its_pieces_and_a_constant_nothing),
        cmocka_unit_test(wide_contexts_keep_fewer_pieces),
        cmocka_unit_test(contexts_without_a_difference_are_refused),
        cmocka_unit_test(a_log_without_contexts_is_refused),
        cmocka_unit_test(every_rule_serves_what_pays_to_whom),
        cmocka_unit_test(the_log_gives_the_posterior_of_the_stream),
        cmocka_unit_test(exposures_count_by_their_propensity_when_asked),
        cmocka_unit_test(one_variant_and_rewards_of_any_size_are_learned),
        cmocka_unit_test(open_exposures_are_left_out),
        cmocka_unit_test(random_units_pass_the_features_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
