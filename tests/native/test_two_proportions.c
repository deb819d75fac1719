// SPDX-License-Identifier: MIT
#include "stats/two_proportions.h"

#include <math.h>

#include "near.h"
#include "stats/proportion.h"
#include "stats_reference.h"
#include "testing.h"

#define ODDS 1.3e-4 // R finds them with uniroot, to an absolute .Machine$double.eps^0.25 below 1, of the inverse above

static void tests_and_intervals_are_those_of_r(void **state)
{
    (void)state;
    reference *r =
        reference_open("two_proportion_tests.csv", "case,x1,n1,x2,n2,z_pooled,p_nocorr,ci_lo_wald,ci_hi_wald,"
                                                   "p_yates,fisher_p,fisher_or,fisher_or_lo,fisher_or_hi");
    if (!r) skip();
    while (reference_next(r)) {
        spl_conversions a = {reference_number(r, 1), reference_number(r, 2)};
        spl_conversions b = {reference_number(r, 3), reference_number(r, 4)};
        spl_two_proportions t = spl_compare_proportions(a, b, 0.95);
        reference_near(r, "z", t.z, reference_number(r, 5), 1e-12, 0);
        reference_near(r, "p", t.p, reference_number(r, 6), 1e-9, 0);
        reference_near(r, "wald low", t.wald.low, reference_number(r, 7), 1e-9, 0);
        reference_near(r, "wald high", t.wald.high, reference_number(r, 8), 1e-9, 0);
        reference_near(r, "yates", t.p_yates, reference_number(r, 9), 1e-9, 0);
        spl_fisher f = spl_fisher_exact(a, b, 0.95);
        reference_near(r, "fisher p", f.p, reference_number(r, 10), 1e-9, 0);
        reference_near(r, "odds", f.odds, reference_number(r, 11), ODDS, 1);
        reference_near(r, "odds low", f.range.low, reference_number(r, 12), ODDS, 1);
        reference_near(r, "odds high", f.range.high, reference_number(r, 13), ODDS, 1);
    }
}

static void intervals_of_one_rate_are_those_of_r(void **state)
{
    (void)state;
    reference *r = reference_open("binomial_ci.csv", "x,n,conf,clopper_lo,clopper_hi,wilson_lo,wilson_hi,jeffreys_q_lo,"
                                                     "jeffreys_q_hi");
    if (!r) skip();
    while (reference_next(r)) {
        double x = reference_number(r, 0), n = reference_number(r, 1), confidence = reference_number(r, 2);
        spl_interval c = spl_clopper_pearson(x, n, confidence), w = spl_wilson_interval(x, n, confidence);
        spl_interval j = spl_jeffreys(x, n, confidence);
        reference_near(r, "clopper low", c.low, reference_number(r, 3), 1e-9, 0);
        reference_near(r, "clopper high", c.high, reference_number(r, 4), 1e-9, 0);
        reference_near(r, "wilson low", w.low, reference_number(r, 5), 1e-9, 1e-9);
        reference_near(r, "wilson high", w.high, reference_number(r, 6), 1e-9, 0);
        reference_near(r, "jeffreys low", j.low, reference_number(r, 7), 1e-9, 0);
        reference_near(r, "jeffreys high", j.high, reference_number(r, 8), 1e-9, 0);
    }
}

