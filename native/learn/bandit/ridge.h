// SPDX-License-Identifier: GPL-3.0-or-later
// Ridge regression per variant ("disjoint", Li et al. 2010): the reward of variant a is prior + theta_a * z + noise,
// z = (x, 1), theta_a ~ Normal(0, noise^2 / lambda) in every entry. What a log says is a Gram matrix per variant,
// so a pass over it needs no rows in memory, and parts of a log can be added up.
//
// The constant is an entry like the others, so a variant seldom seen stays near `prior`, which is the mean reward
// of all variants: they share what is common to them, and differ by what was seen.
#ifndef SAMPLIT_RIDGE_H
#define SAMPLIT_RIDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "learn/bandit/ridge_sparse.h"

// Sums over the weighted rows of one variant; d = entries of z.
typedef struct spl_gram {
    uint32_t d;
    double *zz;             // (d, d), lower triangle: sum w z z^T
    double *zy;             // [d]: sum w z (y - prior)
    double yy;              // sum w (y - prior)^2
    double weight, weight2; // sums of w and of w^2
    uint64_t count;
} spl_gram;

bool spl_gram_init(spl_gram *gram, uint32_t d); // false when out of memory
void spl_gram_free(spl_gram *gram);             // a zeroed one is fine

// One row: x[d - 1] and its reward less the prior. The second form has gathered the entries already. O(entries^2).
void spl_gram_add(spl_gram *gram, const float *x, double y, double weight);
void spl_gram_add_sparse(spl_gram *gram, const spl_sparse *z, double y, double weight);

// Moves the prior: as if every row had been added with y - shift.
void spl_gram_shift(spl_gram *gram, double shift);

// Multiplies all weights, so that their sum is the number of equally weighted rows they are worth (Kish 1965).
void spl_gram_normalise(spl_gram *gram);

// theta[d] and factor (d, d), lower: factor^T factor = (lambda I + zz)^-1. `factor` is what the deviation of
// a bundle's policy is made of. False when the matrix is not positive definite (rewards or inputs beyond 1e100).
bool spl_ridge_solve(const spl_gram *gram, double lambda, double *theta, double *factor);

typedef struct spl_ridge_evidence {
    double lambda; // of the greatest marginal likelihood on the grid
    double noise2; // its variance of the noise
    double log_evidence;
} spl_ridge_evidence;

// How likely the rewards of all variants are under lambda, the noise's variance being its own maximum, but not below
// `least`. `scratch` has d * (d + 1) entries. False when not finite.
bool spl_ridge_weigh(const spl_gram *grams, uint32_t k, double lambda, double least, double *scratch,
                     spl_ridge_evidence *out);

// Empirical Bayes: lambda for all variants together is the one of 10^-2, 10^-1.5, …, 10^4 under which the rewards
// are most likely, the noise's variance being its own maximum for each (MacKay 1992). False when out of memory
// or not finite. Without a row: lambda 1, noise 0.
bool spl_ridge_choose(const spl_gram *grams, uint32_t k, spl_ridge_evidence *out);

#endif
