// SPDX-License-Identifier: MIT
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "stats/design.h"
#include "stats/outliers.h"
#include "stats/p_adjust.h"
#include "stats/shrink.h"
#include "stats/two_proportions.h"
#include "trials.h"

#define N TRIAL_SEGMENTS
#define BASE 0.05
#define APART 0.01
#define LEVEL 0.05

// Per segment: what there is to find, its estimate, and the test of it.
typedef struct figures {
    double truth[N], p[N];
    spl_mean estimate[N];
} figures;

static double planned_visitors(void)
{
    spl_design_segment segments[N];
    spl_design design = spl_design_default();
    spl_design_plan plan;
    spl_error error;
    for (int i = 0; i < N; i++) segments[i] = (spl_design_segment){"segment", 1.0 / N};
    design.baseline = BASE;
    design.difference = APART;
    design.power = 0.9;
    design.correction = SPL_CORRECTION_BH;
    design.segment_count = N;
    design.segments = segments;
    if (!spl_design_solve(&design, &plan, &error)) abort();
    double visitors = ceil(plan.rows[1].visitors / 2) * 2;
    spl_design_plan_free(&plan);
    return visitors;
}

// The first ones have something to be found, every other of them downwards.
static double planted(int i)
{
    return i >= TRIAL_PLANTED ? 0 : i % 2 ? -APART : APART;
}

static void judge(const figures *f, trial_segments *out)
{
    double bh[N], holm[N], z[N];
    spl_shrunk shrunk[N];
    int top = 0, shrunk_top = 0;
    if (!spl_p_adjust(SPL_CORRECTION_BH, f->p, N, bh) || !spl_p_adjust(SPL_CORRECTION_HOLM, f->p, N, holm)) abort();
    spl_shrink(f->estimate, N, 0.95, shrunk);
    spl_outliers(f->estimate, N, z);
    for (int i = 0; i < N; i++) {
        bool real = i<TRIAL_PLANTED, right = f->estimate[i].value * planted(i)> 0;
        *(real && right ? &out->found : &out->false_ones) += bh[i] < LEVEL;
        *(real && right ? &out->holm_found : &out->holm_false) += holm[i] < LEVEL;
        *(real ? &out->unlike : &out->unlike_false) += fabs(z[i]) > SPL_OUTLIERS_Z;
        out->shrunk_held += shrunk[i].interval.low <= f->truth[i] && f->truth[i] <= shrunk[i].interval.high;
        out->raw_held += fabs(f->estimate[i].value - f->truth[i]) <= 1.959963984540054 * sqrt(f->estimate[i].variance);
        if (f->estimate[i].value > f->estimate[top].value) top = i;
        if (shrunk[i].value > shrunk[shrunk_top].value) shrunk_top = i;
    }
    out->raw_top = f->estimate[top].value - f->truth[top];
    out->shrunk_top = shrunk[shrunk_top].value - f->truth[shrunk_top];
}

static gsl_rng *start(uint64_t run)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!rng) abort();
    gsl_rng_set(rng, (unsigned long)run + 1);
    return rng;
}

static spl_conversions draw(gsl_rng *rng, double rate, double visitors)
{
    return (spl_conversions){gsl_ran_binomial(rng, rate, (unsigned)visitors), visitors};
}

// Segments convert at different rates, as they do; the variants alike but for the planted ones.
trial_segments trial_of_variants_in_segments(uint64_t run)
{
    trial_segments out = {.per_segment = planned_visitors()};
    gsl_rng *rng = start(run);
    figures f;
    for (int i = 0; i < N; i++) {
        double side = out.per_segment / 2, base = i < TRIAL_PLANTED ? BASE : BASE * exp(gsl_ran_gaussian(rng, 0.2));
        spl_conversions b = draw(rng, base + planted(i), side), a = draw(rng, base, side);
        spl_two_proportions t = spl_compare_proportions(b, a, 0.95);
        double pooled = (a.successes + b.successes) / (2 * side);
        spl_mean one = spl_mean_of_rate(b.successes, side, pooled), two = spl_mean_of_rate(a.successes, side, pooled);
        f.truth[i] = planted(i);
        f.p[i] = t.p;
        f.estimate[i] = (spl_mean){t.difference, one.variance + two.variance, INFINITY};
    }
    gsl_rng_free(rng);
    judge(&f, &out);
    return out;
}

trial_segments trial_of_segments_against_the_rest(uint64_t run)
{
    trial_segments out = {.per_segment = planned_visitors()};
    gsl_rng *rng = start(run);
    figures f;
    spl_conversions own[N], all = {0, 0};
    for (int i = 0; i < N; i++) {
        own[i] = draw(rng, BASE + planted(i), out.per_segment);
        all.successes += own[i].successes, all.trials += own[i].trials;
    }
    for (int i = 0; i < N; i++) {
        spl_conversions rest = {all.successes - own[i].successes, all.trials - own[i].trials};
        f.p[i] = spl_compare_proportions(own[i], rest, 0.95).p;
        f.truth[i] = planted(i);
        f.estimate[i] = spl_mean_of_rate(own[i].successes, own[i].trials, all.successes / all.trials);
        f.estimate[i].value -= BASE;
    }
    gsl_rng_free(rng);
    judge(&f, &out);
    return out;
}
