// SPDX-License-Identifier: MIT
// The population stability index, its noise, and what small samples may not say.
#include <math.h>
#include <string.h>

#include "learn/drift/psi.h"
#include "near.h"
#include "samplit/rng.h"
#include "testing.h"

static void equal_samples_have_no_drift(void **unused)
{
    (void)unused;
    const double counts[] = {100, 200, 300};
    spl_psi psi = spl_psi_of(counts, counts, 3);
    assert_int_equal(psi.bins, 3);
    assert_true(psi.raw == 0 && psi.drift == 0 && psi.p == 1);
    assert_near(psi.noise, 2 * (1 / 600.0 + 1 / 600.0), 1e-15);
}

// By hand: shares .2 .3 .5 against .4 .3 .3, samples so large that half a visit is nothing.
static void index_is_the_textbook_sum(void **unused)
{
    (void)unused;
    const double then[] = {2e9, 3e9, 5e9}, now[] = {4e9, 3e9, 3e9};
    double expected = 0.2 * log(2.0) + 0.2 * log(5.0 / 3.0);
    spl_psi psi = spl_psi_of(then, now, 3);
    assert_near(psi.raw, expected, 1e-8);
    assert_near(psi.drift, expected, 1e-8);
    assert_true(psi.p < 1e-300);
    assert_near(spl_psi_of(now, then, 3).raw, psi.raw, 1e-12);
}

// With two degrees of freedom the tail of chi-square x is exp(-x / 2).
static void test_is_pearsons(void **unused)
{
    (void)unused;
    const double then[] = {30, 70, 100}, now[] = {45, 60, 95};
    double both = 2 * (7.5 * 7.5 / 37.5 + 5 * 5 / 65.0 + 2.5 * 2.5 / 97.5); // against 37.5, 65 and 97.5 in each
    assert_near(spl_psi_of(then, now, 3).p, exp(-both / 2), 1e-12);
    const double shares[] = {0.2, 0.3, 0.5};
    assert_near(spl_psi_of_shares(shares, now, 3).p, exp(-(25 / 40.0 + 25 / 100.0) / 2), 1e-12);
}

static void rare_bins_are_one_bin(void **unused)
{
    (void)unused;
    double then[100] = {1000, 1000}, now[100] = {500, 500};
    for (int i = 2; i < 100; i++) then[i] = now[i] = 1; // each rare, together not
    assert_int_equal(spl_psi_of(then, now, 100).bins, 3);
    memset(then + 5, 0, 95 * sizeof *then); // three of them are rare together: they join the least
    memset(now + 5, 0, 95 * sizeof *now);
    assert_int_equal(spl_psi_of(then, now, 100).bins, 2);
}

static void one_visit_does_not_say_that_nothing_drifted(void **unused)
{
    (void)unused;
    const double then[] = {500, 500}, one[] = {1, 0}, many[] = {1000, 0}, always[] = {1000, 0};
    spl_psi psi = spl_psi_of(then, one, 2);
    assert_int_equal(psi.bins, 1);
    assert_true(psi.raw == 0 && psi.reach > 1);
    assert_true(spl_psi_of(always, many, 2).reach < 0.01);
}

static void more_bins_than_are_kept_lose_the_rarest(void **unused)
{
    (void)unused;
    double then[200], now[200];
    for (int i = 0; i < 200; i++) then[i] = now[i] = 1000 + i;
    spl_psi psi = spl_psi_of(then, now, 200);
    assert_int_equal(psi.bins, SPL_PSI_BINS_MAX + 1);
    assert_true(psi.raw == 0);
}

static void nothing_to_compare_is_not_a_number(void **unused)
{
    (void)unused;
    const double none[] = {0, 0}, some[] = {10, 20}, one[] = {30, 0};
    assert_true(isnan(spl_psi_of(none, some, 2).raw) && isnan(spl_psi_of(some, none, 2).p));
    assert_true(isnan(spl_psi_of_shares(some, none, 2).raw));
    assert_true(spl_psi_of(one, one, 2).raw == 0); // one bin: nothing can move
    assert_true(spl_psi_of(one, one, 2).p == 1);
}

// A bin that is gone is a finite drift, and a large one.
static void an_empty_bin_is_a_finite_drift(void **unused)
{
    (void)unused;
    const double then[] = {500, 500}, now[] = {1000, 0};
    spl_psi psi = spl_psi_of(then, now, 2);
    assert_true(isfinite(psi.raw) && psi.drift > 1);
}

// Draws from one distribution: the index is its noise on average, above its reach one time in twenty, and the test
// rejects at its level. Without the correction, samples this small would look drifted most of the time.
static void quiet_samples_stay_quiet(void **unused)
{
    (void)unused;
    enum { RUNS = 4000, BINS = 10, N = 400, M = 90 };
    double sum = 0, above = 0, rejected = 0, alarms = 0;
    uint32_t at = 0;
    for (int run = 0; run < RUNS; run++) {
        double then[BINS] = {0}, now[BINS] = {0}, u[2];
        for (int i = 0; i < N + M; i++) {
            spl_uniform2(11, at++, SPL_STREAM_TEST, 0, u);
            (i < N ? then : now)[(int)(u[0] * BINS)]++;
        }
        spl_psi psi = spl_psi_of(then, now, BINS);
        sum += psi.raw / psi.noise;
        above += psi.raw > psi.reach;
        rejected += psi.p < 0.01;
        alarms += psi.raw > 0.1;
    }
    assert_near(sum / RUNS, 1, 0.06);
    assert_near(above / RUNS, 0.05, 0.02);
    assert_true(rejected / RUNS < 0.016);
    assert_true(alarms / RUNS > 0.5); // what the plain index with the usual limit would say
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_samples_have_no_drift),
        cmocka_unit_test(index_is_the_textbook_sum),
        cmocka_unit_test(test_is_pearsons),
        cmocka_unit_test(rare_bins_are_one_bin),
        cmocka_unit_test(one_visit_does_not_say_that_nothing_drifted),
        cmocka_unit_test(more_bins_than_are_kept_lose_the_rarest),
        cmocka_unit_test(nothing_to_compare_is_not_a_number),
        cmocka_unit_test(an_empty_bin_is_a_finite_drift),
        cmocka_unit_test(quiet_samples_stay_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
