// SPDX-License-Identifier: MIT
// Shrunken estimates and outliers; how well they do on many segments is in test_trials.c.
#include "stats/shrink.h"

#include <math.h>

#include "near.h"
#include "stats/outliers.h"
#include "testing.h"

#define N 8

// The eight schools (Rubin 1981): effects and standard errors.
static const double EFFECT[N] = {28, 8, -3, 7, -1, 1, 18, 12}, ERROR[N] = {15, 10, 16, 11, 9, 11, 10, 18};

static void schools(spl_mean *out)
{
    for (int i = 0; i < N; i++) out[i] = (spl_mean){EFFECT[i], ERROR[i] * ERROR[i], INFINITY};
}

// The same posterior by sums over a fine even grid of tau, in one piece.
static void direct(const spl_mean *y, double mean[N], double sd[N])
{
    double total = 0, first[N] = {0}, second[N] = {0};
    for (double tau = 0.0125; tau < 300; tau += 0.025) {
        double weights = 0, weighted = 0, log_weight = 0;
        for (int i = 0; i < N; i++) {
            double v = y[i].variance + tau * tau;
            weights += 1 / v, weighted += y[i].value / v, log_weight -= log(v) / 2;
        }
        double mu = weighted / weights;
        for (int i = 0; i < N; i++) log_weight -= pow(y[i].value - mu, 2) / (y[i].variance + tau * tau) / 2;
        double w = exp(log_weight - log(weights) / 2 + 30);
        total += w;
        for (int i = 0; i < N; i++) {
            double precision = 1 / y[i].variance + 1 / (tau * tau);
            double own = (y[i].value / y[i].variance + mu / (tau * tau)) / precision;
            double v = 1 / precision + pow(1 / (tau * tau) / precision, 2) / weights;
            first[i] += w * own;
            second[i] += w * (v + own * own);
        }
    }
    for (int i = 0; i < N; i++) {
        mean[i] = first[i] / total;
        sd[i] = sqrt(second[i] / total - mean[i] * mean[i]);
    }
}

static void the_eight_schools_are_drawn_together(void **state)
{
    (void)state;
    spl_mean y[N];
    spl_shrunk out[N];
    spl_shrinkage all;
    double mean[N], sd[N];
    schools(y);
    direct(y, mean, sd);
    all = spl_shrink(y, N, 0.95, out);
    for (int i = 0; i < N; i++) {
        assert_near(out[i].value, mean[i], 0.02);
        assert_near(sqrt(out[i].variance), sd[i], 0.02);
        assert_near(out[i].interval.high - out[i].value, 1.959963984540054 * sqrt(out[i].variance), 1e-9);
        assert_true(out[i].weight > 0 && out[i].weight < 1);
    }
    // Bayesian Data Analysis, 3rd ed., table 5.3: posterior medians of A 10, the others 5 to 10; about 8 in the middle.
    assert_near(all.centre, 8, 0.3);
    assert_near(out[0].value, 11, 1.5);
    assert_true(all.spread > 2 && all.spread < 8);
    assert_int_equal(all.used, N);
}

static void levels_and_units_do_not_matter(void **state)
{
    (void)state;
    spl_mean y[N], moved[N];
    spl_shrunk a[N], b[N];
    schools(y);
    for (int i = 0; i < N; i++) moved[i] = (spl_mean){1e6 + 1e-3 * y[i].value, 1e-6 * y[i].variance, INFINITY};
    spl_shrink(y, N, 0.95, a);
    spl_shrink(moved, N, 0.95, b);
    for (int i = 0; i < N; i++) {
        assert_near((b[i].value - 1e6) * 1e3, a[i].value, 1e-5);
        assert_near(b[i].variance * 1e6, a[i].variance, 1e-5 * a[i].variance);
    }
}

static void noise_alone_is_drawn_together_and_real_differences_stay(void **state)
{
    (void)state;
    spl_mean y[20];
    spl_shrunk out[20];
    for (int i = 0; i < 20; i++) y[i] = (spl_mean){i % 2 ? 1.01 : 0.99, 1, INFINITY};
    spl_shrink(y, 20, 0.95, out);
    assert_near(out[0].value, 1, 0.005);
    assert_true(out[0].weight < 0.2);
    for (int i = 0; i < 20; i++) y[i] = (spl_mean){i, 1e-4, INFINITY};
    spl_shrink(y, 20, 0.95, out);
    assert_near(out[0].value, 0, 1e-4);
    assert_true(out[19].weight > 0.9999);
}

