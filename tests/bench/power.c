// SPDX-License-Identifier: GPL-3.0-or-later
// How long a power calculation takes, beside the limit of a millisecond: every formula asked for the sample, the effect
// that is seen, and the power; and a whole plan, of three variants in two segments.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stats/design.h"

#define ROUNDS 31
#define LIMIT_MS 1.0

typedef double question(const spl_test *test);

static double ask_sample(const spl_test *test)
{
    return spl_sample_proportions(0.055, 0.05, 0.8, test);
}

static double ask_effect(const spl_test *test)
{
    return spl_detectable_proportion(30000, 0.05, 0.8, false, test);
}

static double ask_power(const spl_test *test)
{
    return spl_power_proportions(30000, 0.055, 0.05, test);
}

static double ask_mean_sample(const spl_test *test)
{
    return spl_sample_means(0.5, 12, 15, 0.8, test);
}

static double ask_mean_effect(const spl_test *test)
{
    return spl_detectable_difference(20000, 12, 15, 0.8, test);
}

static double ask_mean_power(const spl_test *test)
{
    return spl_power_means(20000, 0.5, 12, 15, test);
}

static double ask_small_sample(const spl_test *test)
{
    return spl_sample_proportions(0.5, 0.3, 0.8, test);
}

static double ask_small_effect(const spl_test *test)
{
    return spl_detectable_proportion(100, 0.3, 0.8, false, test);
}

static double ask_small_power(const spl_test *test)
{
    return spl_power_proportions(100, 0.5, 0.3, test);
}

static double ask_largest_exact(const spl_test *test)
{
    return spl_power_proportions(SPL_POWER_EXACT_MAX, 0.055, 0.05, test);
}

static double ask_plan(const spl_test *test)
{
    static const spl_design_segment segments[] = {{"device:mobile", 0.6}, {"device:desktop", 0.4}};
    spl_design d = spl_design_default();
    spl_design_plan plan;
    spl_error error;
    d.baseline = 0.05;
    d.difference = 0.005;
    d.variant_count = 3;
    d.per_day = 4000;
    d.formula = test->formula;
    d.segments = segments;
    d.segment_count = 2;
    if (!spl_design_solve(&d, &plan, &error)) return NAN;
    double days = plan.rows[0].days;
    spl_design_plan_free(&plan);
    return days;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void run(const char *name, question *ask, spl_power_formula formula)
{
    spl_test test = {.alpha = 0.05, .ratio = 1, .formula = formula};
    double ms[ROUNDS], answer = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double start = now_ms();
        answer = ask(&test);
        ms[i] = now_ms() - start;
    }
    qsort(ms, ROUNDS, sizeof *ms, by_size);
    printf("%-34s %12.6g   %8.4f ms (%.4f to %.4f)   %6.1f %% of the limit\n", name, answer, ms[ROUNDS / 2],
           ms[ROUNDS / 10], ms[ROUNDS - 1 - ROUNDS / 10], 100 * ms[ROUNDS / 2] / LIMIT_MS);
}

int main(void)
{
    printf("question                                 answer   median (10 to 90 %%), processor time\n");
    run("rates, pooled: sample", ask_sample, SPL_POWER_POOLED);
    run("rates, pooled: effect", ask_effect, SPL_POWER_POOLED);
    run("rates, pooled: power", ask_power, SPL_POWER_POOLED);
    run("rates, unpooled: sample", ask_sample, SPL_POWER_UNPOOLED);
    run("rates, arcsine: sample", ask_sample, SPL_POWER_ARCSINE);
    run("rates, exact, small: sample", ask_small_sample, SPL_POWER_EXACT);
    run("rates, exact, small: effect", ask_small_effect, SPL_POWER_EXACT);
    run("rates, exact, small: power", ask_small_power, SPL_POWER_EXACT);
    run("rates, exact, 2,000 each: power", ask_largest_exact, SPL_POWER_EXACT);
    run("means, Welch: sample", ask_mean_sample, SPL_POWER_POOLED);
    run("means, Welch: effect", ask_mean_effect, SPL_POWER_POOLED);
    run("means, Welch: power", ask_mean_power, SPL_POWER_POOLED);
    run("a plan, 3 variants, 2 segments", ask_plan, SPL_POWER_POOLED);
    return 0;
}
