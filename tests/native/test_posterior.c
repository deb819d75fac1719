// SPDX-License-Identifier: MIT
// P(best) and intervals against closed forms, R's figures and simulation; pooling and the test of
// effects against data whose truth is known.
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/effect.h"
#include "learn/pooling_start.h"
#include "samplit/policy.h"
#include "stats/best.h"
#include "testing.h"

static spl_posterior beta(double a, double b)
{
    return (spl_posterior){SPL_FAMILY_BETA, a, b};
}

static spl_posterior normal(double mean, double sd)
{
    return (spl_posterior){SPL_FAMILY_NORMAL, mean, sd};
}

static void assert_near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance)) fail_msg("%.12g is not %.12g within %g", actual, expected, tolerance);
}

static double first_of_two(spl_posterior a, spl_posterior b)
{
    double p[2];
    const spl_posterior both[] = {a, b};
    spl_best *best = spl_best_new(2);
    spl_best_probabilities(best, both, p);
    spl_best_free(best);
    assert_near(p[0] + p[1], 1, 1e-12);
    return p[0];
}

// P(Beta(1, a) > Beta(1, b)) = b / (a + b).
static void p_best_meets_the_closed_form_for_betas(void **unused)
{
    (void)unused;
    static const double cases[][2] = {{1, 1}, {1, 1e6}, {50, 2000}, {1e6, 3e6}, {0.5, 33333}, {1e8, 1.5e8}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double a = cases[i][0], b = cases[i][1];
        assert_near(first_of_two(beta(1, a), beta(1, b)), b / (a + b), 1e-8);
        assert_near(first_of_two(beta(a, 1), beta(b, 1)), a / (a + b), 1e-8);
    }
}

// P(X > Y) = Phi((mean difference) / sqrt(sum of variances)), whatever the scales of the two.
static void p_best_meets_the_closed_form_for_normals(void **unused)
{
    (void)unused;
    static const double cases[][4] = {
        {0, 1, 1, 1}, {0, 1, 0.5, 1e-6}, {1000, 1, 1000.5, 0.2}, {-3, 5, 2, 100}, {1e6, 1e-2, 1e6 + 1e-2, 2e-2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double *c = cases[i];
        double expected = gsl_cdf_ugaussian_P((c[0] - c[2]) / hypot(c[1], c[3]));
        assert_near(first_of_two(normal(c[0], c[1]), normal(c[2], c[3])), expected, 1e-7);
    }
}

static FILE *reference(const char *name)
{
    char path[512];
    const char *data = getenv("SAMPLIT_DATA");
    snprintf(path, sizeof path, "%s/stats_reference/%s", data ? data : SAMPLIT_SOURCE "/../shared/data", name);
    FILE *file = fopen(path, "r");
    if (!file) fprintf(stderr, "SKIPPED: %s is not there; set SAMPLIT_DATA\n", path);
    return file;
}

static void p_best_equals_the_figures_of_r(void **unused)
{
    (void)unused;
    char line[256];
    double xa, na, xb, nb, expected;
    int rows = 0;
    FILE *file = reference("beta_prob_b_beats_a.csv");
    if (!file) skip();
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%lf,%lf,%lf,%lf,%lf", &xa, &na, &xb, &nb, &expected) != 5) continue;
        assert_near(first_of_two(beta(1 + xb, 1 + nb - xb), beta(1 + xa, 1 + na - xa)), expected, 1e-8);
        rows++;
    }
    fclose(file);
    assert_true(rows >= 7);
}

static void p_best_of_many_variants_equals_simulation(void **unused)
{
    (void)unused;
    enum { K = 5, DRAWS = 1000000 };
    const spl_posterior all[K] = {beta(50, 950), beta(58, 960), beta(3, 40), beta(1, 12), beta(5400, 100000)};
    double p[K], wins[K] = {0};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int i = 0; i < DRAWS; i++) {
        double highest = -1;
        int winner = 0;
        for (int v = 0; v < K; v++) {
            double x = gsl_ran_beta(rng, all[v].a, all[v].b);
            if (x > highest) highest = x, winner = v;
        }
        wins[winner] += 1.0 / DRAWS;
    }
    spl_best *best = spl_best_new(K);
    spl_best_probabilities(best, all, p);
    for (int v = 0; v < K; v++) assert_near(p[v], wins[v], 5 * sqrt(p[v] * (1 - p[v]) / DRAWS));
    spl_best_free(best);
    gsl_rng_free(rng);
}

