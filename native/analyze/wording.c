// SPDX-License-Identifier: GPL-3.0-or-later
#include "analyze/wording.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "events/event_stamp.h"
#include "host/figures.h"

static char *lift_words(const spl_analysis_effect *e, char out[SPL_WORDS_MAX])
{
    double low = 100 * e->lift_interval.low, high = 100 * e->lift_interval.high, lift = 100 * e->lift;
    const char *side = lift < 0 ? "worse" : "better";
    double from = lift < 0 ? -high : low, to = lift < 0 ? -low : high;
    int digits = fabs(lift) < 9.95 ? 1 : 0;
    if (isfinite(from) && isfinite(to))
        snprintf(out, SPL_WORDS_MAX, "%.*f %% %s [%.*f, %.*f]", digits, fabs(lift), side, digits, from, digits, to);
    else
        snprintf(out, SPL_WORDS_MAX, "%.*f %% %s", digits, fabs(lift), side);
    return out;
}

char *spl_words_effect(const spl_analysis *r, const spl_analysis_effect *e, char out[SPL_WORDS_MAX])
{
    if (!isnan(e->lift)) return lift_words(e, out);
    double scale = r->binary ? 100 : 1;
    bool worse = e->difference < 0;
    double low = scale * (worse ? -e->interval.high : e->interval.low);
    double high = scale * (worse ? -e->interval.low : e->interval.high);
    snprintf(out, SPL_WORDS_MAX, "%.3g%s %s [%.3g, %.3g]", fabs(scale * e->difference), r->binary ? " points" : "",
             worse ? "worse" : "better", low, high);
    return out;
}

char *spl_words_count(double count, bool about, char out[SPL_WORDS_MAX])
{
    char digits[32];
    if (about && count >= 100) {
        double step = pow(10, floor(log10(count)) - 1);
        count = ceil(count / step) * step;
    }
    int n = snprintf(digits, sizeof digits, "%.0f", count), at = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

char *spl_words_probability(double p, char out[SPL_WORDS_MAX])
{
    if (p > 0.999)
        snprintf(out, SPL_WORDS_MAX, "more than 0.999");
    else if (p < 0.001)
        snprintf(out, SPL_WORDS_MAX, "less than 0.001");
    else
        snprintf(out, SPL_WORDS_MAX, p > 0.99 || p < 0.01 ? "%.3f" : "%.2f", p);
    return out;
}

char *spl_words_rate(const spl_analysis *r, double rate, char out[SPL_WORDS_MAX])
{
    char figure[SPL_FIGURE_MAX];
    snprintf(out, SPL_WORDS_MAX, "%s", spl_figure_rate(rate, r->binary, figure));
    return out;
}

char *spl_words_day(int64_t time_ms, char out[SPL_WORDS_MAX])
{
    char stamp[SPL_TIME_CHARS];
    spl_time_write(time_ms, stamp);
    snprintf(out, SPL_WORDS_MAX, "%.10s", stamp);
    return out;
}

char *spl_words_minute(int64_t time_ms, char out[SPL_WORDS_MAX])
{
    char stamp[SPL_TIME_CHARS];
    spl_time_write(time_ms, stamp);
    snprintf(out, SPL_WORDS_MAX, "%.10s %.5s", stamp, stamp + 11);
    return out;
}

char *spl_words_p(double p, char out[SPL_WORDS_MAX])
{
    if (p < 0.0001)
        snprintf(out, SPL_WORDS_MAX, "p below 0.0001");
    else
        snprintf(out, SPL_WORDS_MAX, "p %.2g", p);
    return out;
}
