// SPDX-License-Identifier: GPL-3.0-or-later
// Quantiles that GSL's own searches miss for some arguments.
#ifndef SAMPLIT_QUANTILE_H
#define SAMPLIT_QUANTILE_H

// x with P(X <= x) = p, X ~ Beta(a, b), a and b > 0, p in (0, 1): relative error below 1e-11.
double spl_beta_quantile(double p, double a, double b);

#endif
