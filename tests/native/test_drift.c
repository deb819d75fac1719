// SPDX-License-Identifier: MIT
// Whether rewards changed, and whether they changed apart: the two tests that a drift of rewards is judged by.
#include <math.h>

#include "learn/drift/drift_rewards.h"
#include "near.h"
#include "samplit/rng.h"
#include "testing.h"

static void the_two_tests_share_the_chi_square_of_all_changes(void **state)
{
    (void)state;
    const spl_rewards then[] = {{1000, 0.10, 0}, {2000, 0.12, 0}, {500, 0.2, 0}};
    const spl_rewards now[] = {{800, 0.13, 0}, {300, 0.11, 0}, {900, 0.2, 0}};
    double all = 0, weight = 0, sum = 0;
    for (int v = 0; v < 3; v++) {
        double n = then[v].count, m = now[v].count, rate = (n * then[v].mean + m * now[v].mean) / (n + m);
        double variance = rate * (1 - rate) * (1 / n + 1 / m), change = now[v].mean - then[v].mean;
        all += change * change / variance;
        weight += 1 / variance;
        sum += change / variance;
    }
    spl_shift shift = spl_shift_of(then, now, 3, true);
    assert_near(shift.weight, weight, 1e-9 * weight);
    assert_near(shift.sum * shift.sum / shift.weight + shift.apart, all, 1e-9);
    assert_near(sum, shift.sum, 1e-9);
    assert_true(shift.freedom == 2);
    assert_near(spl_shift_apart_p(&shift), exp(-shift.apart / 2), 1e-12); // two degrees of freedom
}

static void equal_changes_are_not_apart(void **state)
{
    (void)state;
    const spl_rewards then[] = {{1000, 10, 4}, {1000, 20, 4}}, now[] = {{1000, 11, 4}, {1000, 21, 4}};
    spl_shift shift = spl_shift_of(then, now, 2, false);
    assert_near(shift.apart, 0, 1e-9);
    assert_true(spl_shift_apart_p(&shift) > 0.99 && spl_shift_common_p(&shift) < 1e-9);
    // Each change is 1 with variance 8/1000: together z is 2 / sqrt(2 * 8 / 1000).
    assert_near(shift.sum * shift.sum / shift.weight, 250, 1e-9);
}

static void too_few_rewards_tell_nothing(void **state)
{
    (void)state;
    const spl_rewards few[] = {{100, 0.01, 0}, {0, 0, 0}}, many[] = {{1000, 0.01, 0}, {1000, 0.01, 0}};
    spl_shift shift = spl_shift_of(few, many, 2, true); // one conversion is expected of the first, none of the other
    assert_true(isnan(spl_shift_common_p(&shift)) && isnan(spl_shift_apart_p(&shift)));
    const spl_rewards real[] = {{9, 1, 1}, {100, 1, NAN}}, more[] = {{100, 2, 1}, {100, 2, 1}};
    shift = spl_shift_of(real, more, 2, false); // too few; and a variance that the report does not have
    assert_true(isnan(spl_shift_common_p(&shift)));
    const spl_rewards same[] = {{100, 0, 0}, {100, 0, 0}};
    shift = spl_shift_of(same, same, 2, true); // nothing ever converted
    assert_true(isnan(spl_shift_common_p(&shift)));
}

static double draws(uint32_t *at, uint32_t n, double rate)
{
    uint32_t successes = 0;
    for (uint32_t i = 0; i < n; i++) {
        double u[2];
        spl_uniform2(3, (*at)++, SPL_STREAM_TEST, 0, u);
        successes += u[0] < rate;
    }
    return (double)successes / n;
}

// 600 pairs of samples of one truth: each test rejects one in twenty at 0.05, within four standard errors.
static void without_a_change_the_tests_keep_their_level(void **state)
{
    (void)state;
    enum { RUNS = 600 };
    static const double rates[] = {0.05, 0.1, 0.2};
    uint32_t at = 0, common = 0, apart = 0;
    for (int run = 0; run < RUNS; run++) {
        spl_rewards then[3], now[3];
        for (int v = 0; v < 3; v++) {
            then[v] = (spl_rewards){1500, draws(&at, 1500, rates[v]), 0};
            now[v] = (spl_rewards){400, draws(&at, 400, rates[v]), 0};
        }
        spl_shift shift = spl_shift_of(then, now, 3, true);
        common += spl_shift_common_p(&shift) < 0.05;
        apart += spl_shift_apart_p(&shift) < 0.05;
    }
    assert_in_range(common, 9, 51);
    assert_in_range(apart, 9, 51);
}

static void segments_add_up(void **state)
{
    (void)state;
    const spl_rewards then[] = {{1000, 0.1, 0}, {1000, 0.2, 0}}, now[] = {{1000, 0.12, 0}, {1000, 0.2, 0}};
    spl_shift one = spl_shift_of(then, now, 2, true), both = one;
    spl_shift_add(&both, &one);
    assert_true(both.freedom == 2 && both.apart == 2 * one.apart && both.sum == 2 * one.sum);
    assert_true(spl_shift_common_p(&both) < spl_shift_common_p(&one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_two_tests_share_the_chi_square_of_all_changes),
        cmocka_unit_test(equal_changes_are_not_apart),
        cmocka_unit_test(too_few_rewards_tell_nothing),
        cmocka_unit_test(without_a_change_the_tests_keep_their_level),
        cmocka_unit_test(segments_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
