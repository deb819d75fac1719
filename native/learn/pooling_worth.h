// SPDX-License-Identifier: GPL-3.0-or-later
// What serving each variant with the probability that it is best would have been worth in a segment, every exposure
// being served without having been learned from.
#ifndef SAMPLIT_POOLING_WORTH_H
#define SAMPLIT_POOLING_WORTH_H

#include "learn/pooling_start.h"
#include "stats/best.h"

// One kind of exposure of one variant: a low or a high reward. Rewards count from the segment's mean, so that a
// probability that everything gets adds nothing.
typedef struct spl_left_out {
    double worth;    // reward that its exposures add if the variant is always served
    double variance; // of that
    double p;        // with which the variant is served where one of them is left out
} spl_left_out;

// priors[k], samples[k], out[2 k]: worth is sum of worth * p. `visits` are those of the segment.
void spl_pooling_left_out(spl_best *best, spl_family family, const spl_pooling_prior *priors, const spl_sample *samples,
                          uint32_t k, double visits, spl_left_out *out);

#endif
