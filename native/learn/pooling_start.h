// SPDX-License-Identifier: GPL-3.0-or-later
// What a variant in a segment starts from, given how strongly effects are taken to be alike, and how strongly they are.
#ifndef SAMPLIT_POOLING_START_H
#define SAMPLIT_POOLING_START_H

#include <stdint.h>

#include "learn/moments.h"
#include "stats/posterior.h"

// One cell of a level: what was observed, and what is expected of it.
typedef struct spl_pooling_cell {
    double count, sum;     // of rewards
    double mean, variance; // expected mean, variance of one reward (Normal only)
    double slack;          // 1 / samples that the expectation itself rests on; 0 = it is exact
    uint32_t centre;       // index of what its siblings have in common
} spl_pooling_cell;

// What the cells of one variant in the children of one parent have in common.
typedef struct spl_pooling_centre {
    double mean, slack; // what the parent started from before its own exposures, and 1 / samples behind that
    double expected;    // the parent's posterior mean, which the cells' means were moved from
    double spread;      // sum of the children's squared shares of the visits
    double weight, sum, expect, info; // set by spl_pooling_begin and _add
} spl_pooling_centre;

// Where a cell starts. For a rate, Beta(strength mean, strength (1 - mean)).
typedef struct spl_pooling_prior {
    double mean, variance, strength;
} spl_pooling_prior;

// Children are tallied at a kappa: begin, then add each cell once.
void spl_pooling_begin(spl_family family, spl_pooling_centre *centre, double kappa);
void spl_pooling_add(spl_family family, spl_pooling_centre *centre, const spl_pooling_cell *cell, double kappa);

// From what is known without the cell's own rewards. `centre` holds the tally at kappa, the cell included.
spl_pooling_prior spl_pooling_start(spl_family family, const spl_pooling_centre *centre, const spl_pooling_cell *cell,
                                    double kappa);

// *variance, of one reward, is set for a Normal only.
spl_posterior spl_pooling_update(spl_family family, spl_pooling_prior prior, spl_sample sample, double *variance);

// `mean` moved as far as `seen` stands apart from `expected`: on the odds, which for rare conversions is in proportion
// and never leaves (0, 1); for other rewards by the difference.
double spl_pooling_move(spl_family family, double mean, double seen, double expected);

// The strength that the cells call for, in [1, 1e7], in samples. Without cells that can tell: 1e7 (one pool). With
// `centres` each cell is judged by what its siblings say, without itself; NULL: by its own mean.
double spl_pooling_kappa(spl_family family, const spl_pooling_cell *cells, uint32_t n, spl_pooling_centre *centres);

#endif
