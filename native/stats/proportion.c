// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/proportion.h"

#include <math.h>

#include "stats/z95.h"

void spl_wilson(double successes, double trials, double *low, double *high)
{
    *low = *high = NAN;
    if (!(trials > 0)) return;
    double p = successes / trials, zz = SPL_Z95 * SPL_Z95;
    double centre = (p + zz / (2 * trials)) / (1 + zz / trials);
    double reach = SPL_Z95 * sqrt(p * (1 - p) / trials + zz / (4 * trials * trials)) / (1 + zz / trials);
    *low = successes > 0 ? centre - reach : 0;
    *high = successes < trials ? centre + reach : 1;
}
