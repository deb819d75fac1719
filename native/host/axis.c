// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/axis.h"

#include <math.h>

double spl_axis_step(double range, int ticks)
{
    double step = pow(10, floor(log10(range / ticks)));
    if (range / step > 5 * ticks) return 10 * step;
    if (range / step > 2 * ticks) return 5 * step;
    return range / step > ticks ? 2 * step : step;
}

void spl_axis_round(double *low, double *high, int ticks)
{
    if (!(*low <= *high)) *low = 0, *high = 1;
    if (*high - *low < 1e-9) *low -= 0.5e-3, *high += 0.5e-3;
    double step = spl_axis_step(*high - *low, ticks);
    *low = floor(*low / step) * step;
    *high = ceil(*high / step) * step;
}
