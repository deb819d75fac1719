// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/means.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static double squares_of(const spl_series *s)
{
    return spl_sum_value(&s->squares);
}

bool spl_mean_known(const spl_mean *mean)
{
    return isfinite(mean->value) && mean->variance > 0 && isfinite(mean->variance);
}

spl_mean spl_mean_of(const spl_series *s)
{
    return (spl_mean){spl_series_mean(s), spl_series_variance(s) / s->count, s->count - 1};
}

#define RARE 2.0 // successes or failures

static spl_mean rate_of(double successes, double trials, double rate)
{
    if (!(trials > 0)) return (spl_mean){NAN, NAN, NAN};
    double variance = rate > 0 && rate < 1 ? rate * (1 - rate) / trials : NAN;
    return (spl_mean){successes / trials, variance, INFINITY};
}

spl_mean spl_mean_of_rate(double successes, double trials, double about)
{
    double worth = about > 0 && about < 1 ? RARE / fmin(about, 1 - about) : NAN;
    return rate_of(successes, trials, (successes + worth * about) / (trials + worth));
}

spl_mean spl_mean_under_rate(double successes, double trials, double rate)
{
    return rate_of(successes, trials, rate);
}

spl_mean spl_mean_of_ratio(const spl_pairs *p)
{
    double x = spl_series_mean(&p->x), n = p->x.count, ratio = spl_series_mean(&p->y) / x;
    double variance =
        spl_series_variance(&p->y) - 2 * ratio * spl_pairs_covariance(p) + ratio * ratio * spl_series_variance(&p->x);
    if (x == 0) return (spl_mean){NAN, NAN, NAN};
    return (spl_mean){ratio, fmax(0, variance) / (n * x * x), INFINITY};
}

spl_mean spl_mean_adjusted(const spl_pairs *p, double theta, double centre)
{
    double variance =
        spl_series_variance(&p->y) - 2 * theta * spl_pairs_covariance(p) + theta * theta * spl_series_variance(&p->x);
    return (spl_mean){spl_series_mean(&p->y) - theta * (spl_series_mean(&p->x) - centre),
                      fmax(0, variance) / p->y.count, p->y.count - 1};
}

double spl_cuped_theta(const spl_pairs *sides, uint32_t side_count)
{
    double products = 0, squares = 0;
    for (uint32_t i = 0; i < side_count; i++) {
        products += spl_sum_value(&sides[i].products);
        squares += squares_of(&sides[i].x);
    }
    return squares > 0 ? products / squares : 0;
}

// Satterthwaite (1946).
static double freedom_of(spl_mean a, spl_mean b)
{
    double total = a.variance + b.variance; // parts of it, as squares of variances may be out of range
    double part1 = a.variance / total, part2 = b.variance / total;
    double spent = part1 * part1 / a.freedom + part2 * part2 / b.freedom;
    return spent > 0 ? 1 / spent : INFINITY;
}

static double two_sided_p(double t, double freedom)
{
    return isfinite(freedom) ? 2 * gsl_cdf_tdist_Q(fabs(t), freedom) : spl_normal_p(t);
}

static double reach_of(double confidence, double freedom)
{
    return isfinite(freedom) ? gsl_cdf_tdist_Qinv((1 - confidence) / 2, freedom) : spl_normal_reach(confidence);
}

// The ratios that a test of m1 - ratio * m2 = 0 does not reject: an interval where m2 is surely not 0.
static spl_interval fieller(spl_mean a, spl_mean b, double reach)
{
    double g = reach * reach * b.variance / (b.value * b.value), ratio = a.value / b.value;
    if (!(g < 1)) return (spl_interval){-INFINITY, INFINITY};
    double root = reach / fabs(b.value) * sqrt((1 - g) * a.variance + ratio * ratio * b.variance);
    return (spl_interval){(ratio - root) / (1 - g) - 1, (ratio + root) / (1 - g) - 1};
}

spl_two_means spl_compare_means(spl_mean a, spl_mean b, double confidence)
{
    const spl_interval none = {NAN, NAN};
    if (!isfinite(a.value) || !isfinite(b.value) || !isfinite(a.variance) || !isfinite(b.variance)) {
        return (spl_two_means){NAN, NAN, NAN, NAN, NAN, none, NAN, none};
    }
    spl_two_means out = {
        .difference = a.value - b.value, .se = sqrt(a.variance + b.variance), .lift = NAN, .relative = none};
    out.freedom = freedom_of(a, b);
    out.t = out.se > 0 ? out.difference / out.se : out.difference == 0 ? 0 : copysign(INFINITY, out.difference);
    out.p = isfinite(out.t) ? two_sided_p(out.t, out.freedom) : 0;
    double reach = reach_of(confidence, out.freedom);
    out.interval = (spl_interval){out.difference - reach * out.se, out.difference + reach * out.se};
    if (b.value > 0) {
        out.lift = a.value / b.value - 1;
        out.relative = fieller(a, b, reach);
    }
    return out;
}

spl_anova spl_anova_of(const spl_series *groups, uint32_t group_count)
{
    spl_series centres = {0};
    spl_sum within = {0};
    double seen = 0;
    for (uint32_t i = 0; i < group_count; i++) {
        spl_series whole = groups[i];
        if (whole.count == 0) continue;
        seen++;
        spl_sum_add(&within, squares_of(&whole));
        whole.squares = (spl_sum){0}; // as if each value were its group's mean
        spl_series_merge(&centres, &whole);
    }
    spl_anova out = {squares_of(&centres), spl_sum_value(&within), seen - 1, centres.count - seen, NAN, NAN};
    if (!(out.between_freedom > 0) || !(out.within_freedom > 0)) return (spl_anova){NAN, NAN, NAN, NAN, NAN, NAN};
    out.f = (out.between / out.between_freedom) / (out.within / out.within_freedom);
    if (out.between == 0 && out.within == 0) out.f = 0;
    out.p = isinf(out.f) ? 0 : gsl_cdf_fdist_Q(out.f, out.between_freedom, out.within_freedom);
    return out;
}

spl_regression spl_regression_of(const spl_pairs *p)
{
    double n = p->x.count, xx = squares_of(&p->x), xy = spl_sum_value(&p->products), yy = squares_of(&p->y);
    if (!(n > 2) || !(xx > 0)) return (spl_regression){NAN, NAN, NAN, NAN, NAN, NAN};
    double slope = xy / xx, mean = spl_series_mean(&p->x), residual = fmax(0, yy - slope * xy);
    double variance = residual / (n - 2);
    return (spl_regression){
        .intercept = spl_series_mean(&p->y) - slope * mean,
        .slope = slope,
        .intercept_se = sqrt(variance * (1 / n + mean * mean / xx)),
        .slope_se = sqrt(variance / xx),
        .residual_sd = sqrt(variance),
        .r_squared = yy > 0 ? 1 - residual / yy : NAN,
    };
}
