// SPDX-License-Identifier: GPL-3.0-or-later
// Segments of a million visitors are all significantly apart from each other; what deserves a look is one that is
// further out than segments usually are. So the yardstick is fitted to the middle of the segments themselves (an
// empirical null; Efron, JASA 2004): noise as known, plus a spread.
//
// Centre and spread are Huber's joint estimates (1964, "proposal 2") for data of unequal variance. With residuals r_i =
// (y_i - mu) / sqrt(s_i^2 + tau^2), and psi(r) = r cut at +-1.345,
//
//   sum psi(r_i) / sqrt(s_i^2 + tau^2) = 0,      sum psi(r_i)^2 = (n - 1) E[psi(Z)^2],
//
// the second one by tau, 0 where even then the sum is smaller. Median and MAD are the same with a cut towards 0: they
// bear more outliers (half instead of a quarter), but with ten segments the MAD alone is off by a third.
#include "stats/outliers.h"

#include <math.h>

#define CUT 1.345
#define CUT_SQUARE_MEAN 0.7101645 // E[psi(Z)^2] of a standard normal Z
#define STEPS 60

static double within(double r)
{
    return fmax(-CUT, fmin(CUT, r));
}

// mu at this tau^2, by bisection: the sum falls as mu grows.
static double centre_of(const spl_mean *e, uint32_t n, double tau2, double low, double high)
{
    for (int step = 0; step < STEPS; step++) {
        double middle = low + (high - low) / 2, sum = 0;
        for (uint32_t i = 0; i < n; i++) {
            double sd = sqrt(e[i].variance + tau2);
            if (spl_mean_known(&e[i])) sum += within((e[i].value - middle) / sd) / sd;
        }
        *(sum > 0 ? &low : &high) = middle;
    }
    return low + (high - low) / 2;
}

static double mean_square(const spl_mean *e, uint32_t n, double tau2, double centre)
{
    double sum = 0, used = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!spl_mean_known(&e[i])) continue;
        double r = within((e[i].value - centre) / sqrt(e[i].variance + tau2));
        sum += r * r;
        used++;
    }
    return sum / (used - 1);
}

static spl_pooled_model fit(const spl_mean *e, uint32_t n, uint32_t used)
{
    double low = INFINITY, high = -INFINITY;
    for (uint32_t i = 0; i < n; i++)
        if (spl_mean_known(&e[i])) low = fmin(low, e[i].value), high = fmax(high, e[i].value);
    spl_pooled_model model = {centre_of(e, n, 0, low, high), 0, used};
    if (mean_square(e, n, 0, model.centre) <= CUT_SQUARE_MEAN) return model;
    double none = 0, all = high - low;
    for (int step = 0; step < STEPS; step++) {
        model.spread = (none + all) / 2;
        double tau2 = model.spread * model.spread;
        model.centre = centre_of(e, n, tau2, low, high);
        *(mean_square(e, n, tau2, model.centre) > CUT_SQUARE_MEAN ? &none : &all) = model.spread;
    }
    return model;
}

spl_pooled_model spl_outliers(const spl_mean *estimates, uint32_t count, double *z)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < count; i++) used += spl_mean_known(&estimates[i]);
    bool enough = used >= SPL_OUTLIERS_LEAST;
    spl_pooled_model model = enough ? fit(estimates, count, used) : (spl_pooled_model){NAN, NAN, used};
    for (uint32_t i = 0; i < count; i++) {
        const spl_mean *e = &estimates[i];
        z[i] = spl_mean_known(e) ? (e->value - model.centre) / sqrt(e->variance + model.spread * model.spread) : NAN;
    }
    return model;
}
