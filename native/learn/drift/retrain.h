// SPDX-License-Identifier: GPL-3.0-or-later
// A new policy against the one it is to follow, on a log that neither need have made. Both are valued on the same
// exposures by SNIPS (Swaminathan & Joachims 2015): sum of w r over sum of w, with w = p(variant) / propensity. The
// variance of the difference is that of its influence (delta method), so what the two have in common cancels.
//
// The new policy stands for a way of learning: units are dealt into folds, one candidate is learned without each
// fold, and every exposure is judged by the candidate that has not seen its unit (cross-fitting). So the whole log
// judges and none of it flatters; what is written at last is learned from all of it.
#ifndef SAMPLIT_RETRAIN_H
#define SAMPLIT_RETRAIN_H

#include "bundle/bundle_file.h"
#include "learn/drift/drift_walk.h"
#include "stats/ope_cs.h"

#define SPL_RETRAIN_FOLDS_MAX 20

// Sums over exposures of z = (w new, w old, w new r, w old r), and of their products. Zeroed at first.
typedef struct spl_contest {
    double count, sum[4], product[4][4];
    double rewarded; // exposures with a reward other than 0 that either could have made
} spl_contest;

void spl_contest_add(spl_contest *contest, double weight_new, double weight_old, double reward);

// NaN where nothing can be told; the interval, of 95 %, also of a log with less than an interval needs
// (SPL_OPE_EFFECTIVE_MIN, SPL_OPE_REWARDED_MIN).
typedef struct spl_contest_result {
    double exposures, value_new, value_old;
    double gain, se, low, high;          // of value_new - value_old
    double effective_new, effective_old; // exposures of its own that each value is worth
} spl_contest_result;

spl_contest_result spl_contest_finish(const spl_contest *contest);

typedef struct spl_contest_log {
    spl_contest contest;
    spl_ope_cs sequence;         // of the gain, at every look
    bool unseen_new, unseen_old; // serves a variant that the log never shows: its value is not identified
    spl_walk_counts counts;
    uint64_t empty; // exposures that the new policy's encoder has no embedding for: all zeros
} spl_contest_log;

// Judges fold i of the units (i of `folds`) by candidates[i]; `experiment` is the old bundle's, found in the candidates
// by its key. `walk` says which part of the log, and by which outcome; `looks` what is known before the log for the
// interval at every look. Fails when the log cannot be read.
bool spl_contest_read(const char *path, const spl_bundle_file *old, uint32_t experiment,
                      const spl_bundle_file *candidates, uint32_t folds, const spl_walk *walk,
                      const spl_ope_cs_config *looks, spl_contest_log *out, spl_error *error);

#endif
