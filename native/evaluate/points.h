// SPDX-License-Identifier: GPL-3.0-or-later
// Rates and differences of rates in percent, with at least two decimals and as many as it takes to show
// something other than zero.
#ifndef SAMPLIT_POINTS_H
#define SAMPLIT_POINTS_H

#include <stdbool.h>

#include "host/figures.h"

// A difference of two rates in points, "+0.13", "-0.0004"; of two means (binary = false) as it is, in four
// digits. Zero has no minus sign. Returns `out`; "unknown" unless finite.
char *spl_points(double difference, bool binary, char out[SPL_FIGURE_MAX]);

// A rate in percent without its sign, "4.72"; a mean in four digits.
char *spl_points_rate(double rate, bool binary, char out[SPL_FIGURE_MAX]);

#endif
