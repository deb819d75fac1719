// SPDX-License-Identifier: GPL-3.0-or-later
// Where both parameters are large the density in log-odds is close to a normal one, and a few panels of quadrature give
// its integral to all digits. The logarithm of the density, a d - (a + b) ln(1 + m (e^d - 1)) at d from the mean m, is
// a small difference of large numbers: it is taken in long double. Elsewhere GSL's incomplete beta serves.
//
// Quantiles: bisection in the log-odds of x, where a Beta is one smooth bump and both ends of [0, 1] have room; then
// Newton's steps in ln x for the last digits. Newton alone starts badly where a or b is small.
#include "stats/quantile.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>

#define LOG_ODDS_MAX 745.0 // beyond it x is 0 in a double
#define LARGE 2e3          // both parameters above it
#define REACH 9.5          // standard deviations to either side: beyond lies e^-45 of the peak's density
#define PANELS 12
#define NEWTON_STEPS 8
#define CLOSE 1e-14 // standard deviations

typedef struct bump {
    double a, b;
    double width; // standard deviation in log-odds, about
} bump;

static bool is_large(double a, double b)
{
    return a > LARGE && b > LARGE;
}

static bump bump_of(double a, double b)
{
    return (bump){a, b, sqrt(1 / a + 1 / b)};
}

// Over that at the peak; d in units of the width.
static double density(double d, void *owner)
{
    const bump *at = owner;
    long double away = (long double)d * at->width, n = (long double)at->a + at->b;
    return (double)expl(at->a * away - n * log1pl(at->a / n * expm1l(away)));
}

static double panel(const bump *at, double from, double to)
{
    gsl_function f = {density, (void *)at};
    double mass, unused;
    gsl_integration_qk21(&f, from, to, &mass, &unused, &unused, &unused);
    return mass;
}

static double mass(const bump *at, double from, double to)
{
    double sum = 0, step = (to - from) / PANELS;
    for (int i = 0; i < PANELS; i++) sum += panel(at, from + i * step, from + (i + 1) * step);
    return sum;
}

static double large_p(double x, const bump *at)
{
    double d = (log(x) - log1p(-x) - log(at->a / at->b)) / at->width;
    if (!(d > -REACH)) return 0;
    return d < REACH ? mass(at, -REACH, d) / mass(at, -REACH, REACH) : 1;
}

double spl_beta_p(double x, double a, double b)
{
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    bump at = bump_of(a, b);
    return is_large(a, b) ? large_p(x, &at) : gsl_cdf_beta_P(x, a, b);
}

static double from_log_odds(double t)
{
    return t < 0 ? exp(t) / (1 + exp(t)) : 1 / (1 + exp(-t));
}

// Newton's method from the normal quantile, which is near.
static double large_quantile(double p, const bump *at)
{
    double d = fmax(-REACH, fmin(REACH, gsl_cdf_ugaussian_Pinv(p)));
    double below = mass(at, -REACH, d), whole = below + mass(at, d, REACH);
    for (int i = 0; i < NEWTON_STEPS; i++) {
        double next = fmax(-REACH, fmin(REACH, d - (below - p * whole) / density(d, (void *)at)));
        below += panel(at, d, next);
        if (fabs(next - d) < CLOSE) break;
        d = next;
    }
    return from_log_odds(log(at->a / at->b) + d * at->width);
}

static double bisected(double p, double a, double b)
{
    double low = -LOG_ODDS_MAX, high = LOG_ODDS_MAX;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (gsl_cdf_beta_P(from_log_odds(middle), a, b) < p)
            low = middle;
        else
            high = middle;
    }
    return from_log_odds((low + high) / 2);
}

double spl_beta_quantile(double p, double a, double b)
{
    bump at = bump_of(a, b);
    if (is_large(a, b)) return large_quantile(p, &at);
    double x = bisected(p, a, b);
    for (int i = 0; i < 3; i++) {
        double slope = gsl_ran_beta_pdf(x, a, b);
        double step = slope > 0 ? (gsl_cdf_beta_P(x, a, b) - p) / slope : 0;
        if (!(fabs(step) < 0.01 * fmin(x, 1 - x))) break;
        x -= step;
    }
    return x;
}
