// SPDX-License-Identifier: MIT
// Expected values are those of the confseq package's own tests (data set stats_reference/confseq_expected.json), which
// come from an implementation in R; accurate to 1e-5.
#include "stats/boundary.h"

#include <math.h>

#include "near.h"
#include "samplit/rng.h"
#include "testing.h"

static spl_mixture tuned(spl_mixture_kind kind, bool one_sided, double c)
{
    return spl_mixture_tuned(kind, 100, 0.05, one_sided, c, 0.2, 0.8);
}

static void mixtures_have_the_published_values(void **state)
{
    (void)state;
    assert_near(spl_mixture_rho(100, 0.05, false), 12.60056, 1e-5);
    spl_mixture two = tuned(SPL_MIXTURE_NORMAL, false, 0), one = tuned(SPL_MIXTURE_NORMAL, true, 0);
    assert_near(spl_mixture_log(&two, 10, 100), -0.6510052, 1e-6);
    assert_near(spl_mixture_bound(&two, 100, 0.05), 30.35209, 1e-5);
    assert_near(spl_mixture_log(&one, 10, 100), -0.06502391, 1e-6);
    assert_near(spl_mixture_bound(&one, 100, 0.05), 27.66071, 1e-5);
    spl_mixture exponential = tuned(SPL_MIXTURE_GAMMA_EXPONENTIAL, true, 2);
    assert_near(spl_mixture_bound(&exponential, 100, 0.05), 33.02017, 1e-5);
    spl_mixture poisson = tuned(SPL_MIXTURE_GAMMA_POISSON, true, 2);
    assert_near(spl_mixture_bound(&poisson, 100, 0.05), 30.1949, 1e-4);
    spl_mixture beta = tuned(SPL_MIXTURE_BETA_BINOMIAL, false, 0), side = tuned(SPL_MIXTURE_BETA_BINOMIAL, true, 0);
    assert_near(spl_mixture_bound(&beta, 100, 0.05), 31.4308, 1e-4);
    assert_near(spl_mixture_bound(&side, 100, 0.05), 28.41238, 1e-5);
    assert_near(spl_stitched_bound(100, 0.05, 10, 3), 64.48755, 1e-5);
    assert_near(spl_stitched_bound(100, 0.05, 10, -1), 28.99389, 1e-5);
}

static void bounds_for_distributions_have_the_published_values(void **state)
{
    (void)state;
    assert_near(spl_distribution_bound(1000, 0.05, 100, 0.85), 0.08204769, 1e-7);
    assert_true(isinf(spl_distribution_bound(99, 0.05, 100, 0.85)));
    assert_near(spl_quantile_bound(0.5, 1000, 0.05, 100), 68.62803, 1e-5);
    assert_near(spl_quantile_bound(0.9, 1000, 0.05, 100), 43.72119, 1e-5);
    assert_near(spl_quantile_bound(0.1, 1000, 0.05, 100), 59.96521, 1e-5);
}

static void a_one_sided_mixture_serves_millions_of_trials(void **state)
{
    (void)state;
    spl_mixture m = spl_mixture_tuned(SPL_MIXTURE_BETA_BINOMIAL, 1e7, 0.05, true, 0, 0.2, 0.8);
    spl_mixture normal = spl_mixture_tuned(SPL_MIXTURE_NORMAL, 1e7, 0.05, true, 0, 0, 0);
    double bound = spl_mixture_bound(&m, 1e7, 0.05), near = spl_mixture_bound(&normal, 1e7, 0.05);
    assert_near(bound / near, 1, 1e-3); // by then the two are all but the same
}

static void the_martingale_reaches_its_level_at_the_bound(void **state)
{
    (void)state;
    const spl_mixture_kind kinds[] = {SPL_MIXTURE_NORMAL, SPL_MIXTURE_GAMMA_EXPONENTIAL, SPL_MIXTURE_GAMMA_POISSON,
                                      SPL_MIXTURE_BETA_BINOMIAL};
    for (int k = 0; k < 4; k++) {
        for (double v = 5; v < 1e6; v *= 7) {
            spl_mixture m = tuned(kinds[k], k % 2, 0.5);
            double bound = spl_mixture_bound(&m, v, 0.01);
            if (isinf(bound)) continue;
            assert_near(spl_mixture_log(&m, bound, v), log(100), 1e-6);
        }
    }
}

// Coin throws of p = 0.3, watched after each: the sum of x - p with intrinsic time n p (1 - p) leaves the curve in at
// most alpha of all runs.
static void a_watched_sum_crosses_no_more_often_than_alpha(void **state)
{
    (void)state;
    const double p = 0.3, alpha = 0.1;
    const int runs = 400, length = 1500;
    spl_mixture m = spl_mixture_tuned(SPL_MIXTURE_BETA_BINOMIAL, 60, alpha, true, 0, p, 1 - p);
    int crossed = 0;
    for (int run = 0; run < runs; run++) {
        double s = 0;
        bool out = false;
        for (int i = 1; i <= length && !out; i++) {
            double u[2];
            spl_uniform2(11, (uint64_t)run, 3, (uint32_t)i, u);
            s += (u[0] < p) - p;
            out = i % 10 == 0 && s > 0 && spl_mixture_log(&m, s, i * p * (1 - p)) >= log(1 / alpha);
        }
        crossed += out;
    }
    // 400 runs at 10 % give more than 54 once in a hundred times.
    assert_true(crossed <= 54);
    assert_true(crossed >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixtures_have_the_published_values),
        cmocka_unit_test(bounds_for_distributions_have_the_published_values),
        cmocka_unit_test(a_one_sided_mixture_serves_millions_of_trials),
        cmocka_unit_test(the_martingale_reaches_its_level_at_the_bound),
        cmocka_unit_test(a_watched_sum_crosses_no_more_often_than_alpha),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