static void what_is_unknown_gets_what_the_others_have(void **state)
{
    (void)state;
    spl_mean y[6] = {{1, 1, 9}, {NAN, 1, 9}, {2, 1, 9}, {3, 0, 9}, {4, INFINITY, 9}, {3, 1, 9}};
    spl_shrunk out[6];
    spl_shrinkage all;
    all = spl_shrink(y, 6, 0.95, out);
    assert_int_equal(all.used, 3);
    assert_near(out[1].value, all.centre, 1e-12);
    assert_near(out[3].value, all.centre, 1e-12);
    assert_near(out[1].weight, 0, 0);
    assert_true(out[1].variance > out[0].variance);
    // Two are too few to tell a spread from.
    all = spl_shrink(y, 3, 0.95, out);
    assert_int_equal(all.used, 2);
    assert_true(isnan(all.centre) && isnan(out[1].value));
    assert_near(out[2].value, 2, 0);
    assert_near(out[2].variance, 1, 0);
}

static void a_rates_variance_is_never_none(void **state)
{
    (void)state;
    spl_mean none = spl_mean_of_rate(0, 100, 0.05);
    double rate = 2.0 / 140; // 40 trials bring two successes at 5 %
    assert_near(none.value, 0, 0);
    assert_near(none.variance, rate * (1 - rate) / 100, 1e-16);
    assert_near(spl_mean_under_rate(7, 100, 0.05).variance, 0.05 * 0.95 / 100, 1e-16);
    assert_true(isnan(spl_mean_of_rate(0, 0, 0.05).value));
    assert_false(spl_mean_known(&(spl_mean){1, NAN, 1}));
    for (double about = 0; about <= 1; about++) {
        spl_mean m = spl_mean_of_rate(about * 10, 10, about);
        assert_false(spl_mean_known(&m));
    }
}

// Thirty segments like each other but for noise of different size, and one far off.
static void fill(spl_mean *y, double far)
{
    for (int i = 0; i < 30; i++) {
        double sd = 1 + i % 3;
        y[i] = (spl_mean){10 + sd * (i % 6 - 2.5) / 1.7, sd * sd, INFINITY};
    }
    y[30] = (spl_mean){10 + far, 1, INFINITY};
}

static void one_far_off_stands_out_and_does_not_move_the_yardstick(void **state)
{
    (void)state;
    spl_mean y[31];
    double near[31], far[31];
    spl_pooled_model before, after;
    fill(y, 8);
    before = spl_outliers(y, 31, near);
    fill(y, 8e6);
    after = spl_outliers(y, 31, far);
    assert_near(after.centre, before.centre, 1e-9);
    assert_near(after.spread, before.spread, 1e-6);
    assert_true(near[30] > SPL_OUTLIERS_Z && far[30] > 1e6);
    for (int i = 0; i < 30; i++) assert_true(fabs(near[i]) < 2.5);
}

// Real differences between all segments are the yardstick, not noise.
static void usual_differences_are_no_anomaly(void **state)
{
    (void)state;
    spl_mean y[40];
    double z[40];
    spl_pooled_model model;
    for (int i = 0; i < 40; i++) {
        double u = (i + 0.5) / 40;
        y[i] = (spl_mean){5 * tan(0.8 * (2 * u - 1)), 1e-6, INFINITY};
    }
    model = spl_outliers(y, 40, z);
    assert_near(model.centre, 0, 1e-6);
    assert_true(model.spread > 2 && model.spread < 4);
    for (int i = 0; i < 40; i++) assert_true(fabs(z[i]) < SPL_OUTLIERS_Z);
    // Normal noise and nothing else: no spread, and z is the noise's.
    for (int i = 0; i < 40; i++) y[i] = (spl_mean){i % 2 ? 0.6 : -0.6, 1, INFINITY};
    model = spl_outliers(y, 40, z);
    assert_near(model.spread, 0, 0);
    assert_near(z[1], 0.6, 1e-9);
}

static void of_a_handful_nothing_is_said(void **state)
{
    (void)state;
    spl_mean y[6] = {{1, 1, 9}, {2, 1, 9}, {90, 1, 9}, {3, 1, 9}, {NAN, 1, 9}, {3, 0, 9}};
    double z[6];
    spl_pooled_model model;
    model = spl_outliers(y, 6, z);
    for (int i = 0; i < 6; i++) assert_true(isnan(z[i]));
    assert_true(isnan(model.centre) && isnan(model.spread));
    assert_int_equal(model.used, 4);
    model = spl_outliers(y, 0, z);
    for (int i = 0; i < 5; i++) y[i] = (spl_mean){7, 1, 9};
    model = spl_outliers(y, 5, z); // all the same
    assert_near(z[0], 0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_eight_schools_are_drawn_together),
        cmocka_unit_test(levels_and_units_do_not_matter),
        cmocka_unit_test(noise_alone_is_drawn_together_and_real_differences_stay),
        cmocka_unit_test(what_is_unknown_gets_what_the_others_have),
        cmocka_unit_test(a_rates_variance_is_never_none),
        cmocka_unit_test(one_far_off_stands_out_and_does_not_move_the_yardstick),
        cmocka_unit_test(usual_differences_are_no_anomaly),
        cmocka_unit_test(of_a_handful_nothing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
