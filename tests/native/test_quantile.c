// SPDX-License-Identifier: MIT
// The distributions that all statistics stand on, ours and GSL's, against R's values.
#include "stats/quantile.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "near.h"
#include "stats/gsl_errors.h"
#include "stats/interval.h"
#include "stats/power.h"
#include "stats_reference.h"
#include "testing.h"

static int let_gsl_return_errors(void **state)
{
    (void)state;
    spl_gsl_errors_off();
    return 0;
}

static double value_of(const char *name, double a, double b, double c)
{
    if (!strcmp(name, "qnorm")) return gsl_cdf_ugaussian_Pinv(a);
    if (!strcmp(name, "pnorm")) return gsl_cdf_ugaussian_P(a);
    if (!strcmp(name, "pt")) return gsl_cdf_tdist_P(a, b);
    if (!strcmp(name, "qt")) return gsl_cdf_tdist_Pinv(a, b);
    if (!strcmp(name, "pchisq_upper")) return gsl_cdf_chisq_Q(a, b);
    if (!strcmp(name, "pbeta")) return spl_beta_p(a, b, c);
    if (!strcmp(name, "qbeta")) return spl_beta_quantile(a, b, c);
    if (!strcmp(name, "pgamma")) return gsl_cdf_gamma_P(a, b, 1 / c);
    if (!strcmp(name, "pf_upper")) return gsl_cdf_fdist_Q(a, b, c);
    fail_msg("no function %s", name);
    return NAN;
}

static void distributions_are_those_of_r(void **state)
{
    (void)state;
    reference *r = reference_open("distributions.csv", "fn,arg1,arg2,arg3,value");
    if (!r) skip();
    int rows = 0;
    for (; reference_next(r); rows++) {
        const char *name = reference_text(r, 0);
        double a = reference_number(r, 1), b = reference_number(r, 2), c = reference_number(r, 3);
        double expected = reference_number(r, 4);
        // R's pnorm(-38) is 2.9e-316, written as 0.
        reference_near(r, name, value_of(name, a, b, c), expected, 1e-9, expected == 0 ? 1e-300 : 0);
        if (!strcmp(name, "pnorm"))
            reference_near(r, "p of z", spl_normal_p(a), 2 * fmin(expected, value_of(name, -a, b, c)), 1e-9, 1e-300);
        if (!strcmp(name, "qnorm") && a > 0.5)
            reference_near(r, "reach", spl_normal_reach(2 * a - 1), expected, 1e-9, 0);
        if (!strcmp(name, "pt") && fabs(a) < 20)
            reference_near(r, "noncentral t", spl_noncentral_t(a, b, 0), expected, 1e-9, 0);
    }
    assert_int_equal(rows, 79);
}

// By quadrature with 40 digits.
static void large_counts_have_quantiles_too(void **state)
{
    (void)state;
    static const double rows[][4] = {
        {0.025, 1e6, 3e6, 0.249575773831608},        {0.975, 1e8, 3e8, 0.25004243564888126},
        {0.001, 2e4, 5e9, 3.913149204452039e-6},     {0.975, 5e8, 5e8, 0.50003098975159321},
        {0.999999, 1e12, 3e12, 0.25000102914745139}, {0.025, 2e4, 3e4, 0.39570978493320856},
        {0.5, 1e15, 2e15, 0.3333333333333333},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double p = rows[i][0], a = rows[i][1], b = rows[i][2], x = spl_beta_quantile(p, a, b);
        assert_near(x, rows[i][3], 1e-14 * rows[i][3]);
        // A rounding of x by 1e-16 of itself moves p by this much.
        double moved = 1e-15 * x * sqrt((a + b) / (x * (1 - x)));
        assert_near(spl_beta_p(x, a, b), p, 1e-13 + moved);
    }
}

// By quadrature with 40 digits; GSL's own is wrong in the twelfth digit for the first, and has no answer for the last.
static void large_counts_have_probabilities_too(void **state)
{
    (void)state;
    static const double rows[][4] = {
        {0.49, 2100.0, 2100.0, 0.097453186617171684},
        {0.0313, 2100.0, 63000.0, 0.082255230039032708},
        {0.0011, 2100.0, 1890000.0, 0.34383317833465822},
        {0.51, 5000.0, 5000.0, 0.97725796767542545},
        {0.5001, 100000000.0, 100000000.0, 0.99766113269031021},
        {1e-6, 10000.0, 10000000000.0, 0.50136970024078294},
        {0.2497, 1000000.0, 3000000.0, 0.082901251517886682},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const double *row = rows[i];
        assert_near(spl_beta_p(row[0], row[1], row[2]), row[3], 1e-12 * row[3] + 1e-15);
    }
}

static void a_chi_square_has_a_tail_for_every_statistic(void **state)
{
    (void)state;
    for (double freedom = 1; freedom <= 10000; freedom *= 10) {
        double last = 1;
        for (double x = 1e-300; x < 1e300; x *= 7) {
            double p = spl_chi_square_p(x, freedom);
            assert_true(p >= 0 && p <= last);
            last = p;
        }
        assert_near(spl_chi_square_p(INFINITY, freedom), 0, 0);
        assert_near(spl_chi_square_p(0, freedom), 1, 0);
    }
    assert_near(spl_chi_square_p(2 * log(50), 2), 0.02, 1e-15);
    assert_true(isnan(spl_chi_square_p(NAN, 3)));
}

static void ends_are_ends(void **state)
{
    (void)state;
    assert_near(spl_beta_p(0, 1e6, 1e6), 0, 0);
    assert_near(spl_beta_p(1, 1e6, 1e6), 1, 0);
    assert_near(spl_beta_p(-1, 2, 3), 0, 0);
    assert_near(spl_beta_p(0.4, 1e6, 1e6), 0, 0);
    assert_near(spl_beta_p(0.6, 1e6, 1e6), 1, 0);
    assert_near(spl_beta_p(0.5, 1e6, 1e6), 0.5, 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distributions_are_those_of_r),
        cmocka_unit_test(large_counts_have_quantiles_too),
        cmocka_unit_test(large_counts_have_probabilities_too),
        cmocka_unit_test(a_chi_square_has_a_tail_for_every_statistic),
        cmocka_unit_test(ends_are_ends),
    };
    return cmocka_run_group_tests(tests, let_gsl_return_errors, NULL);
}
