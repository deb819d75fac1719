// SPDX-License-Identifier: GPL-3.0-or-later
// Off-policy value, or gain of one policy over another, at every look: with probability 1 - alpha the truth lies in the
// intervals of all looks together, however often one peeks and whenever one stops or deploys.
//
// An exposure is worth x = b + w (r - b) to the policy, with w its weight (stats/ope.h) and b the mean reward of the
// exposures before; x has the policy's value as its expectation whatever came before. For the gain over another policy
// it is (w - w_other) (r - b). For every candidate value a gambler bets on such differences from it; by the inequality
// of Fan, Grama & Liu (2015) the capital is at least exp(lambda s - (-ln(1 - lambda) - lambda) v), with s the sum of
// the differences and v that of the squares of w (r - b), both in units of the largest loss there can be. So four sums
// per side stand for all candidates, and stakes lambda are mixed by a gamma distribution (Howard et al. 2021), which
// gives the bound in closed form: no grid, O(1) memory, one pass. Bets on off-policy values are of Karampatziakis,
// Mineiro & Ramdas, "Off-policy confidence sequences" (ICML 2021), where b is a second bet, on w having mean 1; the
// bound by squares around what was known before is that of Waudby-Smith, Wu, Ramdas, Karampatziakis & Mineiro,
// "Anytime-valid off-policy inference for contextual bandits" (2022).
#ifndef SAMPLIT_OPE_CS_H
#define SAMPLIT_OPE_CS_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/boundary.h"
#include "stats/interval.h"

// Before that many exposures nothing is bet: they tell how large weights are.
#define SPL_OPE_CS_FIRST 100

typedef struct spl_ope_cs_config {
    double alpha;     // in (0, 1), of both ends together
    bool gain;        // over another policy, else a value
    double heaviest;  // no weight is above it; 0 = not known: then none may be above twice the heaviest before it
    double low, high; // all rewards lie in between
} spl_ope_cs_config;

spl_ope_cs_config spl_ope_cs_default(void); // alpha 0.05, a value, weights not known, rewards from 0 to 1

// Why there is no interval.
typedef enum spl_ope_cs_state {
    SPL_OPE_CS_OK,
    SPL_OPE_CS_EARLY,  // fewer than SPL_OPE_CS_FIRST exposures, or not one more
    SPL_OPE_CS_WEIGHT, // a weight was heavier than could be foreseen
    SPL_OPE_CS_REWARD, // a reward was out of range
} spl_ope_cs_state;
const char *spl_ope_cs_reason(spl_ope_cs_state state); // a phrase; "" when it is fine. Static storage.

// One end of the interval.
typedef struct spl_ope_cs_side {
    double scale;            // the largest loss there can be
    double count, sum, time; // of 1, of x, and of (w (r - b))^2, each in units of the scale of its row
    spl_mixture mixture;     // chosen after the first exposures
} spl_ope_cs_side;

typedef struct spl_ope_cs {
    spl_ope_cs_config config;
    spl_ope_cs_state state;
    uint64_t exposures;
    double heaviest, squares; // weights so far; sum of squares of their differences
    double rewards;           // sum, in units of the range
    bool differs;             // some exposure told the policies apart
    double worth;             // sum of x, over all exposures
    spl_ope_cs_side below, above;
} spl_ope_cs;

spl_ope_cs spl_ope_cs_start(const spl_ope_cs_config *config);

// One exposure, in the order of time. `other` is the weight of the policy it is held against; ignored for a value.
void spl_ope_cs_add(spl_ope_cs *cs, double weight, double other, double reward);

// NaN unless the state is OK. Policies that no exposure told apart have a gain of 0.
spl_interval spl_ope_cs_interval(const spl_ope_cs *cs);
double spl_ope_cs_estimate(const spl_ope_cs *cs); // the mean of x; NaN without exposures
spl_ope_cs_state spl_ope_cs_state_of(const spl_ope_cs *cs);

#endif
