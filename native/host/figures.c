// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static char *none(char *out, const char *text)
{
    snprintf(out, SPL_FIGURE_MAX, "%s", text);
    return out;
}

char *spl_figure_count(double count, char out[SPL_FIGURE_MAX])
{
    static const char *const units[] = {"", "K", "M", "G", "T"};
    if (isnan(count)) return none(out, "-");
    int unit = 0;
    while (unit < 4 && count >= 999.5) {
        count /= 1000;
        unit++;
    }
    double tenths = floor(count * 10 + 0.5);
    bool fraction = unit > 0 && count < 9.95 && fmod(tenths, 10) != 0;
    snprintf(out, SPL_FIGURE_MAX, "%.*f%s", fraction ? 1 : 0, count, units[unit]);
    return out;
}

// Digits after the point that show a percentage to two or three digits.
static int percent_digits(double percent)
{
    return fabs(percent) < 0.995 && percent != 0 ? 2 : 1;
}

char *spl_figure_rate(double rate, bool binary, char out[SPL_FIGURE_MAX])
{
    if (isnan(rate)) return none(out, "-");
    if (binary) {
        snprintf(out, SPL_FIGURE_MAX, "%.*f %%", percent_digits(100 * rate), 100 * rate);
    } else {
        snprintf(out, SPL_FIGURE_MAX, "%.4g", rate);
    }
    return out;
}

char *spl_figure_interval(double low, double high, bool binary, char out[SPL_FIGURE_MAX])
{
    if (isnan(low) || isnan(high)) return none(out, "");
    if (binary) {
        int digits = percent_digits(100 * high);
        snprintf(out, SPL_FIGURE_MAX, "%.*f to %.*f %%", digits, 100 * low, digits, 100 * high);
    } else {
        snprintf(out, SPL_FIGURE_MAX, "%.4g to %.4g", low, high);
    }
    return out;
}

char *spl_figure_share(double share, char out[SPL_FIGURE_MAX])
{
    if (isnan(share)) return none(out, "-");
    if (share > 0 && share < 0.005) return none(out, "<1 %");
    if (share < 1 && share >= 0.995) return none(out, ">99 %");
    snprintf(out, SPL_FIGURE_MAX, "%.0f %%", 100 * share);
    return out;
}

char *spl_figure_change(double change, char out[SPL_FIGURE_MAX])
{
    if (isnan(change)) return none(out, "-");
    snprintf(out, SPL_FIGURE_MAX, "%+.1f %%", 100 * change);
    return out;
}

// In the largest unit that leaves a whole number, but a single day as 24h; below a second, and for what is no whole
// number of seconds, with decimals.
char *spl_figure_duration(int64_t milliseconds, char out[SPL_FIGURE_MAX])
{
    static const struct {
        int64_t milliseconds;
        char letter;
    } units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}};
    for (int i = 0; i < 3; i++) {
        int64_t count = milliseconds / units[i].milliseconds;
        if (count < (i == 0 ? 2 : 1) || milliseconds % units[i].milliseconds != 0) continue;
        snprintf(out, SPL_FIGURE_MAX, "%" PRId64 "%c", count, units[i].letter);
        return out;
    }
    snprintf(out, SPL_FIGURE_MAX, "%.10gs", (double)milliseconds / 1000);
    return out;
}