static void equal_posteriors_share_p_best_equally(void **unused)
{
    (void)unused;
    for (uint32_t k = 1; k <= SPL_VARIANTS_MAX; k += 21) {
        spl_posterior all[SPL_VARIANTS_MAX];
        double p[SPL_VARIANTS_MAX];
        spl_best *best = spl_best_new(k);
        for (uint32_t v = 0; v < k; v++) all[v] = beta(31, 1000);
        spl_best_probabilities(best, all, p);
        for (uint32_t v = 0; v < k; v++) assert_near(p[v], 1.0 / k, 1e-12);
        spl_best_free(best);
    }
}

static void check_interval(spl_posterior posterior, double mass, double expected_low, double expected_high)
{
    double low, high;
    spl_legendre rule;
    assert_true(spl_legendre_init(&rule));
    spl_posterior_interval(&posterior, &rule, mass, &low, &high);
    double tolerance = 1e-6 * spl_posterior_sd(&posterior);
    assert_near(low, expected_low, tolerance);
    assert_near(high, expected_high, tolerance);
}

static void intervals_meet_closed_forms(void **unused)
{
    (void)unused;
    check_interval(beta(1, 1), 0.95, 0.025, 0.975);
    check_interval(beta(7, 1), 0.9, pow(0.05, 1.0 / 7), pow(0.95, 1.0 / 7));
    check_interval(beta(1, 5000), 0.95, -expm1(log1p(-0.025) / 5000), -expm1(log1p(-0.975) / 5000));
    check_interval(normal(10, 2), 0.95, 10 - 2 * 1.9599639845400545, 10 + 2 * 1.9599639845400545);
}

// R's Jeffreys intervals are the quantiles of Beta(x + 1/2, n - x + 1/2).
static void intervals_equal_the_figures_of_r(void **unused)
{
    (void)unused;
    char line[512];
    double x, n, mass, low, high;
    int rows = 0;
    FILE *file = reference("binomial_ci.csv");
    if (!file) skip();
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%lf,%lf,%lf,%*f,%*f,%*f,%*f,%lf,%lf", &x, &n, &mass, &low, &high) != 5) continue;
        check_interval(beta(x + 0.5, n - x + 0.5), mass, low, high);
        rows++;
    }
    fclose(file);
    assert_true(rows > 50);
}

// Segments whose rates are drawn from Beta(kappa m, kappa (1 - m)): the fit must find kappa.
static void kappa_of_known_segments_is_recovered(void **unused)
{
    (void)unused;
    enum { CELLS = 3000 };
    static spl_pooling_cell cells[CELLS];
    static const double truths[] = {20, 200, 2000};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int t = 0; t < 3; t++) {
        for (int i = 0; i < CELLS; i++) {
            double n = 200 + 40 * (i % 50), rate = gsl_ran_beta(rng, truths[t] * 0.05, truths[t] * 0.95);
            cells[i] = (spl_pooling_cell){n, gsl_ran_binomial(rng, rate, (unsigned)n), 0.05, 0, 0, 0};
        }
        assert_near(spl_pooling_kappa(SPL_FAMILY_BETA, cells, CELLS, NULL) / truths[t], 1, 0.15);
        for (int i = 0; i < CELLS; i++) {
            double n = 200 + 40 * (i % 50), mean = 7 + gsl_ran_gaussian(rng, 3 / sqrt(truths[t]));
            cells[i] = (spl_pooling_cell){n, n * mean + gsl_ran_gaussian(rng, 3 * sqrt(n)), 7, 9, 0, 0};
        }
        assert_near(spl_pooling_kappa(SPL_FAMILY_NORMAL, cells, CELLS, NULL) / truths[t], 1, 0.15);
    }
    gsl_rng_free(rng);
}

