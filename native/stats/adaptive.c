// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/adaptive.h"

#include <math.h>
#include <stdlib.h>

typedef struct track {
    spl_series rewards;               // as they came
    spl_sum h, hh;                    // weights and their squares
    spl_sum hg, hhg, hhgg;            // with the scores, and with their squares
    spl_series ipw;                   // 1[served] reward / p, of all exposures where p > 0
    spl_series over_control;          // score less the control's
    spl_sum inverse, inverse_control; // of the propensities, own and the control's, over the same exposures
    double scored;                    // exposures with p > 0
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

static void weigh(track *arm, double p, double score)
{
    double h = sqrt(p);
    spl_sum_add(&arm->h, h);
    spl_sum_add(&arm->hh, p);
    spl_sum_add(&arm->hg, h * score);
    spl_sum_add(&arm->hhg, p * score);
    spl_sum_add(&arm->hhgg, p * score * score);
}

bool spl_adaptive_add(spl_adaptive *a, const double *p, uint32_t variant, double reward)
{
    if (!usable(a, p, variant, reward)) return false;
    for (uint32_t v = 0; v < a->variant_count; v++) {
        track *arm = &a->arms[v];
        if (p[v] == 0) continue;
        double before = arm->rewards.count > 0 ? spl_series_mean(&arm->rewards) : 0;
        a->score[v] = v == variant ? before + (reward - before) / p[v] : before;
        weigh(arm, p[v], a->score[v]);
        spl_series_add(&arm->ipw, v == variant ? reward / p[v] : 0);
        arm->scored++;
        if (v == 0 || p[0] == 0) continue;
        spl_series_add(&arm->over_control, a->score[v] - a->score[0]);
        spl_sum_add(&arm->inverse, 1 / p[v]);
        spl_sum_add(&arm->inverse_control, 1 / p[0]);
    }
    spl_series_add(&a->arms[variant].rewards, reward);
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

uint64_t spl_adaptive_pairs(const spl_adaptive *a, uint32_t variant)
{
    return (uint64_t)a->arms[variant].over_control.count;
}

static const spl_mean NOTHING = {NAN, NAN, NAN};

// The variance of a score is that of the rewards over p. Where p is small, the scores seen tell it badly until many are
// in, but p is known: the larger of the two counts.
spl_mean spl_adaptive_mean(const spl_adaptive *a, uint32_t variant)
{
    const track *arm = &a->arms[variant];
    double h = spl_sum_value(&arm->h);
    if (arm->rewards.count == 0) return NOTHING;
    double mean = spl_sum_value(&arm->hg) / h;
    double seen =
        spl_sum_value(&arm->hhgg) - 2 * mean * spl_sum_value(&arm->hhg) + mean * mean * spl_sum_value(&arm->hh);
    double known = arm->rewards.count > 1 ? spl_series_variance(&arm->rewards) * arm->scored : 0;
    return (spl_mean){mean, fmax(seen, known) / (h * h), INFINITY};
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

spl_mean spl_adaptive_over_control(const spl_adaptive *a, uint32_t variant)
{
    const track *arm = &a->arms[variant], *control = &a->arms[0];
    spl_mean out = of_series(&arm->over_control);
    if (!(arm->rewards.count > 1) || !(control->rewards.count > 1)) return out;
    double n = arm->over_control.count;
    double known = spl_series_variance(&arm->rewards) * spl_sum_value(&arm->inverse) +
                   spl_series_variance(&control->rewards) * spl_sum_value(&arm->inverse_control);
    out.variance = fmax(out.variance, known / (n * n));
    return out;
}
