// SPDX-License-Identifier: MIT
// Every rule by its formula, written down again; Thompson sampling where it is known without an integral. Its
// error against adaptive integration is tests/native/test_lints.c.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_fixture.h"
#include "samplit/samplit.h"
#include "testing.h"

#define WIDTH 5

// Scores are the biases where the input is 0.
typedef struct model {
    float weight[WIDTH * SPL_VARIANTS_MAX], bias[SPL_VARIANTS_MAX];
    float factor[SPL_VARIANTS_MAX * (WIDTH + 1) * (WIDTH + 1)];
    spl_linear linear;
} model;

static model *new_model(spl_rule rule, double parameter, uint32_t k, const double *scores)
{
    model *m = calloc(1, sizeof *m);
    for (uint32_t v = 0; v < k; v++) m->bias[v] = (float)scores[v];
    bool uses = rule == SPL_RULE_LINUCB || rule == SPL_RULE_LINTS;
    m->linear =
        (spl_linear){rule, SPL_SPACE_FEATURES, parameter, {WIDTH, k, m->weight, m->bias}, uses ? m->factor : NULL};
    return m;
}

// At the input 0 only the last row of a factor counts.
static void deviate(model *m, uint32_t v, double deviation)
{
    m->factor[(v + 1) * (WIDTH + 1) * (WIDTH + 1) - 1] = (float)deviation;
}

static void ask(const model *m, const float *x, double *p)
{
    static const float ZERO[WIDTH] = {0};
    float scores[SPL_VARIANTS_MAX];
    uint32_t k = m->linear.score.outputs;
    spl_linear_probabilities(&m->linear, spl_kernel_best(), x ? x : ZERO, scores, p);
    double sum = 0;
    for (uint32_t v = 0; v < k; v++) {
        assert_true(p[v] >= 0 && p[v] <= 1);
        sum += p[v];
    }
    assert_true(fabs(sum - 1) <= 1e-9);
}

static void assert_near(double a, double b, double bound)
{
    if (!(fabs(a - b) <= bound)) fail_msg("%.17g is not %.17g within %g", a, b, bound);
}

static void inverse_gap_gives_the_rest_to_the_best(void **state)
{
    (void)state;
    double p[4];
    model *m = new_model(SPL_RULE_INVERSE_GAP, 10, 4, (const double[]){0.25, 0.75, 0.5, 0.75});
    ask(m, NULL, p);
    assert_near(p[0], 1 / (4 + 10 * 0.5), 1e-15);
    assert_near(p[2], 1 / (4 + 10 * 0.25), 1e-15);
    assert_near(p[3], 0.25, 1e-15); // as good as the best, which comes first
    assert_near(p[1], 1 - p[0] - p[2] - p[3], 1e-15);
    m->linear.parameter = 1e308;
    ask(m, NULL, p);
    assert_true(p[0] < 1e-300 && p[3] == 0.25 && p[1] > 0.74);
    free(m);
}

static void softmax_is_that_of_scores_over_temperature(void **state)
{
    (void)state;
    double p[3];
    model *m = new_model(SPL_RULE_SOFTMAX, 0.5, 3, (const double[]){0.5, -0.25, 1});
    ask(m, NULL, p);
    double e[3] = {exp(1), exp(-0.5), exp(2)};
    for (int v = 0; v < 3; v++) assert_near(p[v], e[v] / (e[0] + e[1] + e[2]), 1e-15);
    m->linear.parameter = 5e-324; // colder than any difference: the best takes all
    ask(m, NULL, p);
    assert_true(p[0] == 0 && p[1] == 0 && p[2] == 1);
    m->bias[0] = 3e38f, m->bias[1] = -3e38f;
    ask(m, NULL, p);
    assert_true(p[0] == 1);
    free(m);
}