static void kappa_is_finite_where_segments_are_few_and_large_where_they_are_alike(void **unused)
{
    (void)unused;
    static spl_pooling_cell cells[500];
    for (int i = 0; i < 500; i++) cells[i] = (spl_pooling_cell){1000, 50, 0.05, 0, 0, 0}; // less spread than chance
    assert_true(spl_pooling_kappa(SPL_FAMILY_BETA, cells, 500, NULL) > 1e5);
    double few = spl_pooling_kappa(SPL_FAMILY_BETA, cells, 2, NULL);
    assert_true(few > 10 && few < 1e5);
    assert_true(spl_pooling_kappa(SPL_FAMILY_BETA, cells, 0, NULL) > 9e6);
}

static spl_moments binary(double count, double sum)
{
    return (spl_moments){count, sum, count, count, sum / count, sum * (1 - sum / count)};
}

static spl_moments binary_sum(spl_moments a, spl_moments b)
{
    return binary(a.count + b.count, a.sum + b.sum);
}

// The contrasts' Wald statistic with a 2 x 2 matrix inverse, as in the textbook. Counts are large, so that
// the variances' pooling does not matter.
static void the_test_of_effects_equals_walds_on_contrasts(void **unused)
{
    (void)unused;
    const spl_moments child[] = {binary(4e6, 203000), binary(5e6, 256000), binary(3e6, 153300)};
    const spl_moments rest[] = {binary(9e6, 540000), binary(7e6, 422000), binary(8e6, 481000)};
    spl_moments parent[3];
    double variance[3], apart[3];
    for (int v = 0; v < 3; v++) {
        parent[v] = binary_sum(child[v], rest[v]);
        variance[v] = child[v].squares / pow(child[v].count, 2) + rest[v].squares / pow(rest[v].count, 2);
        apart[v] = child[v].mean - rest[v].mean;
    }
    double d1 = apart[1] - apart[0], d2 = apart[2] - apart[0];
    double a = variance[1] + variance[0], b = variance[0], c = variance[2] + variance[0];
    double wald = (c * d1 * d1 - 2 * b * d1 * d2 + a * d2 * d2) / (a * c - b * b);
    double expected = gsl_cdf_chisq_Q(wald, 2);
    assert_true(expected > 1e-6 && expected < 0.9);
    assert_near(spl_effect_p(child, parent, 3, true) / expected, 1, 2e-3);
}

// Means, squared deviations and apartness in all sizes: a p-value in (0, 1], or NaN, never a silent 0 or 1 from an
// overflow.
static void the_test_of_effects_survives_rewards_of_any_size(void **unused)
{
    (void)unused;
    static const double sizes[] = {1e-160, 1e-3, 1, 1e50, 1e100, 1e160, 1e300};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            spl_moments child[2], parent[2];
            for (int v = 0; v < 2; v++) {
                double mean = v ? sizes[i] : 0, squares = 100 * sizes[j] * sizes[j];
                child[v] = (spl_moments){100, 100 * mean, 100, 100, mean, squares};
                parent[v] = (spl_moments){400, 100 * mean, 400, 400, mean / 4, 4 * squares + 75 * mean * mean};
            }
            double p = spl_effect_p(child, parent, 2, false);
            assert_true(isnan(p) || (p > 0 && p <= 1));
            if (isfinite(sizes[i] * sizes[i] * 100) && sizes[j] == sizes[i] && sizes[i] > 1e-3) assert_true(p < 1e-6);
            if (sizes[i] == 1e300 && sizes[j] < 1e200) assert_true(isnan(p));
        }
    }
}

// Effects are equal, rates are not: the share of false alarms stays at the level, also with few conversions and with
// uneven allocation.
static void the_test_of_effects_keeps_its_level(void **unused)
{
    (void)unused;
    enum { TRIALS = 4000 };
    static const double rates[] = {0.01, 0.05, 0.2}, counts[] = {70, 300, 2000};
    static const double shares[][3] = {{1, 1, 1}, {0.2, 2.4, 0.4}};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int c = 0; c < 18; c++) {
        int alarms = 0;
        for (int t = 0; t < TRIALS; t++) {
            spl_moments child[3], parent[3];
            for (int v = 0; v < 3; v++) {
                double effect = 0.002 * v, n = counts[c / 3 % 3] * shares[c / 9][v], m = 3 * n;
                double here = gsl_ran_binomial(rng, rates[c % 3] + effect, (unsigned)n);
                double there = gsl_ran_binomial(rng, 1.5 * rates[c % 3] + effect, (unsigned)m);
                child[v] = binary(n, here);
                parent[v] = binary_sum(child[v], binary(m, there));
            }
            alarms += spl_effect_p(child, parent, 3, true) <= 0.05;
        }
        if (alarms > 0.063 * TRIALS) fail_msg("case %d: %d false alarms of %d", c, alarms, TRIALS); // 3.8 sigma
    }
    gsl_rng_free(rng);
}

