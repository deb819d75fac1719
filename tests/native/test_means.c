// SPDX-License-Identifier: MIT
#include "stats/means.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "near.h"
#include "stats_reference.h"
#include "scratch.h"
#include "testing.h"

#define GROUPS_MAX 16
#define DIGITS 9

// How many decimal digits of a certified value are met.
static double digits(double value, double certified)
{
    return value == certified ? 16 : -log10(fabs(value - certified) / fabs(certified));
}

typedef struct certified {
    double between, within, f; // from lines 41 on: degrees of freedom, sum of squares, mean square, F
} certified;

// The n-th number of a line that begins with two words.
static double number_of(const char *line, int n)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%s", line);
    char *word = strtok(copy, " ");
    for (int i = 0; word && i < n + 1; i++) word = strtok(NULL, " ");
    return word ? strtod(word, NULL) : NAN;
}

// Reads a set of the one-way analyses of variance; false if there is none.
static bool read_anova(const char *name, certified *values, spl_series groups[GROUPS_MAX],
                       long double exact[GROUPS_MAX][2])
{
    char file[64], line[256];
    snprintf(file, sizeof file, "nist_strd/anova/%s.dat.gz", name);
    const char *path = scratch_data(file);
    if (!path) return false;
    gzFile in = gzopen(path, "rb");
    assert_non_null(in);
    for (int at = 1; gzgets(in, line, sizeof line); at++) {
        int group;
        double y;
        if (strncmp(line, "Between ", 8) == 0) {
            values->between = number_of(line, 2);
            values->f = number_of(line, 4);
        } else if (strncmp(line, "Within ", 7) == 0) {
            values->within = number_of(line, 2);
        } else if (at > 60 && sscanf(line, "%d %lf", &group, &y) == 2) {
            spl_series_add(&groups[group], y);
            long double n = groups[group].count, before = y - exact[group][0];
            exact[group][0] += before / n;
            exact[group][1] += before * (y - exact[group][0]);
        }
    }
    gzclose(in);
    return true;
}

// F from means and sums of squares that were taken in long double.
static double long_double_f(const spl_series *groups, long double exact[GROUPS_MAX][2])
{
    long double n = 0, mean = 0, between = 0, within = 0, k = 0;
    for (int g = 0; g < GROUPS_MAX; g++) {
        if (groups[g].count == 0) continue;
        k++;
        long double apart = exact[g][0] - mean, m = groups[g].count;
        between += apart * apart * n * m / (n + m);
        mean += apart * m / (n + m);
        n += m;
        within += exact[g][1];
    }
    return (double)((between / (k - 1)) / (within / (n - k)));
}

static void analyses_of_variance_have_their_certified_values(void **state)
{
    (void)state;
    static const char *const sets[] = {"SiRstv", "SmLs01", "SmLs02", "SmLs03", "AtmWtAg", "SmLs04",
                                       "SmLs05", "SmLs06", "SmLs07", "SmLs08", "SmLs09"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        certified values = {0};
        spl_series groups[GROUPS_MAX] = {0};
        long double exact[GROUPS_MAX][2] = {0};
        if (!read_anova(sets[i], &values, groups, exact)) skip();
        spl_anova a = spl_anova_of(groups, GROUPS_MAX);
        // From the fifth set on, the data themselves lose digits when they become doubles.
        double reached = digits(a.f, values.f), possible = digits(long_double_f(groups, exact), values.f);
        if (reached < DIGITS && reached < possible - 0.5)
            fail_msg("%s: F is %.15g, certified %.15g: %.1f digits, long double has %.1f", sets[i], a.f, values.f,
                     reached, possible);
        if (i < 4 && reached < DIGITS) fail_msg("%s: only %.1f digits", sets[i], reached);
        assert_near(a.between / a.between_freedom / (a.within / a.within_freedom), a.f, 1e-12 * a.f);
    }
}

static void a_line_has_its_certified_values(void **state)
{
    (void)state;
    const char *path = scratch_data("nist_strd/linregress/Norris.dat");
    if (!path) skip();
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    char line[256];
    spl_pairs pairs = {0};
    for (int at = 1; fgets(line, sizeof line, in); at++) {
        double x, y;
        if (at > 60 && sscanf(line, "%lf %lf", &y, &x) == 2) spl_pairs_add(&pairs, x, y);
    }
    fclose(in);
    assert_near(pairs.x.count, 36, 0);
    spl_regression r = spl_regression_of(&pairs);
    assert_true(digits(r.intercept, -0.262323073774029) > DIGITS);
    assert_true(digits(r.slope, 1.00211681802045) > DIGITS);
    assert_true(digits(r.intercept_se, 0.232818234301152) > DIGITS);
    assert_true(digits(r.slope_se, 0.429796848199937E-03) > DIGITS);
    assert_true(digits(r.residual_sd, 0.884796396144373) > DIGITS);
    assert_true(digits(r.r_squared, 0.999993745883712) > DIGITS);
}

static spl_mean mean_from(double n, double mean, double variance)
{
    return (spl_mean){mean, variance / n, n - 1};
}

