// SPDX-License-Identifier: GPL-3.0-or-later
// A cell's siblings say where its effect lies, and the parent's own start does, but the parent's posterior does not: it
// holds the cell's own rewards, which would then count twice, and be the more alike to themselves the larger the
// cell's share of the parent is. So the centre of a family of siblings is tallied once, each weighing
//
//   w = 1 / (1/kappa + slack + 1/n),       the start of the parent 1 / (slack + spread / kappa),
//
// and a cell is taken out of it again. `spread` is there because the parent's mean is that of its visitors, not that
// of its segments: with kappa it says how far the two may be apart. On the scale of the odds the weights count the
// more, the more conversions they expect (`info`).
//
// kappa maximises the marginal likelihood of the cells, each under the prior that the others give it:
//
//   beta-binomial:   ln B(k m + s, k (1 - m) + n - s) - ln B(k m, k (1 - m))
//   Normal-Normal:   -1/2 ln(V) - (y - m)^2 / (2 sigma^2 V),            V = 1/k + 1/n
//
// times Gelman's hyperprior, kappa^(-1/2) on the scale of ln kappa (Bayesian Data Analysis, 3rd ed., eq. 5.9 and 5.10).
// Pure maximum likelihood runs to infinite kappa, complete pooling, whenever a handful of segments happen to be alike.
#include "learn/pooling_start.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define LN_KAPPA_MAX 16.118 // ln 1e7
#define GRID 16             // steps of the search before it is refined
#define REFINEMENTS 14      // golden sections: ln kappa within 0.003
#define SHORT_PRODUCT 8
#define RATE_MIN 1e-9 // expected rates are kept that far from 0 and 1

// --- one cell ---------------------------------------------------------------------------------------------

static double rate_of(double mean)
{
    return fmin(fmax(mean, RATE_MIN), 1 - RATE_MIN);
}

double spl_pooling_move(spl_family family, double mean, double seen, double expected)
{
    if (family == SPL_FAMILY_NORMAL) return mean + (seen - expected);
    double from = rate_of(mean), to = rate_of(seen), base = rate_of(expected);
    double odds = from / (1 - from) * (to / (1 - to)) * ((1 - base) / base);
    return rate_of(odds / (1 + odds));
}

// What one sample says of the effect there: 1 / variance on the scale on which means are moved, times that of a reward
// for a Normal.
static double info_of(spl_family family, double mean)
{
    return family == SPL_FAMILY_BETA ? mean * (1 - mean) : 1;
}

static double weight_of(const spl_pooling_cell *cell, double kappa)
{
    return cell->count > 0 ? 1 / (1 / kappa + cell->slack + 1 / cell->count) : 0;
}

static void tally(spl_family family, spl_pooling_centre *centre, double weight, double seen, double expected)
{
    centre->weight += weight;
    centre->sum += weight * seen;
    centre->expect += weight * expected;
    centre->info += weight * info_of(family, expected);
}

void spl_pooling_begin(spl_family family, spl_pooling_centre *centre, double kappa)
{
    centre->weight = centre->sum = centre->expect = centre->info = 0;
    tally(family, centre, 1 / (centre->slack + centre->spread / kappa), centre->mean, centre->expected);
}

void spl_pooling_add(spl_family family, spl_pooling_centre *centre, const spl_pooling_cell *cell, double kappa)
{
    double weight = weight_of(cell, kappa);
    if (weight > 0) tally(family, centre, weight, cell->sum / cell->count, cell->mean);
}

spl_pooling_prior spl_pooling_start(spl_family family, const spl_pooling_centre *centre, const spl_pooling_cell *cell,
                                    double kappa)
{
    spl_pooling_centre others = *centre;
    double least = 1 / (centre->slack + centre->spread / kappa), weight = weight_of(cell, kappa);
    if (weight > 0) tally(family, &others, -weight, cell->sum / cell->count, cell->mean);
    if (others.weight < least * (1 + 1e-9)) spl_pooling_begin(family, &others, kappa); // what rounding left
    double mean = spl_pooling_move(family, cell->mean, others.sum / others.weight, others.expect / others.weight);
    double strength = 1 / (1 / kappa + cell->slack + info_of(family, mean) / others.info);
    return (spl_pooling_prior){mean, cell->variance, strength};
}

// A Normal mean of no spread at all would make densities infinite.
static double some_spread(double sd, double mean)
{
    return fmax(fmax(sd, 1e-9 * fabs(mean)), 1e-200);
}

