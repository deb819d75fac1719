// SPDX-License-Identifier: MIT
#include "stats/interval.h"
#include "stats/power.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "near.h"
#include "stats_reference.h"
#include "testing.h"

static spl_test test_of(double alpha, spl_power_formula formula)
{
    return (spl_test){.alpha = alpha, .ratio = 1, .formula = formula};
}

static void power_of_two_proportions_is_that_of_r(void **state)
{
    (void)state;
    reference *r = reference_open("power_two_proportions.csv", "n,p1,p2,power,power_strict");
    if (!r) skip();
    while (reference_next(r)) {
        spl_test test = test_of(0.05, SPL_POWER_POOLED);
        double n = reference_number(r, 0), p1 = reference_number(r, 1), p2 = reference_number(r, 2);
        reference_near(r, "power", spl_power_proportions(n, p2, p1, &test), reference_number(r, 3), 1e-9, 0);
        test.strict = true;
        reference_near(r, "strict", spl_power_proportions(n, p2, p1, &test), reference_number(r, 4), 1e-9, 0);
    }
}

static void samples_for_two_proportions_are_those_of_r(void **state)
{
    (void)state;
    reference *r =
        reference_open("sample_size_two_proportions.csv", "p1,p2,alpha,power,n_power_prop_test,cohen_h,n_pwr_2p_test");
    if (!r) skip();
    while (reference_next(r)) {
        double p1 = reference_number(r, 0), p2 = reference_number(r, 1), power = reference_number(r, 3);
        spl_test pooled = test_of(reference_number(r, 2), SPL_POWER_POOLED), arcsine = pooled;
        arcsine.formula = SPL_POWER_ARCSINE;
        arcsine.strict = true;
        reference_near(r, "pooled", spl_sample_proportions(p2, p1, power, &pooled), reference_number(r, 4), 1e-9, 0);
        // pwr searches with uniroot, whose tolerance is .Machine$double.eps^0.25 in units.
        reference_near(r, "arcsine", spl_sample_proportions(p2, p1, power, &arcsine), reference_number(r, 6), 1e-6, 0);
    }
}

static void samples_for_two_means_are_those_of_r(void **state)
{
    (void)state;
    reference *r = reference_open("sample_size_t_test.csv", "d,alpha,power,n");
    if (!r) skip();
    while (reference_next(r)) {
        spl_test test = test_of(reference_number(r, 1), SPL_POWER_POOLED);
        double n = spl_sample_means(reference_number(r, 0), 1, 1, reference_number(r, 2), &test);
        reference_near(r, "n", n, reference_number(r, 3), 1e-9, 0);
    }
}

// The examples of R's documentation of power.prop.test.
static void published_examples_hold(void **state)
{
    (void)state;
    spl_test test = test_of(0.05, SPL_POWER_POOLED);
    assert_near(spl_power_proportions(50, 0.75, 0.50, &test), 0.740, 5e-4);
    assert_near(spl_sample_proportions(0.75, 0.50, 0.90, &test), 76.7, 0.05);
    assert_near(spl_detectable_proportion(50, 0.5, 0.90, false, &test), 0.8026, 5e-5);
    test.strict = true;
    assert_near(ceil(spl_sample_proportions(0.9, 1, 0.8, &test)), 74, 0);
}

static void the_noncentral_t_becomes_what_it_must(void **state)
{
    (void)state;
    const double freedoms[] = {1, 2.5, 10, 300};
    for (int i = 0; i < 4; i++) {
        for (double t = -3; t <= 3; t += 0.75)
            assert_near(spl_noncentral_t(t, freedoms[i], 0), gsl_cdf_tdist_P(t, freedoms[i]), 1e-11);
        assert_near(spl_noncentral_t(0, freedoms[i], 1.5), gsl_cdf_ugaussian_P(-1.5), 1e-12);
    }
    assert_near(spl_noncentral_t(2, 1e9, 0.5), gsl_cdf_ugaussian_P(1.5), 1e-8);
}

static void sample_effect_and_power_agree(void **state)
{
    (void)state;
    for (int f = SPL_POWER_POOLED; f <= SPL_POWER_ARCSINE; f++) {
        for (int variation = 0; variation < 4; variation++) {
            spl_test test = {.alpha = 0.05, .ratio = variation & 1 ? 3 : 1, .one_sided = variation & 2, .formula = f};
            double n = spl_sample_proportions(0.06, 0.05, 0.8, &test);
            assert_near(spl_power_proportions(n, 0.06, 0.05, &test), 0.8, 1e-12);
            assert_near(spl_detectable_proportion(n, 0.05, 0.8, false, &test), 0.06, 1e-9);
            double below = spl_detectable_proportion(n, 0.05, 0.8, true, &test);
            assert_near(spl_power_proportions(n, below, 0.05, &test), 0.8, 1e-9);
            double m = spl_sample_means(0.3, 1, 2, 0.9, &test);
            assert_near(spl_power_means(m, 0.3, 1, 2, &test), 0.9, 1e-9);
            assert_near(spl_detectable_difference(m, 1, 2, 0.9, &test), 0.3, 1e-7);
        }
    }
}

