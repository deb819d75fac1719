// SPDX-License-Identifier: GPL-3.0-or-later
// Bisection in the log-odds of x, where a Beta is one smooth bump and both ends of [0, 1] have room; then Newton's
// steps in ln x for the last digits. Newton alone starts badly where a or b is small, and GSL's search gives up there.
#include "stats/quantile.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#define LOG_ODDS_MAX 745.0 // beyond it x is 0 in a double

static double from_log_odds(double t)
{
    return t < 0 ? exp(t) / (1 + exp(t)) : 1 / (1 + exp(-t));
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
    double x = bisected(p, a, b);
    for (int i = 0; i < 3; i++) {
        double density = gsl_ran_beta_pdf(x, a, b);
        double step = density > 0 ? (gsl_cdf_beta_P(x, a, b) - p) / density : 0;
        if (!(fabs(step) < 0.01 * fmin(x, 1 - x))) break;
        x -= step;
    }
    return x;
}
