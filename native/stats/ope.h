// SPDX-License-Identifier: GPL-3.0-or-later
// Off-policy evaluation: what a policy would have earned, from the log of another one whose
// propensities are known. Four estimators, each with a 95 % interval:
//
//   IPS        mean of w r                           unbiased; Horvitz & Thompson 1952
//   SNIPS      sum of w r / sum of w                 steadier; Swaminathan & Joachims 2015
//   DR         mean of  m(x, pi) + w (r - m(x, a))   unbiased even with a wrong model m;
//                                                    Dudik, Langford & Li 2011
//   switch-DR  DR with w = 0 above a threshold       what weighs too much is left to the model;
//                                                    Wang, Agarwal & Dudik 2017
//
// with the weight w = pi(a | x) / propensity. The policy's probabilities depend on x only through
// its cell (a row of its table), so sums per (cell, variant, half) are all that is kept: memory does
// not grow with the log, and the result equals the row-by-row computation.
#ifndef SAMPLIT_OPE_H
#define SAMPLIT_OPE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum spl_ope_estimator { SPL_OPE_IPS, SPL_OPE_SNIPS, SPL_OPE_DR, SPL_OPE_SWITCH } spl_ope_estimator;
#define SPL_OPE_ESTIMATORS 4

// The policies that one pass over the log values: the one that made the log (its plain mean), the
// target, the uniform one, and `always variant a` as SPL_OPE_ALWAYS + a.
typedef enum spl_ope_policy { SPL_OPE_LOGGING, SPL_OPE_TARGET, SPL_OPE_UNIFORM, SPL_OPE_ALWAYS } spl_ope_policy;

// An interval needs an effective sample of so many exposures and, among those that the policy could have made, so many
// with and without a reward (without: unless rewards are amounts of which none is 0). The normal approximation fails
// below that, and a sample without a reward would seem to know that there are none.
#define SPL_OPE_EFFECTIVE_MIN 30.0
#define SPL_OPE_REWARDED_MIN 10.0

// Values are NaN where the log says nothing (no exposure; for a policy: none that it could have made). Errors
// are NaN where they cannot be told: of one exposure, or of rewards whose squares leave the range of a double. Ends are
// NaN where there is no error, or the log has less than an interval needs; but policies that serve alike everywhere in
// the log (spl_ope_agree) have a gain of 0 for sure.
typedef struct spl_ope_estimate {
    double value, se; // se: standard error
    double low, high; // value -/+ (1.96 se + bias)
    double bias;      // switch-DR: by how much at most what is left to the model can be wrong; else 0
    double threshold; // switch-DR: weights above it are left to the model, infinite if none is; else infinite
} spl_ope_estimate;

typedef struct spl_ope_config {
    uint32_t cell_count, variant_count;
    const double *target; // (cell_count, variant_count) probabilities; kept by the caller
    double clip;          // no weight counts above it: less variance, some bias; 0 = none
    double heavy;         // weights (before the clip) above it are counted
    double threshold;     // of switch-DR; 0 = none, or 1, 2, 4 ... 128, by the least of se^2 + bias^2
} spl_ope_config;

typedef struct spl_ope_counts {
    uint64_t exposures;      // used
    uint64_t rewarded;       // of them with a reward other than 0
    uint64_t unusable;       // left out: propensity outside (0, 1] or a reward that is not finite
    uint64_t heavy, clipped; // exposures whose weight under the target is so
    double max_weight;       // under the target, before the clip
} spl_ope_counts;

typedef struct spl_ope spl_ope;

spl_ope *spl_ope_new(const spl_ope_config *config); // NULL: out of memory
void spl_ope_free(spl_ope *ope);

// One closed exposure. `variant` may be variant_count: one that the target does not know and so would
// never serve; it counts with weight 0 for all but the logging policy. `half` is 0 or 1, the same for all exposures of
// a unit: DR's model of one half is learned on the other (cross-fitting, Chernozhukov et al. 2018). False if the
// exposure is unusable.
bool spl_ope_add(spl_ope *ope, uint32_t cell, uint32_t variant, uint32_t half, double propensity, double reward);

// The same for a target whose probabilities differ within a cell: `chance` is what it gives this variant in this row,
// and the cell's row of the table is their mean, set before the first question. IPS and SNIPS are those of the rows; DR
// takes its model's part from the means.
bool spl_ope_add_row(spl_ope *ope, uint32_t cell, uint32_t variant, uint32_t half, double chance, double propensity,
                     double reward);

// The value per exposure of a policy; and how much more one earns than another, where the
// interval is that of the difference (both are estimated on the same exposures). O(cells).
spl_ope_estimate spl_ope_value(const spl_ope *ope, uint32_t policy, spl_ope_estimator estimator);
spl_ope_estimate spl_ope_gain(const spl_ope *ope, uint32_t policy, uint32_t over, spl_ope_estimator estimator);

// Whether the log shows every variant that the policy serves somewhere in it. Without that what it earns is not
// identified: IPS and SNIPS count such a variant as if it earned nothing, or the mean of the others, and DR has nothing
// but its model to say what it would earn.
bool spl_ope_supported(const spl_ope *ope, uint32_t policy);

// Whether both policies give every variant the same probability wherever the log has an exposure. Neither may be
// SPL_OPE_LOGGING, whose probabilities are not kept. O(cells).
bool spl_ope_agree(const spl_ope *ope, uint32_t policy, uint32_t other);

// (sum of w)^2 / sum of w^2: how many exposures of its own the policy's estimate is worth.
double spl_ope_effective_sample(const spl_ope *ope, uint32_t policy);

// The mean weight, 1 in expectation if the propensities are true and every variant that the policy
// would serve could have been served; *se (may be NULL) is its standard error.
double spl_ope_mean_weight(const spl_ope *ope, uint32_t policy, double *se);

// The variant whose `always` policy has the highest SNIPS value; variant_count if none was seen.
uint32_t spl_ope_best_variant(const spl_ope *ope);

spl_ope_counts spl_ope_counted(const spl_ope *ope);

#endif
