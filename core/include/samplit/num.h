// SPDX-License-Identifier: MIT
// Elementary functions of the decision path. Only IEEE + - * / sqrt and integer operations in
// one fixed order, so every build gives the same bits; libm would not (its exp, log, sin and
// cos differ between glibc, musl and browsers). Error bounds are in units in the last place
// of the result and are tested against MPFR over the whole range. A NaN result is always the
// positive quiet one without payload.
#ifndef SAMPLIT_NUM_H
#define SAMPLIT_NUM_H

#include <stdbool.h>
#include <stdint.h>

// e^x, off by less than 0.55 ulp. NaN gives NaN, overflow +inf, underflow 0 (gradual through the
// subnormals, rounded once).
double spl_exp(double x);

// Natural logarithm, off by less than 0.52 ulp. x < 0 and NaN give NaN, zero gives -inf, +inf gives +inf.
double spl_log(double x);

// Sine and cosine of an angle in radians, off by less than 0.80 ulp for every finite x. NaN and infinities give NaN.
double spl_sin(double x);
double spl_cos(double x);

// The standard normal distribution: the chance of at most x, and its density at x. Both, and 1 minus the first for
// x > 0, are off by less than 5e-9 of themselves where the density is a normal number (|x| < 37.5). x is not NaN.
double spl_normal_cdf(double x, double *density);

// Correctly rounded (IEEE 754), from the instruction.
double spl_sqrt(double x);
float spl_sqrtf(float x);

// Whether x is neither NaN nor infinite.
bool spl_is_finite(double x);
bool spl_is_finitef(float x);

#endif
