// SPDX-License-Identifier: GPL-3.0-or-later
// Two pictures over time: the rate so far with its confidence sequence, and who was served what. Both have their
// figures in a table below. Lines are told apart by dashes too, for who cannot tell the colours.
#include <inttypes.h>
#include <math.h>

#include "analyze/html_parts.h"
#include "analyze/wording.h"
#include "host/axis.h"
#include "host/figures.h"
#include "host/page.h"
#include "host/visible.h"

#define WIDTH 760.0
#define LEFT 62.0
#define RIGHT 748.0
#define TOP 10.0
#define TICKS 4
#define DATES 5
#define DAY_MS 86400000

typedef struct chart {
    FILE *out;
    const spl_analysis *report;
    double low, high, bottom; // values, and the pixel of the lower one
} chart;

static const spl_analysis_point *point_of(const spl_analysis *r, uint32_t at, uint32_t v)
{
    return &r->time.points[(size_t)at * r->variant_count + v];
}

static double x_of(const chart *c, double stretch)
{
    return LEFT + (RIGHT - LEFT) * stretch / c->report->time.count;
}

static double y_of(const chart *c, double value)
{
    double y = c->bottom - (c->bottom - TOP) * (value - c->low) / (c->high - c->low);
    return fmax(TOP, fmin(c->bottom, y));
}

static char *date_of(const spl_analysis *r, int64_t time, char words[SPL_WORDS_MAX])
{
    return r->time.width_ms < DAY_MS ? spl_words_minute(time, words) : spl_words_day(time, words);
}

static void put_dates(const chart *c)
{
    uint32_t count = c->report->time.count, step = (count + DATES - 1) / DATES;
    char words[SPL_WORDS_MAX];
    for (uint32_t i = 0; i < count; i += step)
        fprintf(c->out, "<text x=\"%.1f\" y=\"%.0f\">%s</text>", x_of(c, i), c->bottom + 18,
                date_of(c->report, c->report->time.start_ms[i], words));
}

static void put_grid(const chart *c)
{
    double step = spl_axis_step(c->high - c->low, TICKS);
    char words[SPL_WORDS_MAX];
    for (double v = c->low; v < c->high + step / 2; v += step)
        fprintf(c->out,
                "<path class=\"grid\" d=\"M%.0f %.1fH%.0f\"/><text class=\"end\" x=\"%.0f\" y=\"%.1f\">%s</text>", LEFT,
                y_of(c, v), RIGHT, LEFT - 6, y_of(c, v) + 4,
                spl_words_rate(c->report, fabs(v) < step / 2 ? 0 : v, words));
}

static void open_chart(const chart *c, const char *title, const char *id)
{
    fprintf(c->out,
            "<figure><figcaption id=\"%s\">%s</figcaption>\n<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
            "aria-labelledby=\"%s\">",
            id, title, WIDTH, c->bottom + 26, id);
}

// The first stretches have sequences so wide that nothing else would be seen: the range is that of the later ones.
static void measure_rates(chart *c)
{
    const spl_analysis *r = c->report;
    c->low = INFINITY, c->high = -INFINITY;
    for (uint32_t i = 0; i < r->time.count; i++) {
        for (uint32_t v = 0; v < r->variant_count; v++) {
            const spl_analysis_point *p = point_of(r, i, v);
            bool late = i >= r->time.count / 4;
            if (late && isfinite(p->sequence.low)) c->low = fmin(c->low, p->sequence.low);
            if (late && isfinite(p->sequence.high)) c->high = fmax(c->high, p->sequence.high);
            if (late && isfinite(p->so_far)) c->low = fmin(c->low, p->so_far), c->high = fmax(c->high, p->so_far);
        }
    }
    spl_axis_round(&c->low, &c->high, TICKS);
    if (r->binary) c->low = fmax(0, c->low), c->high = fmin(1, c->high);
}

static void put_band(const chart *c, uint32_t v)
{
    const spl_analysis *r = c->report;
    char move = 'M';
    fprintf(c->out, "<path class=\"band v%" PRIu32 "\" d=\"", v % SPL_PAGE_COLOURS);
    for (uint32_t i = 0; i < r->time.count; i++) {
        const spl_analysis_point *p = point_of(r, i, v);
        if (isnan(p->sequence.low)) continue;
        fprintf(c->out, "%c%.1f %.1f", move, x_of(c, i + 1), y_of(c, p->sequence.high));
        move = 'L';
    }
    for (uint32_t i = r->time.count; i-- > 0;) {
        const spl_analysis_point *p = point_of(r, i, v);
        if (!isnan(p->sequence.low)) fprintf(c->out, "L%.1f %.1f", x_of(c, i + 1), y_of(c, p->sequence.low));
    }
    fputs("\"/>", c->out);
}

static void put_line(const chart *c, uint32_t v)
{
    const spl_analysis *r = c->report;
    uint32_t drawn = 0;
    fprintf(c->out, "<path class=\"line l%" PRIu32 "\" d=\"", v % SPL_PAGE_COLOURS);
    for (uint32_t i = 0; i < r->time.count; i++) {
        double rate = point_of(r, i, v)->so_far;
        if (isfinite(rate)) fprintf(c->out, "%c%.1f %.1f", drawn++ ? 'L' : 'M', x_of(c, i + 1), y_of(c, rate));
    }
    fprintf(c->out, "%s\"/>", drawn == 1 ? "h0.1" : "");
}

