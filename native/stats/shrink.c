// SPDX-License-Identifier: GPL-3.0-or-later
// The normal hierarchical model with its spread integrated out (Gelman et al., Bayesian Data Analysis, 3rd ed., section
// 5.4): y_i ~ N(theta_i, s_i^2), theta_i ~ N(mu, tau^2), mu and tau flat. Given tau everything is closed; tau runs over
// a grid with its marginal posterior (eq. 5.21) as weights. One tau that fits best would do with one line less, but it
// is 0 whenever a few segments happen to be alike, and its intervals leave out that it is not known.
#include "stats/shrink.h"

#include <math.h>
#include <stdlib.h>

#define GRID 256    // of tau, in equal ratios
#define LEAST 0.001 // of the smallest deviation: no spread worth telling from none
#define MOST 10.0   // times how far apart the estimates are

typedef struct at_spread { // what is believed at one tau
    double tau2;
    double mean, variance; // of mu
    double weight;         // of this tau; its logarithm while the grid is being filled
} at_spread;

static at_spread believe(double tau2, const spl_mean *e, uint32_t n, double origin)
{
    double weights = 0, weighted = 0, logs = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!spl_mean_known(&e[i])) continue;
        double w = 1 / (e[i].variance + tau2);
        weights += w;
        weighted += w * (e[i].value - origin); // about a near value, so that a far level costs no digits
        logs += log(w);
    }
    double mean = origin + weighted / weights;
    for (uint32_t i = 0; i < n; i++)
        if (spl_mean_known(&e[i])) squares += (e[i].value - mean) * (e[i].value - mean) / (e[i].variance + tau2);
    // ln(tau2) / 2: the grid has equal steps of ln(tau), the prior is flat in tau.
    return (at_spread){tau2, mean, 1 / weights, (logs - log(weights) - squares + log(tau2)) / 2};
}

static void fill(at_spread grid[GRID], const spl_mean *e, uint32_t n)
{
    double least = INFINITY, most = 0, low = INFINITY, high = -INFINITY, top = -INFINITY, sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!spl_mean_known(&e[i])) continue;
        least = fmin(least, e[i].variance), most = fmax(most, e[i].variance);
        low = fmin(low, e[i].value), high = fmax(high, e[i].value);
    }
    double from = log(LEAST * sqrt(least)), to = log(MOST * fmax(high - low, sqrt(most)));
    for (int g = 0; g < GRID; g++) {
        grid[g] = believe(exp(2 * (from + (to - from) * g / (GRID - 1))), e, n, low);
        top = fmax(top, grid[g].weight);
    }
    for (int g = 0; g < GRID; g++) sum += grid[g].weight = exp(grid[g].weight - top);
    for (int g = 0; g < GRID; g++) grid[g].weight /= sum;
}

static spl_shrunk around(double value, double variance, double weight, double reach)
{
    double sd = sqrt(variance);
    return (spl_shrunk){value, variance, {value - reach * sd, value + reach * sd}, weight};
}

// Mean and variance of the mixture over the grid of what is believed of one.
static spl_shrunk mix(const at_spread grid[GRID], const spl_mean *e, double reach)
{
    bool own = spl_mean_known(e);
    double mean = 0, square = 0, weight = 0, origin = own ? e->value : grid[0].mean;
    for (int g = 0; g < GRID; g++) {
        double pull = own ? e->variance / (e->variance + grid[g].tau2) : 1; // towards mu
        double apart = pull * (grid[g].mean - origin), variance = pull * (grid[g].tau2 + pull * grid[g].variance);
        mean += grid[g].weight * apart;
        square += grid[g].weight * (variance + apart * apart);
        weight += grid[g].weight * (1 - pull);
    }
    return around(origin + mean, square - mean * mean, weight, reach);
}

static spl_shrinkage sum_up(const at_spread grid[GRID], uint32_t used)
{
    spl_shrinkage all = {0, 0, used};
    double below = 0;
    for (int g = 0; g < GRID; g++) {
        all.centre += grid[g].weight * grid[g].mean;
        if (below < 0.5) all.spread = sqrt(grid[g].tau2); // the median
        below += grid[g].weight;
    }
    return all;
}

spl_shrinkage spl_shrink(const spl_mean *estimates, uint32_t count, double confidence, spl_shrunk *out)
{
    double reach = spl_normal_reach(confidence);
    at_spread grid[GRID];
    uint32_t used = 0;
    for (uint32_t i = 0; i < count; i++) used += spl_mean_known(&estimates[i]);
    if (used >= SPL_SHRINK_LEAST) fill(grid, estimates, count);
    for (uint32_t i = 0; i < count; i++) {
        const spl_mean *e = &estimates[i];
        if (used >= SPL_SHRINK_LEAST)
            out[i] = mix(grid, e, reach);
        else
            out[i] = around(e->value, spl_mean_known(e) ? e->variance : NAN, spl_mean_known(e) ? 1 : NAN, reach);
    }
    return used >= SPL_SHRINK_LEAST ? sum_up(grid, used) : (spl_shrinkage){NAN, NAN, used};
}
