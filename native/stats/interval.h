// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SAMPLIT_INTERVAL_H
#define SAMPLIT_INTERVAL_H

// A range of values; both ends NaN where there is nothing to tell.
typedef struct spl_interval {
    double low, high;
} spl_interval;

// The (1 + confidence) / 2 quantile of the standard normal: 1.96 for 0.95. `confidence` in (0, 1).
double spl_normal_reach(double confidence);

// P(|Z| >= |z|) for a standard normal Z.
double spl_normal_p(double z);

// P(X >= x) for a chi-square X with so many degrees of freedom, from 1 to 10,000; 0 for an infinite x, for which GSL's
// has no answer.
double spl_chi_square_p(double x, double freedom);

#endif