// Newcombe (1998), table II, method 10.
static void the_difference_has_newcombes_interval(void **state)
{
    (void)state;
    static const struct {
        double x1, n1, x2, n2, low, high;
    } rows[] = {
        {56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090},  {6, 7, 2, 7, 0.0582, 0.8062},
        {5, 56, 0, 29, -0.0381, 0.1926},  {0, 10, 0, 20, -0.1611, 0.2775}, {10, 10, 0, 10, 0.6075, 1.0000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        spl_two_proportions t = spl_compare_proportions((spl_conversions){rows[i].x1, rows[i].n1},
                                                        (spl_conversions){rows[i].x2, rows[i].n2}, 0.95);
        assert_near(t.newcombe.low, rows[i].low, 5e-5);
        assert_near(t.newcombe.high, rows[i].high, 5e-5);
    }
}

static void a_lift_has_an_interval_even_where_one_side_has_no_success(void **state)
{
    (void)state;
    spl_two_proportions t = spl_compare_proportions((spl_conversions){120, 1000}, (spl_conversions){100, 1000}, 0.95);
    double se = sqrt(1.0 / 120 - 1e-3 + 1.0 / 100 - 1e-3);
    assert_near(t.lift, 0.2, 1e-12);
    assert_near(t.relative.low, 1.2 * exp(-1.959963984540054 * se) - 1, 1e-12);
    assert_near(t.relative.high, 1.2 * exp(1.959963984540054 * se) - 1, 1e-12);

    t = spl_compare_proportions((spl_conversions){5, 100}, (spl_conversions){0, 100}, 0.95);
    assert_true(isnan(t.lift));
    assert_true(isfinite(t.relative.low) && isfinite(t.relative.high));
    t = spl_compare_proportions((spl_conversions){0, 100}, (spl_conversions){0, 100}, 0.95);
    assert_near(t.z, 0, 0);
    assert_near(t.p, 1, 0);
}

// Koopman (1984), section 3: 36 of 40 against 16 of 80.
static void the_ratio_has_koopmans_interval(void **state)
{
    (void)state;
    spl_interval r = spl_koopman_interval((spl_conversions){36, 40}, (spl_conversions){16, 80}, 0.95);
    assert_near(1 + r.low, 2.94, 0.005);
    assert_near(1 + r.high, 7.15, 0.005);
    spl_interval back = spl_koopman_interval((spl_conversions){16, 80}, (spl_conversions){36, 40}, 0.95);
    assert_near((1 + back.low) * (1 + r.high), 1, 1e-9);
    assert_near((1 + back.high) * (1 + r.low), 1, 1e-9);
    // With all successes on both sides: the ratios that Wilson's interval of either rate leaves.
    r = spl_koopman_interval((spl_conversions){10, 10}, (spl_conversions){20, 20}, 0.95);
    assert_near(1 + r.low, spl_wilson_interval(10, 10, 0.95).low, 1e-9);
    assert_near(1 / (1 + r.high), spl_wilson_interval(20, 20, 0.95).low, 1e-9);
    r = spl_koopman_interval((spl_conversions){0, 10}, (spl_conversions){0, 20}, 0.95);
    assert_true(r.low == -1 && isinf(r.high));
}

// A rate of 100 % in ten visits is no certainty of 100 %.
static void a_lift_between_sure_rates_has_an_interval_of_some_length(void **state)
{
    (void)state;
    static const spl_conversions cases[][2] = {
        {{10, 10}, {10, 10}}, {{10, 10}, {7, 10}}, {{7, 10}, {10, 10}}, {{1, 1}, {1, 1}}, {{1000, 1000}, {999, 1000}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spl_two_proportions t = spl_compare_proportions(cases[i][0], cases[i][1], 0.95);
        assert_true(t.relative.low < t.lift && t.lift < t.relative.high);
        double n = fmin(cases[i][0].trials, cases[i][1].trials);
        assert_true(t.relative.high - t.relative.low > 1.9 / n); // 0.95^(1/n) and less is not ruled out
    }
    spl_two_proportions t = spl_compare_proportions((spl_conversions){10, 10}, (spl_conversions){0, 10}, 0.95);
    assert_true(t.relative.low > 0 && isinf(t.relative.high));
}

static void nothing_is_said_without_trials(void **state)
{
    (void)state;
    spl_two_proportions t = spl_compare_proportions((spl_conversions){0, 0}, (spl_conversions){1, 2}, 0.95);
    assert_true(isnan(t.p) && isnan(t.difference) && isnan(t.newcombe.low) && isnan(t.relative.high));
    assert_true(isnan(spl_fisher_exact((spl_conversions){0, 0}, (spl_conversions){1, 2}, 0.95).p));
    assert_true(isnan(spl_fisher_exact((spl_conversions){3e9, 9e9}, (spl_conversions){4e9, 9e9}, 0.95).p));
    assert_true(isnan(spl_clopper_pearson(0, 0, 0.9).low) && isnan(spl_jeffreys(0, 0, 0.9).high));
}

static void counts_that_cannot_be_have_no_numbers(void **state)
{
    (void)state;
    static const spl_conversions good = {10, 100};
    static const spl_conversions bad[] = {{101, 100}, {-1, 100}, {5, -5}, {0, 0}, {NAN, 100}, {5, NAN}, {5, INFINITY}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spl_two_proportions t = spl_compare_proportions(bad[i], good, 0.95),
                            u = spl_compare_proportions(good, bad[i], 0.95);
        assert_true(isnan(t.p) && isnan(t.wald.low) && isnan(t.newcombe.high) && isnan(t.relative.low));
        assert_true(isnan(u.p) && isnan(u.difference) && isnan(u.h) && isnan(u.relative.high));
        assert_true(isnan(spl_fisher_exact(bad[i], good, 0.95).p) && isnan(spl_fisher_exact(good, bad[i], 0.95).odds));
        assert_true(isnan(spl_koopman_interval(bad[i], good, 0.95).low));
        double x = bad[i].successes, n = bad[i].trials;
        assert_true(isnan(spl_wilson_interval(x, n, 0.95).low) && isnan(spl_wilson_interval(x, n, 0.95).high));
        assert_true(isnan(spl_clopper_pearson(x, n, 0.95).low) && isnan(spl_jeffreys(x, n, 0.95).high));
    }
}

// A public data set of advertising (published_values.csv of the reference: 14,423 of 564,577 and 420 of 23,524).
static void a_published_interval_is_met_to_its_digits(void **state)
{
    (void)state;
    spl_two_proportions t =
        spl_compare_proportions((spl_conversions){14423, 564577}, (spl_conversions){420, 23524}, 0.95);
    assert_float_equal(t.rate1, 0.0255, 0.5e-4);
    assert_float_equal(t.rate2, 0.0179, 0.5e-4);
    assert_float_equal(t.wald.low, 0.0060, 0.5e-4);
    assert_float_equal(t.wald.high, 0.0094, 0.5e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tests_and_intervals_are_those_of_r),
        cmocka_unit_test(intervals_of_one_rate_are_those_of_r),
        cmocka_unit_test(the_difference_has_newcombes_interval),
        cmocka_unit_test(a_lift_has_an_interval_even_where_one_side_has_no_success),
        cmocka_unit_test(the_ratio_has_koopmans_interval),
        cmocka_unit_test(a_lift_between_sure_rates_has_an_interval_of_some_length),
        cmocka_unit_test(a_published_interval_is_met_to_its_digits),
        cmocka_unit_test(nothing_is_said_without_trials),
        cmocka_unit_test(counts_that_cannot_be_have_no_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
