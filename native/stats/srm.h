// SPDX-License-Identifier: GPL-3.0-or-later
// Sample ratio mismatch: whether variants were served as often as they should have been. If not, something lost
// visitors on the way and no comparison of the variants can be trusted.
#ifndef SAMPLIT_SRM_H
#define SAMPLIT_SRM_H

#include <stdbool.h>
#include <stdint.h>

// Shown red below, yellow up to the next; nothing is shown while no share is off by more than the last.
#define SPL_SRM_RED 0.001
#define SPL_SRM_YELLOW 0.01
#define SPL_SRM_QUIET 0.001

typedef enum spl_srm_light { SPL_SRM_GREEN_LIGHT, SPL_SRM_YELLOW_LIGHT, SPL_SRM_RED_LIGHT } spl_srm_light;

typedef struct spl_srm {
    double chi2, freedom, p; // Pearson's test of all counts, valid at one look
    double deviation;        // the largest of |count / total - share|
    double least_expected;   // the smallest expected count; below 5 the test is only rough
} spl_srm;

// `shares` are positive and sum to 1; a variant of share 0 that was served makes p 0. NaN without any count or with one
// variant.
spl_srm spl_srm_of(const double *counts, const double *shares, uint32_t variant_count);
spl_srm_light spl_srm_light_of(double p, double deviation);
const char *spl_srm_light_name(spl_srm_light light); // "green", "yellow", "red". Static storage.

// The sequential test of Lindon & Malek (2022): the Bayes factor of "any shares", a Dirichlet centred at the expected
// ones, against exactly those. It may be looked at after every visitor: under the expected shares it ever exceeds
// 1 / alpha with a probability of at most alpha. The result is its logarithm; the always-valid p-value is
// min(1, exp(-running maximum)). `concentration` (> 0) is the weight of the prior in visitors; larger finds
// smaller mismatches later.
double spl_srm_log_evidence(const double *counts, const double *shares, uint32_t variant_count, double concentration);

// The always-valid p-value that these counts alone give; of all looks the smallest holds. The mean of the Bayes factors
// for concentrations 100, 1,000, 10,000 and 100,000, which is one too: large mismatches are found among a hundred
// visitors, small ones among a million.
double spl_srm_sequential_p(const double *counts, const double *shares, uint32_t variant_count);

// The same question where the propensities changed from visitor to visitor, as a bandit's do. Each exposure bets
// against its own logged probabilities: the wealth is multiplied by 1 + lambda (1[v served] - p_v), of mean 1 if v was
// served with p_v, whatever came before. One bet per variant, direction and size; their average is a
// nonnegative martingale (Ville 1939; Shafer 2021, "Testing by betting"), so the p-value holds at every look.
typedef struct spl_srm_bets spl_srm_bets;
spl_srm_bets *spl_srm_bets_new(uint32_t variant_count); // NULL: out of memory
void spl_srm_bets_free(spl_srm_bets *bets);             // NULL is fine

// False, and nothing changes, if `variant` is out of range or p[variant] is not in (0, 1].
bool spl_srm_bets_add(spl_srm_bets *bets, const double *p, uint32_t variant);
double spl_srm_bets_p(const spl_srm_bets *bets);            // always-valid
double spl_srm_bets_log_evidence(const spl_srm_bets *bets); // as of now
// Served minus expected of one variant, as a share of all exposures.
double spl_srm_bets_deviation(const spl_srm_bets *bets, uint32_t variant);

#endif
