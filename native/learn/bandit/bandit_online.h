// SPDX-License-Identifier: GPL-3.0-or-later
// A contextual bandit that learns from every reward before the next decision: a ridge regression per variant
// (learn/bandit/online_ridge.h) and one of the core's rules (samplit/linear.h), which turns scores into probabilities
// here exactly as it does in a bundle. `samplit bench bandit` runs it over labelled data; a log that is learned at once
// takes learn/bandit/ridge.h, and gives the same posterior.
//
// What is recommended when nobody chooses (`auto`): the piecewise features of learn/bandit/linear_schema.h, a layer of
// random ReLU units on top (learn/bandit/linear_layer.h), and LinUCB with a narrow band in units of the noise
// found. Why, and what else was tried with which figures: docs/bandits.md and decisions 0140 and 0208.
#ifndef SAMPLIT_BANDIT_ONLINE_H
#define SAMPLIT_BANDIT_ONLINE_H

#include "learn/bandit/online_ridge.h"
#include "samplit/cluster.h"
#include "samplit/linear.h"
#include "samplit/policy.h"

// How a linear policy is learned and served, whether online or from a log.
typedef struct spl_bandit_config {
    spl_rule rule;
    spl_space space;  // EMBEDDING: of the random layer, or of a model's own encoder
    double parameter; // gamma, temperature or epsilon, as in spl_linear
    double alpha;     // linucb and lints: width in standard deviations of a reward
    double lambda;    // precision of the prior, online; a log chooses its own
    bool adapts;      // online too, lambda and the noise are those that make the rewards seen so far most likely
} spl_bandit_config;

// "auto", "linucb", "lints", "inverse-gap", "softmax" or "epsilon-greedy" with its usual numbers. False for
// another word.
bool spl_bandit_preset(const char *word, spl_bandit_config *out);

// The same for a policy that is learned from a log and then serves for a while without learning: there `auto` is LinTS,
// which spreads by itself what a band would give to one variant until the next learning (decision 0143).
bool spl_bandit_preset_log(const char *word, spl_bandit_config *out);

// The words, in the order above; NULL after the last.
extern const char *const spl_bandit_words[];

typedef struct spl_bandit {
    spl_bandit_config config;
    uint32_t k, width; // variants; entries of x
    double noise;      // standard deviation that a reward is taken to have: at first half the range of rewards
    double least;      // what it is never taken to be below
    double lambda;     // at first that of the config
    spl_online_ridge ridges[SPL_VARIANTS_MAX];
    spl_gram grams[SPL_VARIANTS_MAX]; // where it adapts: the same rows, to weigh lambdas by
    uint64_t rows;
    double *scratch;
    spl_sparse z;
} spl_bandit;

// k variants, each 1 to SPL_VARIANTS_MAX; rewards lie in [low, high]. Every variant is expected to be worth `high`
// until it is seen not to be: what has not been tried looks good, which is all the exploration that a stream of
// varied contexts needs. False when out of memory.
bool spl_bandit_init(spl_bandit *bandit, const spl_bandit_config *config, uint32_t k, uint32_t width, double low,
                     double high);
void spl_bandit_free(spl_bandit *bandit); // a zeroed one is fine

// p[k]: the chance of each variant at x[width], without a floor.
void spl_bandit_probabilities(spl_bandit *bandit, const float *x, double *p);

// What came of serving `variant` at the x last asked about.
void spl_bandit_learn(spl_bandit *bandit, uint32_t variant, double reward);

#endif
