// SPDX-License-Identifier: GPL-3.0-or-later
// Gauss-Legendre quadrature on panels: the integral over a panel, and the running integral up to each
// of its points, both exact for polynomials of degree below SPL_LEGENDRE_POINTS.
#ifndef SAMPLIT_LEGENDRE_H
#define SAMPLIT_LEGENDRE_H

#include <stdbool.h>

#define SPL_LEGENDRE_POINTS 16

typedef struct spl_legendre {
    double point[SPL_LEGENDRE_POINTS];  // in (-1, 1), ascending
    double weight[SPL_LEGENDRE_POINTS]; // sum 2
    // running[i][j]: weight of the value at point j in the integral from -1 to point i
    double running[SPL_LEGENDRE_POINTS][SPL_LEGENDRE_POINTS];
} spl_legendre;

// False when out of memory.
bool spl_legendre_init(spl_legendre *rule);

#endif