static void epsilon_greedy_explores_all_alike(void **state)
{
    (void)state;
    double p[3];
    model *m = new_model(SPL_RULE_EPSILON_GREEDY, 0.3, 3, (const double[]){0.5, 0.75, 0.75});
    ask(m, NULL, p);
    assert_near(p[0], 0.1, 1e-15);
    assert_near(p[1], 0.8, 1e-15); // of equal ones the first
    assert_near(p[2], 0.1, 1e-15);
    m->linear.parameter = 0;
    ask(m, NULL, p);
    assert_true(p[0] == 0 && p[1] == 1 && p[2] == 0);
    m->linear.parameter = 1;
    ask(m, NULL, p);
    for (int v = 0; v < 3; v++) assert_near(p[v], 1.0 / 3, 1e-15);
    free(m);
}

static void linucb_serves_the_greatest_score_and_deviation_together(void **state)
{
    (void)state;
    double p[3];
    model *m = new_model(SPL_RULE_LINUCB, 0, 3, (const double[]){0.5, 0.25, 0.375});
    deviate(m, 1, 0.25); // 0.5 together: as much as the first
    deviate(m, 2, 0.0625);
    ask(m, NULL, p);
    assert_true(p[0] == 1 && p[1] == 0 && p[2] == 0);
    deviate(m, 2, 0.1875);
    ask(m, NULL, p);
    assert_true(p[2] == 1);
    free(m);
}

// |z T| by its definition, z = (x, 1).
static void deviations_are_the_norm_of_the_factored_input(void **state)
{
    (void)state;
    float x[WIDTH];
    double p[2];
    model *m = new_model(SPL_RULE_LINUCB, 0, 2, (const double[]){0, 0});
    for (uint32_t n = 0; n < 500; n++) {
        double u[2], squares[2] = {0};
        for (uint32_t i = 0; i < WIDTH; i++) spl_uniform2(1, n, SPL_STREAM_TEST, i, u), x[i] = (float)(2 * u[0] - 1);
        for (uint32_t i = 0; i < 2 * (WIDTH + 1) * (WIDTH + 1); i++) {
            spl_uniform2(2, n, SPL_STREAM_TEST, i, u);
            m->factor[i] = (float)(2 * u[0] - 1);
        }
        for (uint32_t column = 0; column < 2 * (WIDTH + 1); column++) {
            const float *factor = m->factor + column / (WIDTH + 1) * (WIDTH + 1) * (WIDTH + 1) + column % (WIDTH + 1);
            double sum = 0;
            for (uint32_t i = 0; i <= WIDTH; i++)
                sum += (double)factor[i * (WIDTH + 1)] * (i < WIDTH ? (double)x[i] : 1);
            squares[column / (WIDTH + 1)] += sum * sum;
        }
        ask(m, x, p);
        assert_true(p[squares[1] > squares[0]] == 1);
    }
    free(m);
}

static void two_variants_follow_the_normal_distribution_of_their_difference(void **state)
{
    (void)state;
    double p[2];
    for (uint32_t n = 0; n < 500; n++) {
        double u[4];
        spl_uniform2(3, n, SPL_STREAM_TEST, 0, u);
        spl_uniform2(3, n, SPL_STREAM_TEST, 1, u + 2);
        double scores[2] = {u[0], u[1]}, deviations[2] = {exp(-12 * u[2]), exp(-12 * u[3])};
        model *m = new_model(SPL_RULE_LINTS, 0, 2, scores);
        for (uint32_t v = 0; v < 2; v++) deviate(m, v, deviations[v]);
        ask(m, NULL, p);
        double apart = (double)m->bias[0] - (double)m->bias[1];
        double spread = hypot((double)(float)deviations[0], (double)(float)deviations[1]);
        assert_near(p[0], 0.5 * erfc(-apart / spread / sqrt(2)), 1e-6);
        free(m);
    }
}

static void equal_variants_share_equally(void **state)
{
    (void)state;
    double p[SPL_VARIANTS_MAX], scores[SPL_VARIANTS_MAX] = {0};
    for (uint32_t k = 1; k <= SPL_VARIANTS_MAX; k++) {
        model *m = new_model(SPL_RULE_LINTS, 0, k, scores);
        for (uint32_t v = 0; v < k; v++) deviate(m, v, 0.37);
        ask(m, NULL, p);
        for (uint32_t v = 0; v < k; v++) assert_near(p[v], 1.0 / k, 1e-12);
        free(m);
    }
}

