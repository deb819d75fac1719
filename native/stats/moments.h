// SPDX-License-Identifier: GPL-3.0-or-later
// Count, mean and squared deviations of a stream of numbers, one or two at a time, in one pass. Welford's update
// (1962) never subtracts large sums from each other; what each addition rounds away is carried along (Neumaier 1974).
#ifndef SAMPLIT_STATS_MOMENTS_H
#define SAMPLIT_STATS_MOMENTS_H

// A sum and what rounding took from it; the value is sum + rest. All zero at first.
typedef struct spl_sum {
    double sum, rest;
} spl_sum;

void spl_sum_add(spl_sum *sum, double x);
double spl_sum_value(const spl_sum *sum);

// All zero at first.
typedef struct spl_series {
    double count;
    spl_sum mean, squares; // squares: sum of squared deviations from the mean
} spl_series;

void spl_series_add(spl_series *series, double x);
void spl_series_merge(spl_series *into,
                      const spl_series *from);        // as if all of `from` had been added (Chan et al. 1979)
double spl_series_mean(const spl_series *series);     // NaN of nothing
double spl_series_variance(const spl_series *series); // over count - 1; NaN below two

// Pairs. All zero at first.
typedef struct spl_pairs {
    spl_series x, y;
    spl_sum products; // sum of products of the deviations from the means
} spl_pairs;

void spl_pairs_add(spl_pairs *pairs, double x, double y);
void spl_pairs_merge(spl_pairs *into, const spl_pairs *from);
double spl_pairs_covariance(const spl_pairs *pairs); // over count - 1; NaN below two

#endif
