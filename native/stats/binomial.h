// SPDX-License-Identifier: GPL-3.0-or-later
// Binomial and hypergeometric densities that keep their relative accuracy far out in the tails and for millions
// of trials, where differences of log-gammas lose half the digits: Loader's saddle point form ("Fast and accurate
// computation of binomial probabilities", 2000).
#ifndef SAMPLIT_BINOMIAL_H
#define SAMPLIT_BINOMIAL_H

// ln P(X = x), X ~ Binomial(n, p), for whole x and n with 0 <= x <= n and p in [0, 1]; -inf where it is 0.
double spl_binomial_log_density(double x, double n, double p);

// ln P(X = x): x of `draws` are from the `good` ones, drawn without putting back from good + bad. -inf where it is 0.
double spl_hypergeometric_log_density(double x, double good, double bad, double draws);

#endif
