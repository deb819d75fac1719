// SPDX-License-Identifier: MIT
// A policy that scores every variant by a linear model of the visitor's features or embedding, and a rule that
// turns scores into probabilities. Each rule answers with the probabilities it draws from.
#ifndef SAMPLIT_LINEAR_H
#define SAMPLIT_LINEAR_H

#include <stddef.h>
#include <stdint.h>

#include "samplit/encoder.h"

// Values are append-only: they stand in bundles.
typedef enum spl_rule {
    SPL_RULE_TABLE = 0,          // no scores: a row of probabilities per tree node
    SPL_RULE_INVERSE_GAP = 1,    // p(a) = 1 / (k + gamma * (best - s(a))), the best takes the rest
                                 // (Abe & Long 1999; SquareCB, Foster & Rakhlin 2020)
    SPL_RULE_SOFTMAX = 2,        // p(a) ~ exp(s(a) / temperature)
    SPL_RULE_EPSILON_GREEDY = 3, // epsilon / k each, the best takes the rest
    SPL_RULE_LINUCB = 4,         // the greatest s(a) + deviation(a) (Li et al. 2010); alpha lies in the factors
    SPL_RULE_LINTS = 5,          // P(a draws the greatest of Normal(s(a), deviation(a)^2)) (Agrawal & Goyal 2013)
} spl_rule;

#define SPL_LINEAR_FACTOR_MAX 512 // width of the input of linucb and lints

// Views into a checked bundle, k variants, d = width of the space. Scores are predicted rewards.
// The deviation of variant a is |z T_a| with z = (x_0, …, x_{d-1}, 1): T_a T_a^T is the inverse of its design matrix,
// times the square of the rule's width. z T_a is a dense layer without ReLU, run by the encoder's kernels: row i of T_a
// is what x_i adds to each of d + 1 sums, and the last row is the bias. The norm is that of an embedding.
typedef struct spl_linear {
    uint32_t rule;       // spl_rule, not TABLE
    uint32_t space;      // spl_space
    double parameter;    // gamma > 0, temperature > 0, epsilon in [0, 1]; not read for linucb and lints
    spl_layer score;     // (d, k)
    const float *factor; // (k * (d + 1), d + 1): T_a one below the other, finite; linucb and lints only
} spl_linear;

// Floats of scratch that spl_linear_probabilities needs.
size_t spl_linear_scratch(const spl_linear *linear);

// Sets p[k] to what the rule says, before any floor: each in [0, 1], sum 1 within 1e-9. Equal best scores: the
// lowest index is the best. A score or a deviation that is not finite counts as 0. For lints the probabilities come
// from a fixed quadrature; linear.c states its error. `x` is the vector of the policy's space.
void spl_linear_probabilities(const spl_linear *linear, spl_kernel kernel, const float *x, float *scratch, double *p);

// p[v] = floor + (1 - k * floor) * p[v]: no live variant is served with less than the floor, at most 1 / k.
void spl_mix_floor(double floor, double *p, uint32_t variant_count);

#endif
