// SPDX-License-Identifier: GPL-3.0-or-later
// Dense Cholesky factors, as the ridge regressions need them. Matrices are row-major (d, d); of a symmetric or
// triangular one only the lower triangle is read. Every sum is taken in one order whatever the lanes.
#ifndef SAMPLIT_CHOLESKY_H
#define SAMPLIT_CHOLESKY_H

#include <stdbool.h>
#include <stdint.h>

// a = C C^T; C takes the place of a's lower triangle. False (and a is spoilt) when a is not positive definite to
// within rounding, or not finite. d^3 / 6 products.
bool spl_cholesky(double *a, uint32_t d);

// b becomes the solution x of C C^T x = b. d^2 products.
void spl_cholesky_solve(const double *c, uint32_t d, double *b);

// The logarithm of the determinant of C C^T.
double spl_cholesky_log_det(const double *c, uint32_t d);

// C becomes C^-1, lower triangular too: |C^-1 z|^2 = z^T (C C^T)^-1 z. d^3 / 6 products.
void spl_triangle_invert(double *c, uint32_t d);

#endif
