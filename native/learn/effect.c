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
#include <math.h>

#include "samplit/policy.h"
#include "stats/interval.h"

#define PRIOR_CONVERSIONS 4.0 // weight of the side's variance in a binary cell, in conversions
#define PRIOR_SAMPLES 20.0    // and in any other, in samples

static spl_moments without(const spl_moments *all, const spl_moments *part)
{
    spl_moments rest = {
        all->count - part->count, all->sum - part->sum, all->weight - part->weight, all->weight2 - part->weight2, 0, 0};
    if (rest.count < 1 || !(rest.weight > 0) || !(rest.weight2 > 0)) return (spl_moments){0};
    rest.mean = all->mean + (all->mean - part->mean) * (part->weight / rest.weight);
    double apart = part->mean - rest.mean, between = apart * apart * (part->weight * (rest.weight / all->weight));
    rest.squares = fmax(all->squares - part->squares - between, 0);
    return rest;
}

spl_side spl_effect_side(const spl_sample *side, uint32_t k, bool binary)
{
    double count = 0, sum = 0, squares = 0;
    for (uint32_t v = 0; v < k; v++) count += side[v].count, sum += side[v].sum, squares += side[v].squares;
    double rate = (sum + 0.5) / (count + 1);
    if (binary) return (spl_side){rate * (1 - rate), PRIOR_CONVERSIONS / fmin(rate, 1 - rate)};
    return (spl_side){count > k ? squares / (count - k) : 0, PRIOR_SAMPLES};
}

double spl_effect_variance(const spl_sample *cell, spl_side side)
{
    return (cell->squares + side.worth * side.variance) / (fmax(cell->count - 1, 0) + side.worth) / cell->count;
}

double spl_effect_p(const spl_moments *child, const spl_moments *parent, uint32_t variant_count, bool binary)
{
    spl_sample here[SPL_VARIANTS_MAX], rest[SPL_VARIANTS_MAX];
    for (uint32_t v = 0; v < variant_count; v++) {
        spl_moments others = without(&parent[v], &child[v]);
        here[v] = spl_moments_sample(&child[v]);
        rest[v] = spl_moments_sample(&others);
    }
    spl_side child_side = spl_effect_side(here, variant_count, binary);
    spl_side rest_side = spl_effect_side(rest, variant_count, binary);

    double weights = 0, weighted = 0, squared = 0, reference = 0;
    uint32_t seen = 0;
    for (uint32_t v = 0; v < variant_count; v++) {
        if (child[v].count < 2 || parent[v].count - child[v].count < 2) continue;
        double variance = spl_effect_variance(&here[v], child_side) + spl_effect_variance(&rest[v], rest_side);
        if (!(variance > 0)) continue;
        double apart = here[v].mean - rest[v].mean;
        if (seen++ == 0) reference = apart; // sums of squares about a near value, not about 0
        weights += 1 / variance;
        weighted += (apart - reference) / variance;
        squared += (apart - reference) * (apart - reference) / variance;
    }
    if (seen < 2) return NAN;
    double q = squared - weighted * weighted / weights;
    if (isnan(q)) return NAN; // sums beyond what doubles hold
    q = fmax(q, 0);
    return fmax(spl_chi_square_p(q, seen - 1), DBL_MIN);
}

double spl_effect_holm(double alpha, uint32_t n, uint32_t i)
{
    return alpha / (n - i);
}
