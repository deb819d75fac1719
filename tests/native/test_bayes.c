// SPDX-License-Identifier: MIT
// Beliefs against closed forms, R's values, and direct numerical integration by GSL.
#include "stats/bayes.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "near.h"
#include "samplit/policy.h"
#include "stats/quantile.h"
#include "stats_reference.h"
#include "testing.h"

static spl_posterior beta(double a, double b)
{
    return (spl_posterior){SPL_FAMILY_BETA, a, b};
}

static spl_posterior normal(double mean, double sd)
{
    return (spl_posterior){SPL_FAMILY_NORMAL, mean, sd};
}

static void p_best_of_two_rates_is_that_of_r(void **state)
{
    (void)state;
    reference *r = reference_open("beta_prob_b_beats_a.csv", "xA,nA,xB,nB,prob_B_beats_A");
    if (!r) skip();
    int rows = 0;
    for (; reference_next(r); rows++) {
        spl_posterior sides[2];
        spl_belief out[2];
        for (int v = 0; v < 2; v++) {
            spl_conversions seen = {reference_number(r, 2 * v), reference_number(r, 2 * v + 1)};
            sides[v] = spl_posterior_of_rate(seen);
        }
        assert_true(spl_bayes_of(sides, 2, 0.95, out));
        double expected = reference_number(r, 4); // one of them is the noise of a quadrature around 0
        if (expected < 1e-100)
            assert_near(out[1].p_best, 0, 1e-12);
        else
            reference_near(r, "P(B is best)", out[1].p_best, expected, 1e-9, 0);
        assert_near(out[1].p_over_first, out[1].p_best, 1e-15);
        assert_true(isnan(out[0].p_over_first));
    }
    assert_int_equal(rows, 7);
}

