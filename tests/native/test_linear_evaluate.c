// SPDX-License-Identifier: MIT
// Off-policy value of a policy that serves every context its own probabilities.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "evaluate/evaluate.h"
#include "learn/bandit/linear_compile.h"
#include "near.h"
#include "samplit/hash.h"
#include "samplit/rng.h"
#include "testing.h"

#define ROWS 600

static double uniform(uint32_t i, uint32_t j)
{
    double u[2];
    spl_uniform2(9, i, SPL_STREAM_TEST, j, u);
    return u[0];
}

static double x_of(uint32_t i)
{
    return floor(1000 * uniform(i, 0)) / 1000; // reads back from three digits
}

static uint32_t variant_of(uint32_t i)
{
    return uniform(i, 1) < 0.7;
}

static bool pays(uint32_t i)
{
    return uniform(i, 2) < (variant_of(i) ? x_of(i) : 0.5);
}

static spl_named_field field_x(double x)
{
    return (spl_named_field){SPL_TEXT("x"), {spl_name_hash(SPL_TEXT("x")), x, NULL, 0, SPL_KIND_NUMBER}};
}

// A softmax over one number: no two visitors are served alike.
static void open_bundle(spl_bundle_file *file)
{
    static const spl_text variants[] = {{"control", 7}, {"other", 5}};
    static spl_event event;
    static spl_context context;
    spl_linear_rows *rows = spl_linear_rows_new();
    for (uint32_t i = 0; i < ROWS; i++) {
        event.context[0] = field_x(x_of(i));
        event.context_count = 1;
        event.has_context = true;
        spl_context_build(&context, &event.context[0].field, 1);
        uint32_t row = spl_linear_rows_add(rows, &context, &event, variant_of(i), (spl_chance){0.5, 1});
        spl_linear_rows_close(rows, row, pays(i));
    }
    spl_linear_config config = {.seed = 1};
    assert_true(spl_bandit_preset_log("softmax", &config.policy));
    config.policy.parameter = 0.3;
    spl_linear_learned *learned;
    assert_true(spl_linear_learn(rows, 2, &config, &learned, NULL));
    const spl_linear_compile_config compile = {
        .experiment = SPL_TEXT("e"), .seed = 1, .variants = variants, .min_propensity = 0.02};
    uint8_t *data;
    size_t size;
    char id[33];
    assert_true(spl_linear_compile(learned, &compile, &data, &size, id, NULL));
    assert_true(spl_bundle_file_take(data, size, file, NULL));
    spl_linear_learned_free(learned);
    spl_linear_rows_free(rows);
}

static void put_line(spl_evaluation *e, const char *line)
{
    static uint64_t number;
    assert_true(spl_evaluate_line(e, (spl_text){line, strlen(line)}, ++number, NULL));
}

static void put_visit(spl_evaluation *e, uint32_t i)
{
    char line[600];
    snprintf(line, sizeof line,
             "{\"type\":\"exposure\",\"id\":\"019b8b74-1c81-79a7-bdf9-%012u\",\"time\":\"2026-01-05T00:00:01Z\","
             "\"experiment\":\"e\",\"unit\":\"u%u\",\"variant\":\"%s\",\"propensity\":%.1f,\"context\":{\"x\":%.3f}}",
             i, i, variant_of(i) ? "other" : "control", variant_of(i) ? 0.7 : 0.3, x_of(i));
    put_line(e, line);
    if (!pays(i)) return;
    snprintf(line, sizeof line,
             "{\"type\":\"outcome\",\"id\":\"019b8b75-1c81-79a7-bdf9-%012u\",\"time\":\"2026-01-05T00:00:02Z\","
             "\"exposure\":\"019b8b74-1c81-79a7-bdf9-%012u\",\"name\":\"buy\",\"value\":1}",
             i, i);
    put_line(e, line);
}

// What the estimators are by definition, row by row.
static void by_rows(const spl_bundle_file *file, double *ips, double *snips, double *se)
{
    void *memory;
    spl_workspace *workspace = spl_bundle_file_workspace(file, &memory);
    double w[ROWS], rewards = 0, weights = 0, squares = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        spl_decision decision;
        const spl_named_field x = field_x(x_of(i));
        spl_decide(&file->bundle, workspace, 0, SPL_TEXT("u"), &x.field, 1, &decision);
        w[i] = decision.probabilities[variant_of(i)] / (variant_of(i) ? 0.7 : 0.3);
        weights += w[i];
        rewards += w[i] * pays(i);
    }
    *ips = rewards / ROWS;
    *snips = rewards / weights;
    for (uint32_t i = 0; i < ROWS; i++) squares += (w[i] * pays(i) - *ips) * (w[i] * pays(i) - *ips);
    *se = sqrt(squares / ROWS / (ROWS - 1));
    free(memory);
}

static void estimates_are_those_of_the_rows(void **unused)
{
    (void)unused;
    spl_bundle_file file;
    spl_evaluation e;
    open_bundle(&file);
    spl_evaluate_config config = spl_evaluate_config_default();
    config.window_ms = 1000;
    assert_true(spl_evaluate_start(&file.bundle, &config, &e, NULL));
    for (uint32_t i = 0; i < ROWS; i++) put_visit(&e, i);
    // A later event closes all windows; it is itself too young to count.
    put_line(&e, "{\"type\":\"exposure\",\"id\":\"019b8b76-1c81-79a7-bdf9-000000000000\",\"time\":"
                 "\"2026-01-06T00:00:01Z\",\"experiment\":\"e\",\"unit\":\"late\",\"variant\":\"control\","
                 "\"propensity\":0.3,\"context\":{\"x\":0.5}}");
    spl_evaluate_finish(&e, NULL);
    assert_int_equal(spl_ope_counted(e.ope).exposures, ROWS);
    double ips, snips, se;
    by_rows(&file, &ips, &snips, &se);
    spl_ope_estimate estimate = spl_ope_value(e.ope, SPL_OPE_TARGET, SPL_OPE_IPS);
    assert_near(estimate.value, ips, 1e-12);
    assert_near(estimate.se, se, 1e-12);
    assert_near(spl_ope_value(e.ope, SPL_OPE_TARGET, SPL_OPE_SNIPS).value, snips, 1e-12);
    assert_near(spl_ope_value(e.ope, SPL_OPE_TARGET, SPL_OPE_DR).value, snips, 0.02);
    spl_evaluate_free(&e);
    spl_bundle_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(estimates_are_those_of_the_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
