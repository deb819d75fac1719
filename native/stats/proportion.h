// SPDX-License-Identifier: GPL-3.0-or-later
// Intervals for one proportion.
#ifndef SAMPLIT_PROPORTION_H
#define SAMPLIT_PROPORTION_H

// Wilson's score interval (1927), 95 %, without continuity correction: close to its level even for rare
// conversions, and never outside [0, 1]. NaN without trials.
void spl_wilson(double successes, double trials, double *low, double *high);

#endif
