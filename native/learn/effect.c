// SPDX-License-Identifier: GPL-3.0-or-later
// The effect of variant v is its mean less the control's. Wald's statistic for `all K - 1 effects are
// equal on both sides` needs a matrix inverse if taken literally. With d_v = mean of v in the segment less its mean
// in the rest, and w_v = 1 / Var(d_v), it equals Cochran's Q,
//
//   Q = sum w_v (d_v - d)^2,   d = sum w_v d_v / sum w_v,        chi-square with K - 1 degrees of freedom,
//
// which does not depend on which variant is the control.
//
// A cell's own variance is a poor estimate when it has few conversions (none: zero, and the test would be
// sure of everything), so it is pooled with that of all variants on its side with the weights below.
#include "learn/effect.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "samplit/policy.h"

#define PRIOR_CONVERSIONS 4.0 // weight of the side's variance in a binary cell, in conversions
#define PRIOR_SAMPLES 20.0    // and in any other, in samples

static spl_moments without(const spl_moments *all, const spl_moments *part)
{
    spl_moments rest = {all->count - part->count, all->sum - part->sum, all->weight - part->weight,
                        all->weight2 - part->weight2, 0, 0};
    if (rest.count < 1 || !(rest.weight > 0) || !(rest.weight2 > 0)) return (spl_moments){0};
    rest.mean = all->mean + (all->mean - part->mean) * (part->weight / rest.weight);
    double apart = part->mean - rest.mean, between = apart * apart * (part->weight * (rest.weight / all->weight));
    rest.squares = fmax(all->squares - part->squares - between, 0);
    return rest;
}

// Variance of one reward on a side, all variants together, and how many samples that is worth.
static double side_variance(const spl_sample *side, uint32_t k, bool binary, double *worth)
{
    double count = 0, sum = 0, squares = 0;
    for (uint32_t v = 0; v < k; v++) count += side[v].count, sum += side[v].sum, squares += side[v].squares;
    double rate = (sum + 0.5) / (count + 1);
    *worth = binary ? PRIOR_CONVERSIONS / fmin(rate, 1 - rate) : PRIOR_SAMPLES;
    if (binary) return rate * (1 - rate);
    return count > k ? squares / (count - k) : 0;
}

static double mean_variance(const spl_sample *cell, double variance, double worth)
{
    return (cell->squares + worth * variance) / (fmax(cell->count - 1, 0) + worth) / cell->count;
}

double spl_effect_p(const spl_moments *child, const spl_moments *parent, uint32_t variant_count, bool binary)
{
    spl_sample here[SPL_VARIANTS_MAX], rest[SPL_VARIANTS_MAX];
    for (uint32_t v = 0; v < variant_count; v++) {
        spl_moments others = without(&parent[v], &child[v]);
        here[v] = spl_moments_sample(&child[v]);
        rest[v] = spl_moments_sample(&others);
    }
    double child_worth, rest_worth;
    double child_variance = side_variance(here, variant_count, binary, &child_worth);
    double rest_variance = side_variance(rest, variant_count, binary, &rest_worth);

    double weights = 0, weighted = 0, squared = 0, reference = 0;
    uint32_t seen = 0;
    for (uint32_t v = 0; v < variant_count; v++) {
        if (child[v].count < 2 || parent[v].count - child[v].count < 2) continue;
        double variance =
            mean_variance(&here[v], child_variance, child_worth) + mean_variance(&rest[v], rest_variance, rest_worth);
        if (!(variance > 0)) continue;
        double apart = here[v].mean - rest[v].mean;
        if (seen++ == 0) reference = apart; // sums of squares about a near value, not about 0
        weights += 1 / variance;
        weighted += (apart - reference) / variance;
        squared += (apart - reference) * (apart - reference) / variance;
    }
    if (seen < 2) return NAN;
    double q = fmax(squared - weighted * weighted / weights, 0);
    return fmax(gsl_cdf_chisq_Q(q, seen - 1), DBL_MIN);
}

double spl_effect_holm(double alpha, uint32_t n, uint32_t i)
{
    return alpha / (n - i);
}