spl_posterior spl_pooling_update(spl_family family, spl_pooling_prior p, spl_sample s, double *variance)
{
    if (family == SPL_FAMILY_BETA) {
        double kappa = fmax(p.strength, 1 / fmin(p.mean, 1 - p.mean)), rest = fmax(s.count - s.sum, 0);
        return (spl_posterior){SPL_FAMILY_BETA, kappa * p.mean + fmax(s.sum, 0), kappa * (1 - p.mean) + rest};
    }
    double within = (p.strength * p.variance + s.squares) / (p.strength + fmax(s.count - 1, 0));
    double mean = p.mean + (s.mean - p.mean) * (s.count / (p.strength + s.count));
    *variance = within;
    return (spl_posterior){SPL_FAMILY_NORMAL, mean, some_spread(sqrt(within / (p.strength + s.count)), mean)};
}

// --- kappa ------------------------------------------------------------------------------------------------

// ln of Gamma(x + n) / Gamma(x).
static double log_rising(double x, double n)
{
    if (n > SHORT_PRODUCT || n != floor(n)) {
        int sign;
        return lgamma_r(x + n, &sign) - lgamma_r(x, &sign);
    }
    double product = 1;
    for (int i = 0; i < (int)n; i++) product *= x + i;
    return log(product);
}

static double log_marginal(spl_family family, const spl_pooling_cell *c, double mean, double strength)
{
    if (family == SPL_FAMILY_BETA) {
        return log_rising(strength * mean, c->sum) + log_rising(strength * (1 - mean), c->count - c->sum) -
               log_rising(strength, c->count);
    }
    double spread = 1 / strength + 1 / c->count, apart = c->sum / c->count - mean;
    return -log(spread) / 2 - apart * apart / (2 * c->variance * spread);
}

// A binary cell of fewer than two samples has the same likelihood under every kappa, and a Normal one of none.
static bool can_tell(spl_family family, const spl_pooling_cell *c)
{
    return family == SPL_FAMILY_BETA ? c->count >= 2 : c->count >= 1 && c->variance > 0;
}

static double log_posterior(spl_family family, const spl_pooling_cell *cells, uint32_t n, spl_pooling_centre *centres,
                            double ln_kappa)
{
    double sum = -ln_kappa / 2, kappa = exp(ln_kappa);
    for (uint32_t i = 0; centres && i < n; i++) spl_pooling_begin(family, &centres[cells[i].centre], kappa);
    for (uint32_t i = 0; centres && i < n; i++) spl_pooling_add(family, &centres[cells[i].centre], &cells[i], kappa);
    for (uint32_t i = 0; i < n; i++) {
        const spl_pooling_cell *c = &cells[i];
        if (!can_tell(family, c)) continue;
        spl_pooling_prior p = {c->mean, c->variance, 1 / (1 / kappa + c->slack)};
        if (centres) p = spl_pooling_start(family, &centres[c->centre], c, kappa);
        sum += log_marginal(family, c, p.mean, p.strength);
    }
    return sum;
}

double spl_pooling_kappa(spl_family family, const spl_pooling_cell *cells, uint32_t n, spl_pooling_centre *centres)
{
    bool any = false;
    for (uint32_t i = 0; i < n && !any; i++) any = can_tell(family, &cells[i]);
    if (!any) return exp(LN_KAPPA_MAX);
    double best = 0, highest = -INFINITY, step = LN_KAPPA_MAX / GRID;
    for (int i = 0; i <= GRID; i++) {
        double value = log_posterior(family, cells, n, centres, i * step);
        if (value > highest) highest = value, best = i * step;
    }
    double low = fmax(best - step, 0), high = fmin(best + step, LN_KAPPA_MAX), golden = (sqrt(5) - 1) / 2;
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double at_left = log_posterior(family, cells, n, centres, left);
    double at_right = log_posterior(family, cells, n, centres, right);
    for (int i = 0; i < REFINEMENTS; i++) {
        if (at_left > at_right) {
            high = right, right = left, at_right = at_left;
            left = high - golden * (high - low), at_left = log_posterior(family, cells, n, centres, left);
        } else {
            low = left, left = right, at_left = at_right;
            right = low + golden * (high - low), at_right = log_posterior(family, cells, n, centres, right);
        }
    }
    return exp((low + high) / 2);
}
