// SPDX-License-Identifier: MIT
// Experiments whose truth is known, for asking how often a method errs. Each call is one experiment, given by the
// number of its run: the tests make some hundred of them, bench_statistics thousands.
#ifndef SAMPLIT_TRIALS_H
#define SAMPLIT_TRIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/cusum.h"

// Two variants served half and half, or by an eager bandit; of those served the second, the share `leak` is lost before
// it is logged. Looked at after every 100 logged, at level alpha.
typedef struct trial_ratio {
    bool chi_square;     // at the end only, fixed shares only
    uint64_t bets;       // logged when the bets first gave an alarm; 0 = never
    uint64_t sequential; // the same of Lindon & Malek's test, fixed shares only
} trial_ratio;

trial_ratio trial_of_ratio(uint64_t run, uint64_t visitors, bool bandit, double leak, double alpha);

// Thompson sampling on three variants, renewed every 100 visitors, floor 0.02. How many of the 95 % intervals hold the
// truth, of the three means and of the two differences from the control.
#define TRIAL_ARMS 3
typedef enum trial_method { TRIAL_NAIVE, TRIAL_IPW, TRIAL_WEIGHTED, TRIAL_METHODS } trial_method;
typedef struct trial_bandit {
    uint32_t means_held[TRIAL_METHODS], means_told[TRIAL_METHODS]; // told: of those with 10 rewards
    uint32_t gaps_held[TRIAL_METHODS], gaps_told[TRIAL_METHODS];
    double width[TRIAL_METHODS]; // of the intervals of means, summed
} trial_bandit;

trial_bandit trial_of_bandit(uint64_t run, uint32_t visitors, const double rates[TRIAL_ARMS]);

// 200 segments, each with as many visitors in two equal variants as a plan for it asks (5 % against 6 %, power 90 %,
// Benjamini-Hochberg at 5 %). In 20 of them there is something to be found, in half of those downwards: the second
// variant has 1 point more or less than the first; or the whole segment than the others.
#define TRIAL_SEGMENTS 200
#define TRIAL_PLANTED 20
typedef struct trial_segments {
    double per_segment;         // visitors
    uint32_t found, false_ones; // claimed, p corrected by Benjamini-Hochberg below 5 %
    uint32_t holm_found, holm_false;
    uint32_t unlike, unlike_false;  // outliers beyond SPL_OUTLIERS_Z
    uint32_t shrunk_held, raw_held; // 95 % intervals of all segments that hold the truth
    double raw_top, shrunk_top;     // by how much the highest estimate of all exceeds its truth
} trial_segments;

trial_segments trial_of_variants_in_segments(uint64_t run);
trial_segments trial_of_segments_against_the_rest(uint64_t run);

// A series of stretches of 200 visitors that convert at 10 %, from `at` on more often by `shift` standard deviations of
// a stretch: watched by spl_cusum_changes, which knows neither level.
typedef struct trial_change {
    uint32_t alarm, from; // of the first change told; 0 = none
} trial_change;

trial_change trial_of_change(uint64_t run, const spl_cusum *cusum, uint32_t count, uint32_t at, double shift);

// A log of a policy that prefers the wrong variants in four kinds of visitors, and the value of one that prefers the
// right ones: which of the intervals of stats/ope.h hold it (IPS, SNIPS, DR, switch-DR), whether that for every look
// (stats/ope_cs.h) held it at all looks.
typedef struct trial_policy {
    bool held[4], gain_held[4];
    bool always_held;
} trial_policy;

trial_policy trial_of_policy(uint64_t run, uint32_t visitors);

#endif
