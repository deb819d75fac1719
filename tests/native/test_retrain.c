// SPDX-License-Identifier: MIT
// A new policy against the old one: the gain, and an interval that holds the truth as often as it says.
#include <math.h>
#include <stdlib.h>

#include "learn/drift/retrain.h"
#include "near.h"
#include "samplit/rng.h"
#include "testing.h"

// One exposure of a log that served two variants half and half: the reward's chance is 0.1 for 0 and 0.2 for 1.
static void show(uint32_t at, double *weight_new, double *weight_old, double *reward, const double p_new[2],
                 const double p_old[2])
{
    double u[2];
    spl_uniform2(5, at, SPL_STREAM_TEST, 0, u);
    int variant = u[0] < 0.5;
    *weight_new = p_new[variant] / 0.5;
    *weight_old = p_old[variant] / 0.5;
    *reward = u[1] < (variant ? 0.2 : 0.1);
}

static void the_values_are_those_of_snips_and_the_error_is_that_of_the_influence(void **state)
{
    (void)state;
    enum { N = 500 };
    static const double p_new[2] = {0.1, 0.9}, p_old[2] = {0.6, 0.4};
    double w[N], o[N], r[N], sums[4] = {0}, squares = 0;
    spl_contest contest = {0};
    for (uint32_t i = 0; i < N; i++) {
        show(i, &w[i], &o[i], &r[i], p_new, p_old);
        spl_contest_add(&contest, w[i], o[i], r[i]);
        sums[0] += w[i];
        sums[1] += o[i];
        sums[2] += w[i] * r[i];
        sums[3] += o[i] * r[i];
    }
    spl_contest_result result = spl_contest_finish(&contest);
    double value_new = sums[2] / sums[0], value_old = sums[3] / sums[1];
    for (int i = 0; i < N; i++) {
        double influence = w[i] * (r[i] - value_new) / (sums[0] / N) - o[i] * (r[i] - value_old) / (sums[1] / N);
        squares += influence * influence;
    }
    assert_near(result.value_new, value_new, 1e-14);
    assert_near(result.gain, value_new - value_old, 1e-14);
    assert_near(result.se, sqrt(squares) / N, 1e-12);
    assert_near(result.high - result.low, 2 * 1.959963984540054 * result.se, 1e-12);
}

static void equal_policies_gain_nothing_for_sure(void **state)
{
    (void)state;
    static const double p[2] = {0.3, 0.7};
    spl_contest contest = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        double w, o, r;
        show(i, &w, &o, &r, p, p);
        spl_contest_add(&contest, w, o, r);
    }
    spl_contest_result result = spl_contest_finish(&contest);
    assert_near(result.gain, 0, 1e-15);
    assert_near(result.se, 0, 1e-9);
}

static void nothing_can_be_told_from_nothing(void **state)
{
    (void)state;
    spl_contest contest = {0};
    assert_true(isnan(spl_contest_finish(&contest).gain));
    spl_contest_add(&contest, 0, 1, 1); // the new one would never have served it
    assert_true(isnan(spl_contest_finish(&contest).gain));
    spl_contest_add(&contest, 1, 0, 1);
    assert_near(spl_contest_finish(&contest).gain, 0, 0);
}

// 400 logs of 800 visits: the 95 % interval holds the true gain, 0.8 - 0.2 times the difference of the rates.
static void the_interval_holds_the_truth(void **state)
{
    (void)state;
    enum { RUNS = 400, N = 800 };
    static const double p_new[2] = {0.2, 0.8}, p_old[2] = {0.8, 0.2};
    uint32_t at = 0, held = 0;
    for (int run = 0; run < RUNS; run++) {
        spl_contest contest = {0};
        for (int i = 0; i < N; i++) {
            double w, o, r;
            show(at++, &w, &o, &r, p_new, p_old);
            spl_contest_add(&contest, w, o, r);
        }
        spl_contest_result result = spl_contest_finish(&contest);
        held += result.low <= 0.06 && result.high >= 0.06;
    }
    assert_in_range(held, 362, 397); // 380, four standard errors of 4.4
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_values_are_those_of_snips_and_the_error_is_that_of_the_influence),
        cmocka_unit_test(equal_policies_gain_nothing_for_sure),
        cmocka_unit_test(nothing_can_be_told_from_nothing),
        cmocka_unit_test(the_interval_holds_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