static void without_deviations_the_best_takes_all_and_of_equal_ones_the_first(void **state)
{
    (void)state;
    double p[4];
    model *m = new_model(SPL_RULE_LINTS, 0, 4, (const double[]){0.25, 0.5, 0.5, -1});
    ask(m, NULL, p);
    assert_true(p[0] == 0 && p[1] == 1 && p[2] == 0 && p[3] == 0);
    deviate(m, 0, 0.25); // beats 0.5 by one deviation
    ask(m, NULL, p);
    assert_near(p[0], 0.5 * erfc(1 / sqrt(2)), 1e-6);
    assert_near(p[1], 1 - p[0], 1e-12);
    assert_true(p[2] == 0 && p[3] == 0);
    deviate(m, 3, 1e-20); // far below the widest: stands where it is
    deviate(m, 1, 1e-20);
    deviate(m, 2, 1e-20);
    ask(m, NULL, p);
    assert_near(p[1], 1 - 0.5 * erfc(1 / sqrt(2)), 1e-6);
    assert_true(p[2] == 0);
    free(m);
}

static void scores_without_a_number_count_as_zero(void **state)
{
    (void)state;
    double p[3];
    float x[WIDTH] = {3e38f};
    model *m = new_model(SPL_RULE_SOFTMAX, 1, 3, (const double[]){0, 0.5, 0});
    m->weight[0] = 3e38f;  // overflows to infinity
    m->weight[2] = -3e38f; // and to minus infinity
    ask(m, x, p);
    assert_near(p[1], exp(0.5) / (2 + exp(0.5)), 1e-15);
    free(m);
}

static void any_factors_and_scores_give_probabilities(void **state)
{
    (void)state;
    double p[8], zero[8] = {0};
    float x[WIDTH];
    for (uint32_t n = 0; n < 3000; n++) {
        model *m = new_model(n % 2 ? SPL_RULE_LINTS : SPL_RULE_LINUCB, 0, 1 + n % 8, zero);
        for (uint32_t i = 0; i < sizeof m->bias / sizeof *m->bias; i++) {
            uint32_t bits = (uint32_t)spl_mix64(n * 1000 + i);
            memcpy(&m->bias[i], &bits, sizeof bits);
            if (!spl_is_finitef(m->bias[i])) m->bias[i] = 1;
        }
        for (uint32_t i = 0; i < sizeof m->factor / sizeof *m->factor; i++) {
            uint32_t bits = (uint32_t)spl_mix64(n * 100000 + 1000 + i);
            memcpy(&m->factor[i], &bits, sizeof bits);
            if (!spl_is_finitef(m->factor[i])) m->factor[i] = 1;
        }
        for (uint32_t i = 0; i < WIDTH; i++) x[i] = (float)(n % (i + 2)) / 3;
        ask(m, x, p);
        free(m);
    }
}

static void the_floor_is_mixed_in(void **state)
{
    (void)state;
    double p[4] = {0, 0.25, 0.75, 0};
    spl_mix_floor(0.05, p, 4);
    assert_near(p[0], 0.05, 1e-16);
    assert_near(p[1], 0.05 + 0.8 * 0.25, 1e-16);
    assert_near(p[2], 0.05 + 0.8 * 0.75, 1e-16);
    for (uint32_t k = 1; k <= SPL_VARIANTS_MAX; k++) {
        double all[SPL_VARIANTS_MAX] = {1};
        spl_mix_floor(1.0 / k, all, k);
        for (uint32_t v = 0; v < k; v++) assert_near(all[v], 1.0 / k, 1e-15);
    }
}

typedef struct site {
    fixture_opened file;
    void *memory;
    spl_workspace workspace;
} site;

static site *open_learned(void (*edit)(fixture *f))
{
    fixture *f = fixture_new();
    fixture_learn(f);
    if (edit) edit(f);
    site *s = calloc(1, sizeof *s);
    s->file = fixture_open_and_free(f);
    if (s->file.status != SPL_OK) fail_msg("%s: %s", s->file.error.name, s->file.error.expected);
    size_t bytes;
    assert_int_equal(spl_workspace_bytes(&s->file.bundle, &bytes), SPL_OK);
    s->memory = malloc(bytes);
    spl_arena arena = spl_arena_over(s->memory, bytes);
    assert_int_equal(spl_workspace_init(&s->file.bundle, &arena, &s->workspace), SPL_OK);
    return s;
}

