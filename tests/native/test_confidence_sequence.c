// SPDX-License-Identifier: MIT
#include "stats/confidence_sequence.h"

#include <math.h>
#include <stdlib.h>

#include "near.h"
#include "samplit/rng.h"
#include "testing.h"

static double uniform(uint64_t run, uint32_t i)
{
    double u[2];
    spl_uniform2(23, run, 5, i, u);
    return u[0];
}

// Of the confseq package's tests (stats_reference/confseq_expected.json), accurate to 1e-5.
static void a_rates_sequence_has_the_published_values(void **state)
{
    (void)state;
    static const double rows[][5] = {
        {700, 1000, 100, 0.651629, 0.745949},
        {15, 50, 50, 0.129556, 0.511896},
        {5, 50, 50, 0.013021, 0.269264},
        {1, 50, 50, 0, 0.13489},
        {1, 2, 50, 0, 1},
        {100, 200, 1, 0.328923, 0.671076},
        {0, 1, 50, 0, 1},
        {1, 1, 50, 0, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        spl_interval cs = spl_cs_proportion(rows[i][0], rows[i][1], rows[i][2], 0.05);
        assert_near(cs.low, rows[i][3], 1e-5);
        assert_near(cs.high, rows[i][4], 1e-5);
    }
    spl_interval all = spl_cs_proportion(0, 0, 50, 0.05);
    assert_true(all.low == 0 && all.high == 1);
}

static void a_rate_and_its_mirror_image_have_mirrored_intervals(void **state)
{
    (void)state;
    for (double x = 0; x <= 40; x += 5) {
        spl_interval a = spl_cs_proportion(x, 40, 100, 0.05), b = spl_cs_proportion(40 - x, 40, 100, 0.05);
        assert_near(a.low, 1 - b.high, 1e-12);
        assert_near(a.high, 1 - b.low, 1e-12);
        assert_true(a.low <= x / 40 && x / 40 <= a.high);
    }
}

// Each run is watched at many times; a run in which the truth is ever outside is a failure.
static void sequences_of_rates_hold_at_all_looks(void **state)
{
    (void)state;
    int failures = 0;
    for (uint64_t run = 0; run < 200; run++) {
        double successes = 0;
        bool out = false;
        for (uint32_t i = 1; i <= 2000; i++) {
            successes += uniform(run, i) < 0.07;
            if (i % 50) continue;
            spl_interval cs = spl_cs_proportion(successes, i, 500, 0.1);
            out = out || cs.low > 0.07 || cs.high < 0.07;
        }
        failures += out;
    }
    assert_true(failures <= 30); // 200 runs at 10 % give more than 30 less than once in a hundred times
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Squares of uniforms, whose p-quantile is p^2, watched at ten looks for two quantiles at once.
static void sequences_of_quantiles_hold_at_all_looks(void **state)
{
    (void)state;
    enum { RUNS = 100, MOST = 2000 };
    double values[MOST], width = 0;
    int failures = 0;
    for (uint64_t run = 0; run < RUNS; run++) {
        bool out = false;
        for (uint32_t n = MOST / 10; n <= MOST; n += MOST / 10) {
            for (uint32_t i = 0; i < n; i++) values[i] = pow(uniform(1000 + run, i), 2);
            qsort(values, n, sizeof *values, ascending);
            spl_interval half = spl_cs_quantile(values, n, 0.5, 200, 0.1);
            spl_interval tenth = spl_cs_quantile(values, n, 0.1, 200, 0.1);
            out = out || half.low > 0.25 || half.high < 0.25 || tenth.low > 0.01 || tenth.high < 0.01;
            width = half.high - half.low;
        }
        failures += out;
    }
    assert_true(failures <= 18); // 100 runs at 10 % give more than 18 less than once in a hundred times
    assert_true(width < 0.15);   // one look at 2000 has 0.044
    spl_interval few = spl_cs_quantile(values, 5, 0.5, 200, 0.1), none = spl_cs_quantile(values, 0, 0.5, 200, 0.1);
    assert_true(isinf(few.low) && isinf(few.high) && isinf(none.low) && isinf(none.high));
}

static void the_normal_sequence_is_the_mixture_in_units_of_the_estimate(void **state)
{
    (void)state;
    // At n = n_opt = 100 the two-sided normal mixture's bound is 30.35209 (test_boundary.c): 3.035 standard errors.
    spl_interval cs = spl_cs_normal(2, 0.25, 100, 100, 0.05);
    assert_near(cs.high - 2, 0.5 * 3.035209, 1e-6);
    assert_near(2 - cs.low, 0.5 * 3.035209, 1e-6);
    assert_near(spl_cs_normal_log_evidence(2, 0.25, 100, 100, 0.05, cs.low), log(20), 1e-9);
    assert_near(spl_cs_normal_log_evidence(2, 0, 100, 100, 0.05, 0), 0, 0);
    assert_true(isnan(spl_cs_normal(NAN, 1, 10, 100, 0.05).low));
}

// Rewards of very different shapes, all of mean 0.3.
static double reward(int shape, double u)
{
    if (shape == 0) return u < 0.3;
    if (shape == 1) return u * 0.6;
    return u < 0.4 ? 0.75 : 0;
}

static void bets_hold_for_any_distribution_and_shrink(void **state)
{
    (void)state;
    for (int shape = 0; shape < 3; shape++) {
        int failures = 0;
        double width = 0;
        for (uint64_t run = 0; run < 60; run++) {
            spl_cs_betting *cs = spl_cs_betting_new(0.1, 100);
            for (uint32_t i = 1; i <= 1000; i++) assert_true(spl_cs_betting_add(cs, reward(shape, uniform(run, i))));
            spl_interval now = spl_cs_betting_interval(cs); // of all looks so far
            failures += !(now.low <= 0.3 && now.high >= 0.3);
            width = isnan(now.low) ? width : fmax(width, now.high - now.low);
            if (now.low > 0.3 || now.high < 0.3) assert_true(spl_cs_betting_p(cs, 0.3) < 0.1);
            assert_true(spl_cs_betting_p(cs, 0.9) < 0.1); // far off: out by now
            spl_cs_betting_free(cs);
        }
        assert_true(failures <= 12);
        assert_true(width < (shape == 1 ? 0.12 : 0.2)); // one look has 0.018 and 0.048, the grid adds 0.02
    }
}

static void bets_take_nothing_outside_their_range(void **state)
{
    (void)state;
    spl_cs_betting *cs = spl_cs_betting_new(0.05, 10);
    assert_false(spl_cs_betting_add(cs, 1.1));
    assert_false(spl_cs_betting_add(cs, -0.1));
    assert_false(spl_cs_betting_add(cs, NAN));
    spl_interval all = spl_cs_betting_interval(cs);
    assert_true(all.low == 0 && all.high == 1);
    assert_near(spl_cs_betting_p(cs, 0.5), 1, 0);
    spl_cs_betting_free(cs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rates_sequence_has_the_published_values),
        cmocka_unit_test(a_rate_and_its_mirror_image_have_mirrored_intervals),
        cmocka_unit_test(sequences_of_rates_hold_at_all_looks),
        cmocka_unit_test(sequences_of_quantiles_hold_at_all_looks),
        cmocka_unit_test(the_normal_sequence_is_the_mixture_in_units_of_the_estimate),
        cmocka_unit_test(bets_hold_for_any_distribution_and_shrink),
        cmocka_unit_test(bets_take_nothing_outside_their_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
