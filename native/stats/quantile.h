// SPDX-License-Identifier: GPL-3.0-or-later
// The Beta distribution for all the counts there are. GSL's own gives up on some: its continued fraction needs as many
// terms as the square root of the smaller parameter, its search for quantiles starts badly where one is small.
#ifndef SAMPLIT_QUANTILE_H
#define SAMPLIT_QUANTILE_H

// P(X <= x), X ~ Beta(a, b), a and b > 0.
double spl_beta_p(double x, double a, double b);

// x with P(X <= x) = p, p in (0, 1): relative error below 1e-11.
double spl_beta_quantile(double p, double a, double b);

#endif
