// SPDX-License-Identifier: GPL-3.0-or-later
// Figures and bars within tables. Bars are SVG: widths as style attributes would need a laxer policy.
#include <math.h>

#include "analyze/html_parts.h"
#include "analyze/wording.h"
#include "host/figures.h"
#include "host/visible.h"

#define BAR_WIDTH 160.0
#define FAR 4 // an interval is drawn to at most so many times the greatest effect

static const char NOTHING[] = "<td class=\"n dim\">–</td>";

void spl_html_count(FILE *out, double count)
{
    char words[SPL_WORDS_MAX];
    fprintf(out, "<td class=\"n\">%s</td>", spl_words_count(count, false, words));
}

void spl_html_probability(FILE *out, double p)
{
    char words[SPL_WORDS_MAX];
    if (isnan(p))
        fputs(NOTHING, out);
    else if (p < 0.001 || p > 0.999)
        fprintf(out, "<td class=\"n\">%s0.%s</td>", p < 0.5 ? "&lt;\u00a0" : "&gt;\u00a0", p < 0.5 ? "001" : "999");
    else
        fprintf(out, "<td class=\"n\">%s</td>", spl_words_probability(p, words));
}

void spl_html_rate(FILE *out, const spl_analysis *r, double rate, spl_interval interval)
{
    char words[SPL_WORDS_MAX], range[SPL_FIGURE_MAX];
    if (isnan(rate)) {
        fputs(NOTHING, out);
        return;
    }
    fprintf(out, "<td class=\"n\"><b>%s</b> <span class=\"dim\">%s</span></td>", spl_words_rate(r, rate, words),
            spl_figure_interval(interval.low, interval.high, r->binary, range));
}

static void put_end(FILE *out, double end)
{
    char figure[SPL_FIGURE_MAX];
    if (isfinite(end))
        fputs(spl_figure_change(end, figure), out);
    else
        fputs(end < 0 ? "−∞" : "∞", out);
}

// A difference of rates in points, of means in units.
static void put_difference(FILE *out, const spl_analysis *r, double difference)
{
    fprintf(out, r->binary ? "%+.2f" : "%+.4g", r->binary ? 100 * difference : difference);
}

void spl_html_effect(FILE *out, const spl_analysis *r, const spl_analysis_effect *e)
{
    if (isnan(e->difference) && isnan(e->lift)) {
        fputs(NOTHING, out);
        return;
    }
    fprintf(out, "<td class=\"n%s\"><b>", !e->claimed ? "" : e->difference > 0 ? " good" : " bad");
    char figure[SPL_FIGURE_MAX];
    bool lift = !isnan(e->lift);
    spl_interval i = lift ? e->lift_interval : e->interval;
    if (lift)
        fputs(spl_figure_change(e->lift, figure), out);
    else
        put_difference(out, r, e->difference);
    fputs(lift || !r->binary ? "</b>" : " points</b>", out);
    if (!isnan(i.low) && !isnan(i.high)) {
        fputs(" <span class=\"dim\">", out);
        if (lift) {
            put_end(out, i.low);
            fputs(" to ", out);
            put_end(out, i.high);
        } else {
            put_difference(out, r, i.low);
            fputs(" to ", out);
            put_difference(out, r, i.high);
        }
        fputs("</span>", out);
    }
    fputs("</td>", out);
}

// What a bar shows: lifts, and nothing where there is none, for one axis cannot carry both.
static bool is_drawn(const spl_analysis_effect *e)
{
    return !isnan(e->lift) && !isnan(e->lift_interval.low) && !isnan(e->lift_interval.high);
}

// An end far beyond the estimate, or none at all, would leave the others no room.
static double near_end(const spl_analysis_effect *e, double end)
{
    double most = FAR * fmax(fabs(e->lift), 0.02);
    return fmax(-most, fmin(most, end));
}

void spl_forest_add(spl_forest *f, const spl_analysis_effect *e)
{
    if (!is_drawn(e)) return;
    f->low = fmin(f->low, near_end(e, e->lift_interval.low));
    f->high = fmax(f->high, near_end(e, e->lift_interval.high));
}

static double x_of(const spl_forest *f, double value)
{
    double x = BAR_WIDTH * (value - f->low) / (f->high - f->low);
    return fmax(0, fmin(BAR_WIDTH, x));
}

void spl_html_bar(FILE *out, const spl_forest *f, const spl_analysis_effect *e)
{
    fputs("<td class=\"bar\">", out);
    if (is_drawn(e) && f->high > f->low) {
        double zero = x_of(f, 0), low = x_of(f, e->lift_interval.low), high = x_of(f, e->lift_interval.high);
        fprintf(out,
                "<svg viewBox=\"-4 0 %.0f 18\" aria-hidden=\"true\"%s><path class=\"zero\" d=\"M%.1f 0V18\"/>"
                "<path class=\"range\" d=\"M%.1f 9H%.1f\"/><circle cx=\"%.1f\" cy=\"9\" r=\"3.5\"/></svg>",
                BAR_WIDTH + 8,
                !e->claimed         ? ""
                : e->difference > 0 ? " class=\"good\""
                                    : " class=\"bad\"",
                zero, low, high, x_of(f, e->lift));
    }
    fputs("</td>", out);
}
