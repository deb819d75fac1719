// SPDX-License-Identifier: GPL-3.0-or-later
// Means of variants from a log whose probabilities changed while it was made. The naive mean of what a bandit served is
// biased, and its interval too short; weighing by the logged probabilities mends both.
//
// Each exposure gives every variant v a score whose expectation, given all before it, is v's mean reward, whatever was
// served (augmented inverse propensity weighting): score_v = m_v + 1[served v] (reward - m_v) / p_v with m_v the mean
// of v's rewards before it. Scores are weighed by h = 1 / sqrt(typical 1 / p_v), so that those of times in which v was
// hardly served do not drown the rest; the weighed mean is then asymptotically normal even where p_v goes to its floor
// (Hadad, Hirshberg, Zhan, Wager & Athey, "Confidence intervals for policy evaluation in adaptive experiments", PNAS
// 2021). Where p_v depends on who the visitor is, a weight must not, or the mean is that of the visitors who are served
// v (Zhan, Hadad, Hirshberg & Athey, "Off-policy evaluation via adaptive weighting with data from contextual bandits",
// KDD 2021): `typical` is an average over the exposures before.
#ifndef SAMPLIT_ADAPTIVE_H
#define SAMPLIT_ADAPTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/means.h"

typedef struct spl_adaptive spl_adaptive;

spl_adaptive *spl_adaptive_new(uint32_t variant_count); // NULL: out of memory
void spl_adaptive_free(spl_adaptive *adaptive);         // NULL is fine

// One exposure, in the order of time. False, and nothing changes, if `variant` is out of range, some p[v] is not in [0,
// 1], p[variant] is 0 or the reward is not finite. A variant with p[v] = 0 cannot be served here and gets no score.
bool spl_adaptive_add(spl_adaptive *adaptive, const double *p, uint32_t variant, double reward);

uint64_t spl_adaptive_count(const spl_adaptive *adaptive);
uint64_t spl_adaptive_served(const spl_adaptive *adaptive, uint32_t variant);
uint64_t spl_adaptive_rewarded(const spl_adaptive *adaptive, uint32_t variant); // served with a reward other than 0

// Weighed AIPW estimate of the variant's mean, with its variance; NaN before its first reward.
spl_mean spl_adaptive_mean(const spl_adaptive *adaptive, uint32_t variant);

// Plain (Horvitz-Thompson) IPW estimate of the same: unbiased too, of larger variance.
spl_mean spl_adaptive_ipw(const spl_adaptive *adaptive, uint32_t variant);

// What the naive analysis says: mean and variance of the mean of the rewards as they came.
spl_mean spl_adaptive_naive(const spl_adaptive *adaptive, uint32_t variant);

// score_v - score_0 over the exposures in which both could be served: a weighed mean of martingale differences, for
// sequences that hold at every look (spl_cs_martingale with n = weight and v = variance * weight^2).
typedef struct spl_adaptive_gap {
    double value, variance; // NaN below two exposures
    double weight;          // sum of the weights
    uint64_t exposures;
} spl_adaptive_gap;

spl_adaptive_gap spl_adaptive_over_control(const spl_adaptive *adaptive, uint32_t variant);

// The same of the variant's own score: spl_adaptive_mean with its weight.
spl_adaptive_gap spl_adaptive_own(const spl_adaptive *adaptive, uint32_t variant);

#endif