static void welchs_test_gives_the_values_of_r(void **state)
{
    (void)state;
    reference *r =
        reference_open("hillstrom_spend_welch.csv", "arm1,n1,n2,mean1,mean2,var1,var2,welch_t,welch_df,welch_p,"
                                                    "ci_lo,ci_hi");
    if (!r) skip();
    while (reference_next(r)) {
        spl_two_means t =
            spl_compare_means(mean_from(reference_number(r, 1), reference_number(r, 3), reference_number(r, 5)),
                              mean_from(reference_number(r, 2), reference_number(r, 4), reference_number(r, 6)), 0.95);
        reference_near(r, "t", t.t, reference_number(r, 7), 1e-9, 0);
        reference_near(r, "df", t.freedom, reference_number(r, 8), 1e-9, 0);
        reference_near(r, "p", t.p, reference_number(r, 9), 1e-9, 0);
        reference_near(r, "low", t.interval.low, reference_number(r, 10), 1e-9, 0);
        reference_near(r, "high", t.interval.high, reference_number(r, 11), 1e-9, 0);
    }
}

static void series_may_be_cut_anywhere_and_merged(void **state)
{
    (void)state;
    double x[100], y[100];
    spl_pairs whole = {0};
    for (int i = 0; i < 100; i++) {
        x[i] = 1e9 + (i * 37 % 101) * 0.25;
        y[i] = 3 - 2 * (x[i] - 1e9) + (i * 53 % 17);
        spl_pairs_add(&whole, x[i], y[i]);
    }
    for (int cut = 0; cut <= 100; cut += 7) {
        spl_pairs a = {0}, b = {0};
        for (int i = 0; i < 100; i++) spl_pairs_add(i < cut ? &a : &b, x[i], y[i]);
        spl_pairs_merge(&a, &b);
        assert_near(spl_series_mean(&a.x), spl_series_mean(&whole.x), 1e-6);
        assert_near(spl_series_variance(&a.x), spl_series_variance(&whole.x), 1e-10 * spl_series_variance(&whole.x));
        assert_near(spl_pairs_covariance(&a), spl_pairs_covariance(&whole), 1e-10 * fabs(spl_pairs_covariance(&whole)));
    }
}

// Of y = 2 x + noise, taking x out leaves the noise, and the difference between the sides.
static void a_covariate_from_before_takes_its_part_of_the_variance_out(void **state)
{
    (void)state;
    spl_pairs sides[2] = {0};
    spl_series all = {0};
    for (int i = 0; i < 400; i++) {
        double x = (i * 71 % 127) / 10.0, noise = (i * 29 % 23) / 23.0 - 0.5;
        spl_pairs_add(&sides[i % 2], x, 2 * x + noise + (i % 2 ? 0.5 : 0));
        spl_series_add(&all, x);
    }
    double theta = spl_cuped_theta(sides, 2), centre = spl_series_mean(&all);
    assert_near(theta, 2, 0.02);
    spl_mean a = spl_mean_adjusted(&sides[1], theta, centre), b = spl_mean_adjusted(&sides[0], theta, centre);
    spl_two_means adjusted = spl_compare_means(a, b, 0.95);
    spl_two_means plain = spl_compare_means(spl_mean_of(&sides[1].y), spl_mean_of(&sides[0].y), 0.95);
    assert_near(adjusted.difference, 0.5, 0.06);
    assert_true(adjusted.se < plain.se / 10);
    spl_mean none = spl_mean_adjusted(&sides[0], 0, centre), same = spl_mean_of(&sides[0].y);
    assert_near(none.value, same.value, 1e-12);
    assert_near(none.variance, same.variance, 1e-12);
}

// Against the linearised values y - ratio x, whose plain variance the delta method's is.
static void a_ratio_has_the_variance_of_its_linearisation(void **state)
{
    (void)state;
    spl_pairs pairs = {0};
    spl_series linear = {0};
    double x[50], y[50], sx = 0, sy = 0;
    for (int i = 0; i < 50; i++) {
        sx += x[i] = 1 + i % 7;
        sy += y[i] = (i * 13 % 5) * x[i] / 5;
        spl_pairs_add(&pairs, x[i], y[i]);
    }
    for (int i = 0; i < 50; i++) spl_series_add(&linear, (y[i] - sy / sx * x[i]) / (sx / 50));
    spl_mean m = spl_mean_of_ratio(&pairs);
    assert_near(m.value, sy / sx, 1e-12);
    assert_near(m.variance, spl_series_variance(&linear) / 50, 1e-12);
}

static void what_cannot_be_told_is_nan(void **state)
{
    (void)state;
    spl_series one = {0}, two = {0};
    spl_series_add(&one, 3);
    spl_series_add(&two, 3);
    spl_series_add(&two, 3);
    assert_true(isnan(spl_compare_means(spl_mean_of(&one), spl_mean_of(&two), 0.95).p));
    spl_two_means same = spl_compare_means(spl_mean_of(&two), spl_mean_of(&two), 0.95);
    assert_near(same.p, 1, 0);
    assert_true(isnan(spl_anova_of(&two, 1).p));
    assert_true(isnan(spl_regression_of(&(spl_pairs){0}).slope));
    assert_true(isnan(spl_mean_of_ratio(&(spl_pairs){0}).value));
    spl_mean near_zero = {0.1, 1, 10};
    assert_true(isinf(spl_compare_means(near_zero, near_zero, 0.95).relative.high));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(analyses_of_variance_have_their_certified_values),
        cmocka_unit_test(a_line_has_its_certified_values),
        cmocka_unit_test(welchs_test_gives_the_values_of_r),
        cmocka_unit_test(series_may_be_cut_anywhere_and_merged),
        cmocka_unit_test(a_covariate_from_before_takes_its_part_of_the_variance_out),
        cmocka_unit_test(a_ratio_has_the_variance_of_its_linearisation),
        cmocka_unit_test(what_cannot_be_told_is_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
