// SPDX-License-Identifier: GPL-3.0-or-later
// What was observed of one variant in one segment: weighed moments of its rewards.
#ifndef SAMPLIT_MOMENTS_H
#define SAMPLIT_MOMENTS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct spl_moments {
    double count, sum;      // of rewards, as they came
    double weight, weight2; // sums of the weights and of their squares
    double mean, squares;   // weighted mean; weighted sum of squared deviations from it
} spl_moments;

// How likely an exposure's variant was, and who said so.
typedef struct spl_chance {
    double propensity;
    uint64_t policy; // hash of the bundle's id; 0 = not known
} spl_chance;

#define SPL_CHANCE_EQUAL ((spl_chance){1, 0}) // where all variants always had the same

// The equally weighted samples that moments are worth: count = weight^2 / weight2 (Kish 1965), which is the number of
// rewards if all weights were equal, and less the more they differ.
typedef struct spl_sample {
    double count, sum;    // sum = count * mean
    double mean, squares; // squares: sum of squared deviations from the mean
} spl_sample;

spl_sample spl_moments_sample(const spl_moments *moments);
void spl_moments_merge(spl_moments *into, const spl_moments *from);

// The weight of an exposure: 1 / propensity, with a ceiling.
double spl_chance_weight(spl_chance chance);
// Whether one policy had different propensities.
bool spl_chance_disagree(spl_chance a, spl_chance b);

// The exposures of a variant while they are gathered. All zero at first.
typedef struct spl_cell {
    spl_moments weighted;
    double mean, squares; // without weights
    spl_chance last;
} spl_cell;

void spl_cell_add(spl_cell *cell, double reward, spl_chance chance);
void spl_cell_merge(spl_cell *into, const spl_cell *from);

// What a cell says of its segment. `mixed`: one policy had several propensities for a variant there.
spl_moments spl_cell_moments(const spl_cell *cell, bool mixed);

#endif
