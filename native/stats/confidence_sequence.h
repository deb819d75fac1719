// SPDX-License-Identifier: GPL-3.0-or-later
// Intervals that hold at every look at once: with probability 1 - alpha the truth lies in all of them, however often
// one peeks and whenever one stops. They are longer than an interval for one look; how much, and where they are
// tightest, is tuned by the number of observations expected.
#ifndef SAMPLIT_CONFIDENCE_SEQUENCE_H
#define SAMPLIT_CONFIDENCE_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/interval.h"
#include "stats/means.h"

// A rate: exact for any number of trials, by inverting the beta-binomial mixture boundary (Howard et al. 2021,
// section 4.1), tightest around n_opt trials. [0, 1] without trials.
spl_interval spl_cs_proportion(double successes, double trials, double n_opt, double alpha);

// Anything with an asymptotically normal estimate (a mean, a difference, a ratio), by the normal mixture in units of
// its own variance (asymptotic confidence sequences, Waudby-Smith et al. 2021; the form of GrowthBook's GAVI): `n`
// observations so far, `variance` that of the estimate. The first dozens of observations are not covered by its theory:
// ask from n = 100 on.
spl_interval spl_cs_normal(double estimate, double variance, double n, double n_opt, double alpha);

// The mean of n increments of changing variance, such as an adaptive log's scores: `v` is the sum of their variances so
// far, `v_opt` the sum at which the sequence is tightest, fixed before the first look (Waudby-Smith et al. 2021, the
// Lyapunov form).
spl_interval spl_cs_martingale(double mean, double n, double v, double v_opt, double alpha);
double spl_cs_martingale_log_evidence(double mean, double n, double v, double v_opt, double alpha, double null);

// ln of the martingale of the same boundary against the value `null`: the always-valid p-value is min(1, exp(-its
// running maximum)).
double spl_cs_normal_log_evidence(double estimate, double variance, double n, double n_opt, double alpha, double null);

// The p-quantile, p in (0, 1), of any distribution, from count observations in ascending order: by ranks
// (spl_quantile_bound), so no outlier matters. It holds at every look and for all p at once. An end is infinite where
// there are too few observations; t_min is the number from which on it is to be short.
spl_interval spl_cs_quantile(const double *ascending, uint32_t count, double p, double t_min, double alpha);

// The mean of observations that lie in [0, 1], whatever their distribution and however they depend on the past, as long
// as each has that mean given it: hedged capital with plug-in bets (Waudby-Smith & Ramdas 2024, theorem 3, bets of
// section B.3). Candidate means on a grid; each observation costs O(grid).
typedef struct spl_cs_betting spl_cs_betting;
spl_cs_betting *spl_cs_betting_new(double alpha, uint32_t grid); // grid 1000 is usual; NULL: out of memory
void spl_cs_betting_free(spl_cs_betting *cs);                    // NULL is fine
bool spl_cs_betting_add(spl_cs_betting *cs, double x);           // false, and nothing changes, outside [0, 1]
spl_interval spl_cs_betting_interval(const spl_cs_betting *cs);  // of all so far, widened to the grid; NaN if none
                                                                 // is left: the mean is not one and the same
// The always-valid p-value of "the mean is m", m in [0, 1].
double spl_cs_betting_p(const spl_cs_betting *cs, double m);

#endif
