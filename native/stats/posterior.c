// SPDX-License-Identifier: GPL-3.0-or-later
// In log-odds t the density of Beta(a, b) is proportional to exp(a t - (a + b) ln(1 + e^t)): smooth and log-concave for
// all a, b > 0, with its peak at the mean a/(a + b). So even Beta(0.1, 5), which is infinite at
// rate 0, is an easy bump. GSL's incomplete beta is not used: its continued fraction gives up near the peak
// when a and b are in the millions.
#include "stats/posterior.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#define DROP 24.0 // e^-24 = 4e-11: where the bulk ends
#define BULK_STEPS 6
#define INTERVAL_PANELS 16
#define INTERVAL_STEPS 8

double spl_softplus(double t)
{
    return t > 0 ? t + log1p(exp(-t)) : log1p(exp(t));
}

double spl_posterior_mean(const spl_posterior *posterior)
{
    return posterior->family == SPL_FAMILY_NORMAL ? posterior->a : posterior->a / (posterior->a + posterior->b);
}

double spl_posterior_sd(const spl_posterior *posterior)
{
    double a = posterior->a, b = posterior->b;
    if (posterior->family == SPL_FAMILY_NORMAL) return b;
    return sqrt(a / (a + b) * (b / (a + b)) / (a + b + 1));
}

// The log-density over its peak.
static double log_density(const spl_posterior *p, double peak, double t, double softplus)
{
    if (p->family == SPL_FAMILY_NORMAL) {
        double z = (t - p->a) / p->b;
        return -z * z / 2;
    }
    return p->a * (t - peak) - (p->a + p->b) * (softplus - spl_softplus(peak));
}

double spl_posterior_density(const spl_posterior *posterior, const spl_bulk *bulk, double t, double softplus)
{
    return exp(log_density(posterior, bulk->peak, t, softplus));
}

// Newton's method for log-density = -drop from a first guess. The log-density is concave, so after one step the
// iterate is outside the bulk and comes closer from there: stopping early only widens it.
static double bulk_end(const spl_posterior *p, double drop, double peak, double t)
{
    for (int i = 0; i < BULK_STEPS; i++) {
        double slope = p->a - (p->a + p->b) / (1 + exp(-t));
        t -= (log_density(p, peak, t, spl_softplus(t)) + drop) / slope;
    }
    return t;
}

spl_bulk spl_posterior_bulk_to(const spl_posterior *posterior, double drop)
{
    double a = posterior->a, b = posterior->b;
    if (posterior->family == SPL_FAMILY_NORMAL) {
        double reach = sqrt(2 * drop) * b;
        return (spl_bulk){a - reach, a, a + reach, b};
    }
    double width = sqrt((a + b) / a / b), reach = sqrt(2 * drop) * width, peak = log(a / b);
    return (spl_bulk){bulk_end(posterior, drop, peak, peak - reach), peak,
                      bulk_end(posterior, drop, peak, peak + reach), width};
}

spl_bulk spl_posterior_bulk(const spl_posterior *posterior)
{
    return spl_posterior_bulk_to(posterior, DROP);
}

static double mass_between(const spl_posterior *p, const spl_bulk *bulk, const spl_legendre *rule, double from,
                           double to)
{
    double middle = (from + to) / 2, half = (to - from) / 2, sum = 0;
    for (int i = 0; i < SPL_LEGENDRE_POINTS; i++) {
        double t = middle + half * rule->point[i];
        sum += rule->weight[i] * spl_posterior_density(p, bulk, t, spl_softplus(t));
    }
    return half * sum;
}

// The t below which `share` of the mass lies: its panel is found from the masses of all, then Newton's
// method, kept inside the panel.
static double quantile(const spl_posterior *p, const spl_bulk *bulk, const spl_legendre *rule, const double *mass,
                       double share)
{
    double rest = 0;
    for (int i = 0; i < INTERVAL_PANELS; i++) rest += mass[i];
    rest *= share;
    int panel = 0;
    for (; panel < INTERVAL_PANELS - 1 && rest > mass[panel]; panel++) rest -= mass[panel];

    double step = (bulk->high - bulk->low) / INTERVAL_PANELS, from = bulk->low + panel * step, to = from + step;
    double t = from + step * (rest / mass[panel]);
    for (int i = 0; i < INTERVAL_STEPS; i++) {
        double excess = mass_between(p, bulk, rule, from, t) - rest;
        double next = t - excess / spl_posterior_density(p, bulk, t, spl_softplus(t));
        t = next < from ? (from + t) / 2 : next > to ? (t + to) / 2 : next;
    }
    return t;
}

void spl_posterior_interval(const spl_posterior *posterior, const spl_legendre *rule, double mass, double *low,
                            double *high)
{
    double tail = (1 - mass) / 2;
    if (posterior->family == SPL_FAMILY_NORMAL) {
        double reach = -gsl_cdf_ugaussian_Pinv(tail) * posterior->b;
        *low = posterior->a - reach;
        *high = posterior->a + reach;
        return;
    }
    spl_bulk bulk = spl_posterior_bulk(posterior);
    double masses[INTERVAL_PANELS], step = (bulk.high - bulk.low) / INTERVAL_PANELS;
    for (int i = 0; i < INTERVAL_PANELS; i++) {
        masses[i] = mass_between(posterior, &bulk, rule, bulk.low + i * step, bulk.low + (i + 1) * step);
    }
    *low = 1 / (1 + exp(-quantile(posterior, &bulk, rule, masses, tail)));
    *high = 1 / (1 + exp(-quantile(posterior, &bulk, rule, masses, 1 - tail)));
}
