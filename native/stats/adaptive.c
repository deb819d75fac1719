// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/adaptive.h"

#include <math.h>
#include <stdlib.h>

#define MEMORY 500.0 // exposures over which `typical` is an average: a bandit's probabilities change over more

// Sums for a weighed mean of scores and its variance.
typedef struct weighed {
    double count;
    spl_sum h, hh, hg, hhg, hhgg; // weights, with the scores and their squares
    spl_sum own, control;         // h^2 / p of the variant, and of the control
} weighed;

typedef struct track {
    spl_series rewards; // as they came
    uint64_t rewarded;  // of them other than 0
    double typical;     // average of 1 / p over the last exposures; 0 before the first
    weighed score, gap; // of score_v, and of score_v - score_0
    spl_series ipw;     // 1[served] reward / p, of all exposures where p > 0
} track;

struct spl_adaptive {
    uint32_t variant_count;
    uint64_t count;
    track *arms;   // [variant_count]
    double *score; // [variant_count] of the present exposure
};

spl_adaptive *spl_adaptive_new(uint32_t variant_count)
{
    spl_adaptive *a = calloc(1, sizeof *a);
    if (!a) return NULL;
    a->variant_count = variant_count;
    a->arms = calloc(variant_count + 1, sizeof *a->arms);
    a->score = calloc(variant_count + 1, sizeof *a->score);
    if (a->arms && a->score) return a;
    spl_adaptive_free(a);
    return NULL;
}

void spl_adaptive_free(spl_adaptive *a)
{
    if (!a) return;
    free(a->arms);
    free(a->score);
    free(a);
}

static bool usable(const spl_adaptive *a, const double *p, uint32_t variant, double reward)
{
    if (variant >= a->variant_count || !isfinite(reward) || !(p[variant] > 0)) return false;
    for (uint32_t v = 0; v < a->variant_count; v++)
        if (!(p[v] >= 0 && p[v] <= 1)) return false;
    return true;
}

static void weigh(weighed *w, double h, double score, double p, double p_control)
{
    w->count++;
    spl_sum_add(&w->h, h);
    spl_sum_add(&w->hh, h * h);
    spl_sum_add(&w->hg, h * score);
    spl_sum_add(&w->hhg, h * h * score);
    spl_sum_add(&w->hhgg, h * h * score * score);
    spl_sum_add(&w->own, h * h / p);
    if (p_control > 0) spl_sum_add(&w->control, h * h / p_control);
}

static double typical_before(const track *arm, double p)
{
    return arm->typical > 0 ? arm->typical : 1 / p;
}

static void remember(track *arm, double p)
{
    arm->typical = typical_before(arm, p);
    arm->typical += (1 / p - arm->typical) / fmin(MEMORY, arm->score.count);
}

static void score_arm(spl_adaptive *a, uint32_t v, const double *p, bool served, double reward)
{
    track *arm = &a->arms[v];
    double before = arm->rewards.count > 0 ? spl_series_mean(&arm->rewards) : 0, typical = typical_before(arm, p[v]);
    a->score[v] = served ? before + (reward - before) / p[v] : before;
    weigh(&arm->score, 1 / sqrt(typical), a->score[v], p[v], 0);
    spl_series_add(&arm->ipw, served ? reward / p[v] : 0);
    if (v == 0 || p[0] == 0) return;
    double both = typical + typical_before(&a->arms[0], p[0]);
    weigh(&arm->gap, 1 / sqrt(both), a->score[v] - a->score[0], p[v], p[0]);
}

bool spl_adaptive_add(spl_adaptive *a, const double *p, uint32_t variant, double reward)
{
    if (!usable(a, p, variant, reward)) return false;
    for (uint32_t v = 0; v < a->variant_count; v++)
        if (p[v] > 0) score_arm(a, v, p, v == variant, reward);
    for (uint32_t v = 0; v < a->variant_count; v++)
        if (p[v] > 0) remember(&a->arms[v], p[v]);
    spl_series_add(&a->arms[variant].rewards, reward);
    a->arms[variant].rewarded += reward != 0;
    a->count++;
    return true;
}

uint64_t spl_adaptive_count(const spl_adaptive *a)
{
    return a->count;
}

uint64_t spl_adaptive_served(const spl_adaptive *a, uint32_t variant)
{
    return (uint64_t)a->arms[variant].rewards.count;
}

uint64_t spl_adaptive_rewarded(const spl_adaptive *a, uint32_t variant)
{
    return a->arms[variant].rewarded;
}

static const spl_mean NOTHING = {NAN, NAN, NAN};

// The variance of a score is that of the rewards over p. Where p is small, the scores seen tell it badly until many are
// in, but p is known: the larger of the two counts.
static double variance_of(const weighed *w, double mean, const track *own, const track *control)
{
    double h = spl_sum_value(&w->h), known = 0;
    double seen = spl_sum_value(&w->hhgg) - 2 * mean * spl_sum_value(&w->hhg) + mean * mean * spl_sum_value(&w->hh);
    if (own->rewards.count > 1) known += spl_series_variance(&own->rewards) * spl_sum_value(&w->own);
    if (control && control->rewards.count > 1)
        known += spl_series_variance(&control->rewards) * spl_sum_value(&w->control);
    return fmax(seen, known) / (h * h);
}

spl_mean spl_adaptive_mean(const spl_adaptive *a, uint32_t variant)
{
    const track *arm = &a->arms[variant];
    if (arm->rewards.count == 0) return NOTHING;
    double mean = spl_sum_value(&arm->score.hg) / spl_sum_value(&arm->score.h);
    return (spl_mean){mean, variance_of(&arm->score, mean, arm, NULL), INFINITY};
}

static spl_mean of_series(const spl_series *s)
{
    if (s->count < 2) return NOTHING;
    return (spl_mean){spl_series_mean(s), spl_series_variance(s) / s->count, INFINITY};
}

spl_mean spl_adaptive_ipw(const spl_adaptive *a, uint32_t variant)
{
    return of_series(&a->arms[variant].ipw);
}

spl_mean spl_adaptive_naive(const spl_adaptive *a, uint32_t variant)
{
    return of_series(&a->arms[variant].rewards);
}

spl_adaptive_gap spl_adaptive_own(const spl_adaptive *a, uint32_t variant)
{
    const weighed *own = &a->arms[variant].score;
    spl_mean mean = spl_adaptive_mean(a, variant);
    return (spl_adaptive_gap){mean.value, mean.variance, spl_sum_value(&own->h), (uint64_t)own->count};
}

spl_adaptive_gap spl_adaptive_over_control(const spl_adaptive *a, uint32_t variant)
{
    const track *arm = &a->arms[variant];
    const weighed *gap = &arm->gap;
    if (gap->count < 2) return (spl_adaptive_gap){NAN, NAN, 0, (uint64_t)gap->count};
    double weight = spl_sum_value(&gap->h), mean = spl_sum_value(&gap->hg) / weight;
    return (spl_adaptive_gap){mean, variance_of(gap, mean, arm, &a->arms[0]), weight, (uint64_t)gap->count};
}
