// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/points.h"

#include <math.h>
#include <stdio.h>

#define DECIMALS 2
#define DECIMALS_MAX 8 // what is smaller is rounding, and shown as zero

static char *put(double value, bool binary, bool sign, char out[SPL_FIGURE_MAX])
{
    int decimals = DECIMALS;
    if (!isfinite(value)) {
        snprintf(out, SPL_FIGURE_MAX, "unknown");
        return out;
    }
    if (!binary) {
        snprintf(out, SPL_FIGURE_MAX, sign ? "%+.4g" : "%.4g", value == 0 ? 0.0 : value);
        return out;
    }
    value *= 100;
    while (decimals < DECIMALS_MAX && fabs(value) < 0.5 * pow(10, -decimals)) decimals++;
    if (fabs(value) < 0.5 * pow(10, -decimals)) {
        value = 0;
        decimals = DECIMALS;
    }
    snprintf(out, SPL_FIGURE_MAX, sign ? "%+.*f" : "%.*f", decimals, value);
    return out;
}

char *spl_points(double difference, bool binary, char out[SPL_FIGURE_MAX])
{
    return put(difference, binary, true, out);
}

char *spl_points_rate(double rate, bool binary, char out[SPL_FIGURE_MAX])
{
    return put(rate, binary, false, out);
}
