// SPDX-License-Identifier: GPL-3.0-or-later
// Where a policy has learned, its favourites meet other visitors than the rest, and a plain mean per variant is one
// over whom it was served to. So a segment's exposures stand for its visitors: their weights, 1 / propensity, add up
// to the visits, and a parent's mean is that of its segments, each with that weight (Hajek 1971: divided by the sum
// of the weights). Within a segment all visitors are alike as far as anybody can tell, and one exposure is as good as
// another, also when the propensity changed from bundle to bundle; weights would only add noise there. If one bundle
// had several propensities for a variant in a segment, the policy knew more than the segment says: there the
// exposures themselves are weighted.
//
// Moments are West's (1979), Welford's with weights: a running mean and the sum of squared deviations from it,
// because a plain sum of squares loses the variance of rewards that are large beside their spread (NIST's SmLs09
// data break it). Parts are added up by the pairwise formula of Chan, Golub & LeVeque (1983). The plain sum is
// kept too: for rewards of 0 and 1 it is the exact number of conversions.
#include "learn/moments.h"

#include <math.h>

#define WEIGHT_MAX 10000.0       // a variant that was hardly ever served must not outweigh a log (Ionides 2008)
#define EQUAL_WEIGHTS (1 - 1e-9) // of the count: rounding, not weights that differ

spl_sample spl_moments_sample(const spl_moments *m)
{
    if (m->count == 0) return (spl_sample){0};
    double count = m->weight / m->weight2 * m->weight;
    if (count >= EQUAL_WEIGHTS * m->count)
        return (spl_sample){m->count, m->sum, m->mean, m->squares / m->weight * m->count};
    return (spl_sample){count, count * m->mean, m->mean, m->squares / m->weight * count};
}

static void moments_add(spl_moments *m, double reward, double weight)
{
    double before = reward - m->mean;
    m->count += 1;
    m->sum += reward;
    m->weight += weight;
    m->weight2 += weight * weight;
    m->mean += before * (weight / m->weight);
    m->squares += weight * before * (reward - m->mean);
}

void spl_moments_merge(spl_moments *into, const spl_moments *from)
{
    if (from->count == 0) return;
    double weight = into->weight + from->weight, apart = from->mean - into->mean;
    into->mean += apart * (from->weight / weight);
    into->squares += from->squares + apart * apart * (into->weight * (from->weight / weight));
    into->count += from->count;
    into->sum += from->sum;
    into->weight = weight;
    into->weight2 += from->weight2;
}

double spl_chance_weight(spl_chance chance)
{
    return fmin(1 / chance.propensity, WEIGHT_MAX);
}

bool spl_chance_disagree(spl_chance a, spl_chance b)
{
    return a.policy == b.policy && a.propensity != b.propensity;
}

spl_moments spl_cell_moments(const spl_cell *c, bool mixed)
{
    const spl_moments *w = &c->weighted;
    if (mixed || w->count == 0) return *w;
    double each = w->weight / w->count;
    return (spl_moments){w->count, w->sum, w->weight, w->weight * each, c->mean, c->squares * each};
}

void spl_cell_add(spl_cell *c, double reward, spl_chance chance)
{
    double before = reward - c->mean;
    moments_add(&c->weighted, reward, spl_chance_weight(chance));
    c->mean += before / c->weighted.count;
    c->squares += before * (reward - c->mean);
    c->last = chance;
}

void spl_cell_merge(spl_cell *into, const spl_cell *from)
{
    if (from->weighted.count == 0) return;
    double count = into->weighted.count + from->weighted.count, apart = from->mean - into->mean;
    into->mean += apart * (from->weighted.count / count);
    into->squares += from->squares + apart * apart * (into->weighted.count * (from->weighted.count / count));
    spl_moments_merge(&into->weighted, &from->weighted);
    into->last = from->last;
}
