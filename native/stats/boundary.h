// SPDX-License-Identifier: GPL-3.0-or-later
// Uniform boundaries: curves that a sum of centred observations S crosses at any time with a probability of at most
// alpha. v is the sum's intrinsic time (its variance so far). Howard, Ramdas, McAuliffe & Sekhon, "Time-uniform,
// nonparametric, nonasymptotic confidence sequences" (Annals of Statistics 2021) and "Time-uniform Chernoff bounds via
// nonnegative supermartingales" (Probability Surveys 2020).
//
// A mixture boundary is where a mixture martingale reaches 1 / alpha. `v_opt` is the time at which it is tightest.
#ifndef SAMPLIT_BOUNDARY_H
#define SAMPLIT_BOUNDARY_H

#include <stdbool.h>

typedef enum spl_mixture_kind {
    SPL_MIXTURE_NORMAL,            // sub-Gaussian sums
    SPL_MIXTURE_GAMMA_EXPONENTIAL, // sub-exponential with scale c: bounded from one side, one-sided
    SPL_MIXTURE_GAMMA_POISSON,     // sub-Poisson with scale c, one-sided
    SPL_MIXTURE_BETA_BINOMIAL,     // observations within [-g, h] around their mean
} spl_mixture_kind;

typedef struct spl_mixture {
    spl_mixture_kind kind;
    bool one_sided; // ignored by the one-sided kinds
    double rho;     // > 0, from spl_mixture_rho
    double c;       // > 0, gamma kinds
    double g, h;    // > 0, beta-binomial
} spl_mixture;

// The tuning that makes the normal mixture tightest at intrinsic time v_opt at level alpha (both > 0, alpha < 1).
double spl_mixture_rho(double v_opt, double alpha, bool one_sided);

// A mixture of that kind, tuned so. c for the gamma kinds, g and h for the beta-binomial; the others are ignored.
spl_mixture spl_mixture_tuned(spl_mixture_kind kind, double v_opt, double alpha, bool one_sided, double c, double g,
                              double h);

// ln of the martingale at sum s and time v > 0. Its running maximum m gives the always-valid p-value min(1, exp(-m)).
double spl_mixture_log(const spl_mixture *mixture, double s, double v);

// The s at which it reaches 1 / alpha. For the beta-binomial infinite where no sum possible at v does.
double spl_mixture_bound(const spl_mixture *mixture, double v, double alpha);

// The polynomial stitched boundary: explicit, of the order of the law of the iterated logarithm, from v_min on; scale c
// of a sub-gamma sum. Spacing eta 2, exponent 1.4.
double spl_stitched_bound(double v, double alpha, double v_min, double c);

// Bounds for whole distributions, of t observations at any time (Howard & Ramdas, "Sequential estimation of quantiles
// with applications to A/B testing and best-arm identification", Bernoulli 2022).
//
// How far the empirical distribution function is from the true one anywhere, in probability, at any t >= t_min > 0
// (corollary 2, by theorem 2: the least C for this alpha is searched). `a` above 1 / sqrt(2): smaller is shorter in the
// long run, 0.85 is usual. Infinite below t_min.
double spl_distribution_bound(double t, double alpha, double t_min, double a);

// How many more than p t observations may lie below the p-quantile, for all p in (0, 1) and all t at once (theorem 3,
// delta 0.5, spacing eta 2, exponent 1.4): shorter than the one above for p near 0 or 1.
double spl_quantile_bound(double p, double t, double alpha, double t_min);

#endif