static void put_changes(const chart *c)
{
    const spl_analysis_time *t = &c->report->time;
    for (uint32_t i = 0; i < c->report->change_count; i++) {
        double at = (double)(c->report->changes[i].time_ms - t->start_ms[0]) / (double)t->width_ms;
        if (at >= 0 && at <= t->count)
            fprintf(c->out, "<path class=\"change\" d=\"M%.1f %.0fV%.0f\"/>", x_of(c, at), TOP, c->bottom);
    }
}

static void put_rates(FILE *out, const spl_analysis *r)
{
    chart c = {.out = out, .report = r, .bottom = 250};
    measure_rates(&c);
    open_chart(&c,
               r->binary ? "Rate so far, with its confidence sequence" : "Mean so far, with its confidence sequence",
               "rates");
    put_grid(&c);
    for (uint32_t v = 0; v < r->variant_count; v++) put_band(&c, v);
    for (uint32_t v = 0; v < r->variant_count; v++) put_line(&c, v);
    put_changes(&c);
    put_dates(&c);
    fputs("</svg></figure>\n", out);
}

static void put_shares(FILE *out, const spl_analysis *r)
{
    chart c = {.out = out, .report = r, .low = 0, .high = 1, .bottom = 130};
    open_chart(&c, "Share of visitors served each variant", "shares");
    double wide = (RIGHT - LEFT) / r->time.count;
    for (uint32_t i = 0; i < r->time.count; i++) {
        double below = 0;
        for (uint32_t v = 0; v < r->variant_count; v++) {
            double share = point_of(r, i, v)->share;
            if (!(share > 0)) continue;
            fprintf(out, "<rect class=\"v%" PRIu32 "\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>",
                    v % SPL_PAGE_COLOURS, x_of(&c, i), y_of(&c, below + share), fmax(0.5, wide - 0.5),
                    y_of(&c, below) - y_of(&c, below + share));
            below += share;
        }
    }
    char figure[SPL_FIGURE_MAX];
    for (double share = 0; share <= 1; share += 0.5)
        fprintf(out, "<text class=\"end\" x=\"%.0f\" y=\"%.1f\">%s</text>", LEFT - 6, y_of(&c, share) + 4,
                spl_figure_share(share, figure));
    put_dates(&c);
    fputs("</svg></figure>\n", out);
}

static void put_legend(FILE *out, const spl_analysis *r)
{
    fputs("<ul class=\"legend\" aria-label=\"Variants\">", out);
    for (uint32_t v = 0; v < r->variant_count; v++) {
        fprintf(out,
                "<li><svg class=\"stroke\" viewBox=\"0 0 28 8\" aria-hidden=\"true\"><path class=\"line l%" PRIu32
                "\" d=\"M0 4H28\"/></svg>",
                v % SPL_PAGE_COLOURS);
        spl_put_html(out, r->variant_names[v]);
        fputs("</li>", out);
    }
    fputs("</ul>\n", out);
}

static void put_cells(FILE *out, const spl_analysis *r, uint32_t at)
{
    char figure[SPL_FIGURE_MAX];
    for (uint32_t v = 0; v < r->variant_count; v++) {
        const spl_analysis_point *p = point_of(r, at, v);
        fprintf(out, "<td class=\"n\">%s</td>", isnan(p->share) ? "–" : spl_figure_share(p->share, figure));
        spl_html_rate(out, r, p->so_far, p->sequence);
    }
}

static void put_figures(FILE *out, const spl_analysis *r)
{
    char words[SPL_WORDS_MAX];
    fputs("<details><summary>The figures of these pictures</summary>\n<div class=\"wide\" "
          "tabindex=\"0\"><table><thead><tr>"
          "<th scope=\"col\">From</th><th scope=\"col\" class=\"n\">Visitors</th>",
          out);
    for (uint32_t v = 0; v < r->variant_count; v++) {
        fputs("<th scope=\"col\" class=\"n\">Share of ", out);
        spl_put_html(out, r->variant_names[v]);
        fputs("</th><th scope=\"col\" class=\"n\">so far, at every look</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (uint32_t i = 0; i < r->time.count; i++) {
        fprintf(out, "<tr><th scope=\"row\">%s</th>", date_of(r, r->time.start_ms[i], words));
        spl_html_count(out, (double)r->time.visitors[i]);
        put_cells(out, r, i);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></details>\n", out);
}

static void put_change_list(FILE *out, const spl_analysis *r)
{
    char when[SPL_WORDS_MAX], before[SPL_WORDS_MAX], after[SPL_WORDS_MAX];
    if (r->change_count == 0) return;
    fputs("<ul>\n", out);
    for (uint32_t i = 0; i < r->change_count; i++) {
        const spl_analysis_change *change = &r->changes[i];
        fprintf(out, "<li>%s: the %s of ", date_of(r, change->time_ms, when), r->binary ? "rate" : "mean");
        spl_put_html(out, change->variant == SPL_ANALYSIS_NONE ? "all visitors" : r->variant_names[change->variant]);
        fprintf(out, " went from %s to %s.</li>\n", spl_words_rate(r, change->before, before),
                spl_words_rate(r, change->after, after));
    }
    fputs("</ul>\n", out);
}

void spl_html_time(FILE *out, const spl_analysis *r)
{
    if (r->time.count == 0) return;
    fputs("<section aria-labelledby=\"time\">\n<h2 id=\"time\">Over time</h2>\n", out);
    put_legend(out, r);
    put_rates(out, r);
    put_change_list(out, r);
    put_shares(out, r);
    put_figures(out, r);
    fputs("</section>\n", out);
}