static double binomial(int x, int n, double p)
{
    return exp(lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1) + x * log(p) + (n - x) * log1p(-p));
}

// P(reject), one outcome after the other.
static double by_enumeration(int n1, int n2, double p1, double p2, const spl_test *test)
{
    double power = 0, critical = spl_normal_reach(test->one_sided ? 1 - 2 * test->alpha : 1 - test->alpha);
    for (int x1 = 0; x1 <= n1; x1++) {
        for (int x2 = 0; x2 <= n2; x2++) {
            double pooled = (double)(x1 + x2) / (n1 + n2), variance = pooled * (1 - pooled) * (1.0 / n1 + 1.0 / n2);
            double z = variance > 0 ? ((double)x1 / n1 - (double)x2 / n2) / sqrt(variance) : 0;
            if (test->one_sided ? (p1 >= p2 ? z : -z) > critical : fabs(z) > critical)
                power += binomial(x1, n1, p1) * binomial(x2, n2, p2);
        }
    }
    return power;
}

static void enumerate_outcomes(void)
{
    static const struct {
        int n1, n2;
        double p1, p2;
    } cases[] = {{1, 1, 0.5, 0.5},    {7, 7, 0.9, 0.2},     {40, 20, 0.3, 0.6},
                 {25, 75, 0.02, 0.2}, {120, 120, 0.5, 0.3}, {300, 100, 0.999, 0.9}};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        int n1 = cases[i / 2].n1, n2 = cases[i / 2].n2;
        spl_test test = {.alpha = 0.05, .one_sided = i % 2, .ratio = (double)n2 / n1, .formula = SPL_POWER_EXACT};
        double p1 = cases[i / 2].p1, p2 = cases[i / 2].p2;
        assert_near(spl_power_proportions(n1 + 0.5, p1, p2, &test), by_enumeration(n1, n2, p1, p2, &test), 1e-12);
    }
}

// The pooled formula is an approximation of the exact power; both are close where samples are not small.
static void exact_power_is_near_the_formula_and_is_a_sum_over_outcomes(void **state)
{
    (void)state;
    spl_test exact = test_of(0.05, SPL_POWER_EXACT), pooled = test_of(0.05, SPL_POWER_POOLED);
    assert_near(spl_power_proportions(200, 0.30, 0.20, &exact), spl_power_proportions(200, 0.30, 0.20, &pooled), 0.02);
    // Two against two: only 2:0 and 0:2 have |z| = 2 > 1.96.
    assert_near(spl_power_proportions(2, 0.6, 0.3, &exact), 0.36 * 0.49 + 0.16 * 0.09, 1e-12);
    enumerate_outcomes();
    double n = spl_sample_proportions(0.9, 0.4, 0.8, &exact);
    assert_true(n == floor(n));
    assert_true(spl_power_proportions(n, 0.9, 0.4, &exact) >= 0.8);
    assert_true(spl_power_proportions(n - 1, 0.9, 0.4, &exact) < 0.8);
    assert_true(isnan(spl_sample_proportions(0.0501, 0.05, 0.8, &exact)));
}

static void questions_without_an_answer_have_none(void **state)
{
    (void)state;
    spl_test test = test_of(0.05, SPL_POWER_POOLED);
    assert_true(isinf(spl_sample_proportions(0.05, 0.05, 0.8, &test)));
    assert_true(isinf(spl_sample_means(0, 1, 1, 0.8, &test)));
    assert_true(isnan(spl_detectable_proportion(3, 0.9, 0.99, false, &test)));
    assert_true(isnan(spl_power_proportions(0, 0.1, 0.2, &test)));
    assert_near(spl_power_means(1, 1, 1, 1, &test), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_of_two_proportions_is_that_of_r),
        cmocka_unit_test(samples_for_two_proportions_are_those_of_r),
        cmocka_unit_test(samples_for_two_means_are_those_of_r),
        cmocka_unit_test(published_examples_hold),
        cmocka_unit_test(the_noncentral_t_becomes_what_it_must),
        cmocka_unit_test(sample_effect_and_power_agree),
        cmocka_unit_test(exact_power_is_near_the_formula_and_is_a_sum_over_outcomes),
        cmocka_unit_test(questions_without_an_answer_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
