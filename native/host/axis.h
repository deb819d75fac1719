// SPDX-License-Identifier: GPL-3.0-or-later
// The marks of an axis in a picture.
#ifndef SAMPLIT_AXIS_H
#define SAMPLIT_AXIS_H

// 1, 2 or 5 times a power of ten, so that about `ticks` of them fill the range. range > 0.
double spl_axis_step(double range, int ticks);

// Widens a range so that it ends at whole steps; one of nothing, or that is none, gets some.
void spl_axis_round(double *low, double *high, int ticks);

#endif