// P(Beta(1, a) > Beta(1, b)) = b / (a + b), and the difference of two losses is that of the means, the other way round.
static void rates_meet_the_closed_forms(void **state)
{
    (void)state;
    static const double cases[][2] = {{1, 1},    {1, 1e6},     {0.1, 0.1}, {0.1, 5},
                                      {50, 2e3}, {0.5, 33333}, {1e6, 3e6}, {1e7, 1.01e7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double a = cases[i][0], b = cases[i][1];
        const spl_posterior low[2] = {beta(1, a), beta(1, b)}, high[2] = {beta(a, 1), beta(b, 1)};
        spl_belief out[2];
        assert_true(spl_bayes_of(low, 2, 0.95, out));
        assert_near(out[0].p_best, b / (a + b), 1e-10);
        assert_near(out[0].loss - out[1].loss, out[1].mean - out[0].mean, 1e-10 * out[0].mean);
        assert_near(out[0].interval.high, -expm1(log(0.025) / a), 1e-10 * out[0].interval.high);
        assert_true(spl_bayes_of(high, 2, 0.95, out));
        assert_near(out[0].p_best, a / (a + b), 1e-10);
    }
}

// With difference d and its deviation s: P = Phi(d / s), loss = s phi(d / s) - d Phi(-d / s).
static void means_meet_the_closed_forms(void **state)
{
    (void)state;
    static const double cases[][4] = {
        {0, 1, 1, 1}, {0, 1, 0.5, 1e-6}, {1000, 1, 1000.5, 0.2}, {-3, 5, 2, 100}, {7, 2, -9, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double *c = cases[i];
        const spl_posterior sides[2] = {normal(c[0], c[1]), normal(c[2], c[3])};
        double d = c[0] - c[2], s = hypot(c[1], c[3]);
        spl_belief out[2];
        assert_true(spl_bayes_of(sides, 2, 0.9, out));
        assert_near(out[0].p_best, gsl_cdf_ugaussian_P(d / s), 1e-10);
        assert_near(out[0].loss, s * gsl_ran_ugaussian_pdf(d / s) - d * gsl_cdf_ugaussian_Q(d / s), 1e-10 * s);
        assert_near(out[1].loss, s * gsl_ran_ugaussian_pdf(d / s) + d * gsl_cdf_ugaussian_P(d / s), 1e-10 * s);
        assert_near(out[0].interval.high, c[0] + 1.6448536269514722 * c[1], 1e-9 * c[1]);
        assert_near(out[1].interval.low, c[2] - 1.6448536269514722 * c[3], 1e-9 * c[3]);
    }
}

#define K 4

typedef struct direct {
    const double (*shape)[2];
    int variant; // whose integral it is
} direct;

static double density_of_best(double x, void *owner)
{
    const direct *d = owner;
    double product = gsl_ran_beta_pdf(x, d->shape[d->variant][0], d->shape[d->variant][1]);
    for (int u = 0; u < K; u++)
        if (u != d->variant) product *= gsl_cdf_beta_P(x, d->shape[u][0], d->shape[u][1]);
    return product;
}

static double loss_below(double x, void *owner)
{
    const direct *d = owner;
    double others = 1;
    for (int u = 0; u < K; u++)
        if (u != d->variant) others *= gsl_cdf_beta_P(x, d->shape[u][0], d->shape[u][1]);
    return gsl_cdf_beta_P(x, d->shape[d->variant][0], d->shape[d->variant][1]) * (1 - others);
}

static double integral(double (*f)(double, void *), direct *d)
{
    double value, error;
    gsl_integration_workspace *room = gsl_integration_workspace_alloc(1000);
    gsl_function function = {f, d};
    gsl_integration_qags(&function, 0, 1, 1e-12, 1e-11, 1000, room, &value, &error);
    gsl_integration_workspace_free(room);
    return value;
}

static void many_variants_agree_with_direct_integration(void **state)
{
    (void)state;
    static const double shape[K][2] = {{51, 951}, {60, 941}, {3, 40}, {541, 9461}};
    spl_posterior all[K];
    spl_belief out[K];
    double sum = 0;
    for (int v = 0; v < K; v++) all[v] = beta(shape[v][0], shape[v][1]);
    assert_true(spl_bayes_of(all, K, 0.8, out));
    for (int v = 0; v < K; v++) {
        direct d = {shape, v};
        assert_near(out[v].p_best, integral(density_of_best, &d), 1e-9);
        assert_near(out[v].loss, integral(loss_below, &d), 1e-10);
        assert_near(gsl_cdf_beta_P(out[v].interval.low, shape[v][0], shape[v][1]), 0.1, 1e-10);
        assert_near(gsl_cdf_beta_P(out[v].interval.high, shape[v][0], shape[v][1]), 0.9, 1e-10);
        sum += out[v].p_best;
    }
    assert_near(sum, 1, 1e-12);
}

static void what_says_nothing_is_left_out(void **state)
{
    (void)state;
    const spl_posterior all[] = {normal(1, 0), normal(0, 1), spl_posterior_of_mean((spl_mean){NAN, NAN, NAN}),
                                 normal(1, INFINITY), normal(1, 1)};
    spl_belief out[5];
    assert_true(spl_bayes_of(all, 5, 0.95, out));
    for (int v = 0; v < 5; v++) assert_int_equal(isnan(out[v].p_best), v != 1 && v != 4);
    assert_near(out[4].p_best, gsl_cdf_ugaussian_P(sqrt(0.5)), 1e-10);
    assert_true(isnan(out[4].p_over_first)); // of a first that says nothing
    assert_true(isnan(out[0].loss) && isnan(out[2].interval.low));
    assert_true(spl_bayes_of(all, 1, 0.95, out));
    assert_true(isnan(out[0].p_best));
    spl_posterior rates[3] = {spl_posterior_of_rate((spl_conversions){3, 2}),
                              spl_posterior_of_rate((spl_conversions){-1, 9}),
                              spl_posterior_of_rate((spl_conversions){0, 0})};
    assert_true(spl_bayes_of(rates, 3, 0.95, out)); // more successes than trials; fewer than none; nothing seen
    assert_true(isnan(out[0].p_best) && isnan(out[1].loss));
    assert_near(out[2].interval.low, 0.025, 1e-12);
    assert_true(spl_bayes_of(all + 1, 1, 0.95, out)); // alone it is the best
    assert_near(out[0].p_best, 1, 0);
    assert_near(out[0].loss, 0, 0);
}

// Whatever counts there are, from no trial to billions of them, and however different.
static void extremes_stay_numbers(void **state)
{
    (void)state;
    static const double counts[][2] = {{0, 0},     {0, 1},     {1, 1},    {0, 1e9},
                                       {1e9, 1e9}, {5e8, 1e9}, {1, 1e12}, {1e15, 3e15}};
    enum { N = sizeof counts / sizeof *counts };
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            const spl_posterior both[2] = {spl_posterior_of_rate((spl_conversions){counts[i][0], counts[i][1]}),
                                           spl_posterior_of_rate((spl_conversions){counts[j][0], counts[j][1]})};
            spl_belief out[2];
            assert_true(spl_bayes_of(both, 2, 0.95, out));
            for (int v = 0; v < 2; v++) {
                assert_true(out[v].p_best >= 0 && out[v].p_best <= 1 && out[v].loss >= 0);
                assert_true(out[v].interval.low <= out[v].mean && out[v].mean <= out[v].interval.high);
            }
            assert_near(out[0].p_best + out[1].p_best, 1, 1e-12);
        }
    }
    const spl_posterior far[2] = {normal(-1e300, 1e-300), normal(1e300, 1e290)};
    spl_belief out[2];
    assert_true(spl_bayes_of(far, 2, 0.95, out));
    assert_near(out[1].p_best, 1, 0);
}

static void equal_variants_share_equally(void **state)
{
    (void)state;
    for (uint32_t k = 1; k <= SPL_VARIANTS_MAX; k += 21) {
        spl_posterior all[SPL_VARIANTS_MAX];
        spl_belief out[SPL_VARIANTS_MAX];
        for (uint32_t v = 0; v < k; v++) all[v] = beta(31, 1000);
        assert_true(spl_bayes_of(all, k, 0.95, out));
        for (uint32_t v = 0; v < k; v++) {
            assert_near(out[v].p_best, 1.0 / k, 1e-12);
            assert_near(out[v].loss, out[0].loss, 1e-14);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p_best_of_two_rates_is_that_of_r),
        cmocka_unit_test(rates_meet_the_closed_forms),
        cmocka_unit_test(means_meet_the_closed_forms),
        cmocka_unit_test(many_variants_agree_with_direct_integration),
        cmocka_unit_test(what_says_nothing_is_left_out),
        cmocka_unit_test(extremes_stay_numbers),
        cmocka_unit_test(equal_variants_share_equally),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
