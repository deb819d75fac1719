// SPDX-License-Identifier: GPL-3.0-or-later
// Means compared: revenue, time on page, clicks per visit. Side 1 is the variant, side 2 what it is held against.
#ifndef SAMPLIT_MEANS_H
#define SAMPLIT_MEANS_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/interval.h"
#include "stats/moments.h"

// What is known of a mean: its estimate, the variance of the estimate, and the degrees of freedom of that variance.
typedef struct spl_mean {
    double value, variance;
    double freedom; // infinite where the normal approximation is used
} spl_mean;

bool spl_mean_known(const spl_mean *mean); // a finite value with a finite variance above 0

spl_mean spl_mean_of(const spl_series *series); // Student's; NaN below two

// A rate as such an estimate, for uses in which its variance must never be 0: that of a rate drawn towards `about` (the
// pooled rate) by as many trials as bring two successes, or two failures, there. NaN without trials; the variance is
// NaN too where `about` is not in (0, 1).
spl_mean spl_mean_of_rate(double successes, double trials, double about);

// The same with the variance it has if its true rate is `rate`: for asking whether it is.
spl_mean spl_mean_under_rate(double successes, double trials, double rate);

// Total of y over total of x (clicks per page view, where visitors are what is independent), its variance by the
// delta method. NaN below two pairs or where x sums to 0.
spl_mean spl_mean_of_ratio(const spl_pairs *pairs);

// The mean of y with the part that a covariate x from before the experiment explains taken out: y - theta (x - centre),
// theta = covariance / variance of x over all sides together, `centre` the mean of x over all sides (CUPED; Deng et
// al. 2013). theta 0 gives the plain mean.
spl_mean spl_mean_adjusted(const spl_pairs *pairs, double theta, double centre);
double spl_cuped_theta(const spl_pairs *sides, uint32_t side_count); // 0 where x does not vary; from within the sides

typedef struct spl_two_means {
    double difference, se;
    double t, freedom, p;  // Welch (1947), degrees of freedom by Satterthwaite; two-sided
    spl_interval interval; // of the difference
    double lift;           // of side 1 over side 2; NaN unless side 2 is positive
    spl_interval relative; // of the lift, by Fieller (1954); infinite ends where side 2 may be 0
} spl_two_means;

// All NaN where a side is.
spl_two_means spl_compare_means(spl_mean side1, spl_mean side2, double confidence);

typedef struct spl_anova {
    double between, within; // sums of squares
    double between_freedom, within_freedom;
    double f, p;
} spl_anova;

// Whether several means are all the same (one-way analysis of variance). NaN with less than two groups, or no group of
// two.
spl_anova spl_anova_of(const spl_series *groups, uint32_t group_count);

typedef struct spl_regression {
    double intercept, slope, intercept_se, slope_se, residual_sd, r_squared;
} spl_regression;

// y = intercept + slope x by least squares. NaN below three pairs or where x does not vary.
spl_regression spl_regression_of(const spl_pairs *pairs);

#endif
