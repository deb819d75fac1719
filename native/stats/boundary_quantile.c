// SPDX-License-Identifier: GPL-3.0-or-later
#include <gsl/gsl_sf_zeta.h>
#include <math.h>

#include "stats/boundary.h"
#include "stats/confidence_sequence.h"

#define ETAS 100 // spacings tried before the best is refined
#define SECTIONS 50
#define HALVINGS 60

// The theorem's probability that the boundary with this C is ever left, by this spacing.
static double level_with(double eta, double a, double c)
{
    double gamma = sqrt(2 / eta) * (a - sqrt(2 * (eta - 1) / c)), square = gamma * gamma;
    return gamma > 1 ? 4 * exp(-square * c) * (1 + 1 / ((square - 1) * log(eta))) : INFINITY;
}

// The same by the best spacing: golden sections around the best of a grid.
static double level_of(double a, double c)
{
    const double golden = (sqrt(5) - 1) / 2, step = (2 * a * a - 1) / ETAS;
    double best = 1 + step;
    for (int i = 2; i < ETAS; i++)
        if (level_with(1 + i * step, a, c) < level_with(best, a, c)) best = 1 + i * step;
    double low = best - step, high = best + step;
    for (int i = 0; i < SECTIONS; i++) {
        double left = high - golden * (high - low), right = low + golden * (high - low);
        if (level_with(left, a, c) < level_with(right, a, c))
            high = right;
        else
            low = left;
    }
    return level_with((low + high) / 2, a, c);
}

double spl_distribution_bound(double t, double alpha, double t_min, double a)
{
    if (t < t_min) return INFINITY;
    double low = 0, high = 1;
    while (level_of(a, high) > alpha) high *= 2;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        *(level_of(a, middle) > alpha ? &low : &high) = middle;
    }
    return a * sqrt((log1p(log(t / t_min)) + high) / t);
}

static double log_odds(double p)
{
    return log(p) - log1p(-p);
}

double spl_quantile_bound(double p, double t, double alpha, double t_min)
{
    const double delta = 0.5, eta = 2, s = 1.4;
    double at = fmax(t, t_min), epochs = at / t_min, zeta = gsl_sf_zeta(s);
    double moved = 1 / (1 + exp(-log_odds(p) - 2 * delta * sqrt(eta / epochs)));
    double r = p >= 0.5 ? p : fmin(0.5, moved), variance = r * (1 - r);
    double j = sqrt(epochs) * fabs(log_odds(p)) / (2 * delta) + 1;
    double level =
        s * log(log(eta * epochs)) + s * log(j) + log(2 * zeta * (2 * zeta + 1) / (alpha * pow(log(eta), s)));
    double k1 = (pow(eta, 0.25) + pow(eta, -0.25)) / sqrt(2), k2 = (sqrt(eta) + 1) / 2;
    double linear = k2 * (1 - 2 * p) / 3 * level;
    return sqrt(k1 * k1 * variance * at * level + linear * linear) + linear + delta * sqrt(eta * variance * epochs);
}

spl_interval spl_cs_quantile(const double *ascending, uint32_t count, double p, double t_min, double alpha)
{
    double n = count, below = p * n - spl_quantile_bound(1 - p, n, alpha, t_min);
    double above = p * n + spl_quantile_bound(p, n, alpha, t_min);
    spl_interval out = {-INFINITY, INFINITY};
    if (count > 0 && below >= 1) out.low = ascending[(uint32_t)floor(below) - 1];
    if (count > 0 && above < n) out.high = ascending[(uint32_t)floor(above)];
    return out;
}