static void close_learned(site *s)
{
    fixture_close(&s->file);
    free(s->memory);
    free(s);
}

static void a_linear_policy_serves_the_deepest_match(void **state)
{
    (void)state;
    site *s = open_learned(NULL);
    spl_field fields[2] = {
        {.name = spl_name_hash(SPL_TEXT("country")), .text = "US", .size = 2, .kind = SPL_KIND_STRING},
        {.name = spl_name_hash(SPL_TEXT("device")), .text = "mobile", .size = 6, .kind = SPL_KIND_STRING},
    };
    spl_decision d;
    spl_decide(&s->file.bundle, &s->workspace, 0, SPL_TEXT("u1"), fields, 2, &d);
    assert_int_equal(d.reason, SPL_REASON_POLICY);
    assert_int_equal(d.level, 2);
    assert_int_equal(d.matched_level, 2);
    assert_true(spl_text_equal(d.segment, SPL_TEXT("country:US|device:mobile")));
    assert_int_equal(d.variant_count, 3);
    uint32_t floors = 0;
    double sum = 0;
    for (uint32_t v = 0; v < 3; v++) {
        floors += d.probabilities[v] == 0.05; // its min_propensity
        sum += d.probabilities[v];
    }
    assert_int_equal(floors, 2);
    assert_near(sum, 1, 1e-9);
    assert_true(d.propensity == d.probabilities[d.variant]);

    spl_decide(&s->file.bundle, &s->workspace, 1, SPL_TEXT("u1"), fields, 2, &d); // a table beside it
    assert_int_equal(d.reason, SPL_REASON_FALLBACK);
    assert_true(d.propensity == 1);
    close_learned(s);
}

static void put_thompson(fixture *f)
{
    fixture_get(f, "policy.hero.rule")->data.u8[0] = SPL_RULE_LINTS;
}

static void thompson_sampling_is_decided_alike_by_every_kernel(void **state)
{
    (void)state;
    site *s = open_learned(put_thompson);
    spl_field field = {.name = spl_name_hash(SPL_TEXT("pageviews")), .number = 2, .kind = SPL_KIND_NUMBER};
    spl_decision first, d;
    s->workspace.kernel = SPL_KERNEL_SCALAR;
    spl_decide(&s->file.bundle, &s->workspace, 0, SPL_TEXT("u1"), &field, 1, &first);
    for (uint32_t v = 0; v < 3; v++) assert_true(first.probabilities[v] > 0.05 && first.probabilities[v] < 0.9);
    for (spl_kernel kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
        if (!spl_kernel_usable(kernel)) continue;
        s->workspace.kernel = kernel;
        spl_decide(&s->file.bundle, &s->workspace, 0, SPL_TEXT("u1"), &field, 1, &d);
        assert_true(d.trace == first.trace);
    }
    close_learned(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inverse_gap_gives_the_rest_to_the_best),
        cmocka_unit_test(softmax_is_that_of_scores_over_temperature),
        cmocka_unit_test(epsilon_greedy_explores_all_alike),
        cmocka_unit_test(linucb_serves_the_greatest_score_and_deviation_together),
        cmocka_unit_test(deviations_are_the_norm_of_the_factored_input),
        cmocka_unit_test(two_variants_follow_the_normal_distribution_of_their_difference),
        cmocka_unit_test(equal_variants_share_equally),
        cmocka_unit_test(without_deviations_the_best_takes_all_and_of_equal_ones_the_first),
        cmocka_unit_test(scores_without_a_number_count_as_zero),
        cmocka_unit_test(any_factors_and_scores_give_probabilities),
        cmocka_unit_test(the_floor_is_mixed_in),
        cmocka_unit_test(a_linear_policy_serves_the_deepest_match),
        cmocka_unit_test(thompson_sampling_is_decided_alike_by_every_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
