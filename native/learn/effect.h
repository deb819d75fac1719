// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a segment is worth a node of its own: do the variants' effects in it differ from those in
// the rest of its parent?
#ifndef SAMPLIT_EFFECT_H
#define SAMPLIT_EFFECT_H

#include <stdbool.h>
#include <stdint.h>

#include "learn/state.h"

// p-value of Wald's test that the effects are equal, in (0, 1]; NaN if fewer than two variants were seen at
// least twice on both sides, nothing varies, or rewards are too large for sums of
// squares. `parent` includes `child`.
double spl_effect_p(const spl_moments *child, const spl_moments *parent, uint32_t variant_count, bool binary);

// Holm's step-down procedure (1979) at family-wise level alpha: going through n p-values from the smallest (i = 0)
// up, each is rejected while it is at most this threshold; the first that is not ends it.
double spl_effect_holm(double alpha, uint32_t n, uint32_t i);

// The variants of one side of a comparison: the variance of one reward there, and how many samples that is worth.
typedef struct spl_side {
    double variance, worth;
} spl_side;

spl_side spl_effect_side(const spl_sample *side, uint32_t variant_count, bool binary);
// Variance of a cell's mean, that of its rewards pooled with its side's.
double spl_effect_variance(const spl_sample *cell, spl_side side);

#endif