static void the_test_of_effects_keeps_its_level_for_real_rewards(void **unused)
{
    (void)unused;
    enum { TRIALS = 3000, N = 60 };
    int alarms = 0;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int t = 0; t < TRIALS; t++) {
        spl_moments child[2], parent[2];
        for (int v = 0; v < 2; v++) {
            double x[3 * N], mean = 0, child_mean = 0, squares = 0, child_squares = 0;
            for (int i = 0; i < 3 * N; i++) {
                x[i] = gsl_ran_exponential(rng, 20) + (i < N ? 5 : 0) + v;
                mean += x[i] / (3 * N);
                child_mean += i < N ? x[i] / N : 0;
            }
            for (int i = 0; i < 3 * N; i++) {
                squares += (x[i] - mean) * (x[i] - mean);
                child_squares += i < N ? (x[i] - child_mean) * (x[i] - child_mean) : 0;
            }
            child[v] = (spl_moments){N, N * child_mean, N, N, child_mean, child_squares};
            parent[v] = (spl_moments){3 * N, 3 * N * mean, 3 * N, 3 * N, mean, squares};
        }
        alarms += spl_effect_p(child, parent, 2, false) <= 0.05;
    }
    gsl_rng_free(rng);
    assert_in_range(alarms, TRIALS * 0.03, TRIALS * 0.065);
}

static void effects_that_cannot_be_compared_have_no_p_value(void **unused)
{
    (void)unused;
    const spl_moments child[] = {binary(100, 5), {0, 0, 0, 0, 0, 0}}, same[] = {binary(100, 5), binary(50, 2)};
    const spl_moments constant[] = {{10, 70, 10, 10, 7, 0}, {10, 70, 10, 10, 7, 0}};
    const spl_moments twice[] = {{20, 140, 20, 20, 7, 0}, {20, 140, 20, 20, 7, 0}};
    assert_true(isnan(spl_effect_p(child, same, 1, true)));      // one variant
    assert_true(isnan(spl_effect_p(child, same, 2, true)));      // a variant never seen here
    assert_true(isnan(spl_effect_p(same, same, 2, true)));       // nothing beside it
    assert_true(isnan(spl_effect_p(constant, twice, 2, false))); // nothing varies
}

static void holm_divides_the_level_by_the_tests_left(void **unused)
{
    (void)unused;
    assert_true(spl_effect_holm(0.06, 3, 0) == 0.02);
    assert_true(spl_effect_holm(0.06, 3, 1) == 0.03);
    assert_true(spl_effect_holm(0.06, 3, 2) == 0.06);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p_best_meets_the_closed_form_for_betas),
        cmocka_unit_test(p_best_meets_the_closed_form_for_normals),
        cmocka_unit_test(p_best_equals_the_figures_of_r),
        cmocka_unit_test(p_best_of_many_variants_equals_simulation),
        cmocka_unit_test(equal_posteriors_share_p_best_equally),
        cmocka_unit_test(intervals_meet_closed_forms),
        cmocka_unit_test(intervals_equal_the_figures_of_r),
        cmocka_unit_test(kappa_of_known_segments_is_recovered),
        cmocka_unit_test(kappa_is_finite_where_segments_are_few_and_large_where_they_are_alike),
        cmocka_unit_test(the_test_of_effects_equals_walds_on_contrasts),
        cmocka_unit_test(the_test_of_effects_survives_rewards_of_any_size),
        cmocka_unit_test(the_test_of_effects_keeps_its_level),
        cmocka_unit_test(the_test_of_effects_keeps_its_level_for_real_rewards),
        cmocka_unit_test(effects_that_cannot_be_compared_have_no_p_value),
        cmocka_unit_test(holm_divides_the_level_by_the_tests_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
