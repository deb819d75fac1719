// SPDX-License-Identifier: GPL-3.0-or-later
// A linear policy from a log: features or embedding of every exposure, a ridge regression per variant, and the tables
// of floats that a bundle serves.
//
// Propensities. The chance of a variant depends on the context, and the context is what the regression is over; so
// where the model fits, rows need no weights, and 1/propensity only adds variance: in closed loops it costs several per
// cent of the value. Weights are for logs whose chances followed something that the context does not hold; they are cut
// at SPL_LINEAR_WEIGHT_MAX, and the posterior counts rows as the equally weighted ones they are worth (Kish 1965).
// Decision 0141.
#ifndef SAMPLIT_LINEAR_LEARN_H
#define SAMPLIT_LINEAR_LEARN_H

#include "data/schema_spec.h"
#include "learn/bandit/bandit_online.h"
#include "learn/bandit/linear_rows.h"

#define SPL_LINEAR_WEIGHT_MAX 20.0

typedef struct spl_linear_config {
    spl_bandit_config policy;      // of spl_bandit_preset_log; parameter 0 = by the log; lambda is not read
    bool choose_space;             // features or embedding, whichever makes the rewards more likely
    bool weights;                  // rows count by 1 / propensity
    const spl_schema_spec *schema; // NULL = fit one
    const spl_encoder *encoders;   // [encoder_count] over that schema; none = a layer of random units
    uint32_t encoder_count;
    uint64_t seed; // of the random units
} spl_linear_config;

typedef struct spl_linear_arm {
    uint64_t rows;
    double effective, mean; // rows of equal weight that they are worth; mean reward, weighted
    double share;           // mean probability, before the floor, over the rows that the errors were taken over
    double *theta;          // [d] in double, the constant last
} spl_linear_arm;

typedef struct spl_linear_learned {
    const spl_schema_spec *schema; // the one given, or `fitted`
    spl_schema_spec *fitted;       // owned
    const spl_encoder *encoders;   // as given, or `layer`; what the bundle holds
    uint32_t encoder_count;
    spl_encoder layer;
    void *layer_memory;
    uint32_t k, d;        // variants; entries of z = (x, 1)
    spl_linear linear;    // views into the arrays below
    float *weight;        // (d - 1, k)
    float *bias, *factor; // [k]; (k * d, d) or NULL
    spl_linear_arm arms[SPL_VARIANTS_MAX];
    double prior, noise, lambda;         // mean reward; standard deviation of what is not explained; chosen precision
    double evidence[2];                  // log evidence by spl_space; NaN where it was not tried
    double score_error, deviation_error; // greatest differences that single precision makes over the rows
} spl_linear_learned;

// Rows still open are left out. Fails when no exposure has a context, no attribute varies, the space is wider than the
// rule allows, or a reward is beyond 1e100. O(rows * entries^2 + variants * d^3).
bool spl_linear_learn(const spl_linear_rows *rows, uint32_t k, const spl_linear_config *config,
                      spl_linear_learned **out, spl_error *error);
void spl_linear_learned_free(spl_linear_learned *learned);

#endif
