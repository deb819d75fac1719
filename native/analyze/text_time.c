// SPDX-License-Identifier: GPL-3.0-or-later
// Rates and shares over time as lines of small bars.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/text_parts.h"
#include "analyze/wording.h"
#include "host/figures.h"
#include "host/visible.h"

#define LEVELS 8
#define ROOM 44 // columns beside the bars

typedef struct scale {
    double low, high;
} scale;

static const char *bar(bool utf8, double value, scale s)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const digits[] = {"1", "2", "3", "4", "5", "6", "7", "8"};
    if (isnan(value)) return " ";
    double at = s.high > s.low ? (value - s.low) / (s.high - s.low) * LEVELS : LEVELS / 2.0;
    int level = (int)fmin(LEVELS - 1, fmax(0, floor(at)));
    return (utf8 ? blocks : digits)[level];
}

// Neighbouring stretches under one bar, so that the line fits.
static uint32_t stretches_per_bar(const spl_page *page)
{
    uint32_t room = page->columns > ROOM + 10 ? page->columns - ROOM : 10;
    return (page->report->time.count + room - 1) / room;
}

static double mean_rate(const spl_analysis *r, uint32_t v, uint32_t from, uint32_t step)
{
    double visitors = 0, sum = 0;
    for (uint32_t i = from; i < from + step && i < r->time.count; i++) {
        const spl_analysis_point *p = &r->time.points[(size_t)i * r->variant_count + v];
        if (p->visitors == 0) continue;
        visitors += (double)p->visitors;
        sum += p->rate * (double)p->visitors;
    }
    return sum / visitors;
}

static double mean_share(const spl_analysis *r, uint32_t v, uint32_t from, uint32_t step)
{
    double own = 0, all = 0;
    for (uint32_t i = from; i < from + step && i < r->time.count; i++) {
        own += (double)r->time.points[(size_t)i * r->variant_count + v].visitors;
        all += (double)r->time.visitors[i];
    }
    return own / all;
}

typedef double what(const spl_analysis *, uint32_t, uint32_t, uint32_t);

static scale range_of(const spl_analysis *r, what *figure, uint32_t step)
{
    scale s = {INFINITY, -INFINITY};
    for (uint32_t v = 0; v < r->variant_count; v++) {
        for (uint32_t i = 0; i < r->time.count; i += step) {
            double value = figure(r, v, i, step);
            s.low = fmin(s.low, value);
            s.high = fmax(s.high, value);
        }
    }
    return s;
}

static void put_lines(spl_page *page, what *figure, scale s, uint32_t step, const char *behind)
{
    const spl_analysis *r = page->report;
    size_t width = 0;
    for (uint32_t v = 0; v < r->variant_count; v++) {
        size_t own = spl_visible_columns(r->variant_names[v]);
        if (own > width) width = own;
    }
    for (uint32_t v = 0; v < r->variant_count; v++) {
        fprintf(page->out, "  %s%*s  ", r->variant_names[v], (int)(width - spl_visible_columns(r->variant_names[v])),
                "");
        for (uint32_t i = 0; i < r->time.count; i += step) fputs(bar(page->utf8, figure(r, v, i, step), s), page->out);
        const spl_analysis_point *last = &r->time.points[(size_t)(r->time.count - 1) * r->variant_count + v];
        char interval[SPL_FIGURE_MAX], share[SPL_FIGURE_MAX];
        if (behind)
            fprintf(page->out, "  %s %s\n",
                    spl_figure_interval(last->sequence.low, last->sequence.high, r->binary, interval),
                    isnan(last->sequence.low) ? "" : behind);
        else
            fprintf(page->out, "  %s\n", spl_figure_share(r->segments[0].arms[v].share, share));
    }
}

static void put_changes(spl_page *page)
{
    const spl_analysis *r = page->report;
    char when[SPL_WORDS_MAX], before[SPL_WORDS_MAX], after[SPL_WORDS_MAX], text[512];
    for (uint32_t i = 0; i < r->change_count; i++) {
        const spl_analysis_change *c = &r->changes[i];
        snprintf(text, sizeof text, "%s: from %s to %s, %s (CUSUM %.1f, limit %.1f)",
                 c->variant == SPL_ANALYSIS_NONE ? "all visitors" : r->variant_names[c->variant],
                 spl_words_rate(r, c->before, before), spl_words_rate(r, c->after, after),
                 spl_words_minute(c->time_ms, when), c->score, c->limit);
        spl_page_say(page, page->utf8 ? "  →" : "  ->", text);
    }
}

void spl_page_time(spl_page *page)
{
    const spl_analysis *r = page->report;
    uint32_t step = stretches_per_bar(page);
    char width[SPL_FIGURE_MAX], low[SPL_WORDS_MAX], high[SPL_WORDS_MAX];
    if (r->time.count < 2) return;
    spl_page_title(page, "Over time");
    scale rates = range_of(r, mean_rate, step);
    fprintf(page->out, "%s as served, %s a bar, from %s to %s; then what holds at every look\n",
            r->binary ? "rate" : "mean", spl_figure_duration(r->time.width_ms * step, width),
            spl_words_rate(r, rates.low, low), spl_words_rate(r, rates.high, high));
    put_lines(page, mean_rate, rates, step, "at every look");
    if (r->variant_count > 1) {
        fputs("share of the visitors, from 0 to 100 %\n", page->out);
        put_lines(page, mean_share, (scale){0, 1}, step, NULL);
    }
    if (r->change_count > 0)
        put_changes(page);
    else
        fputs("no lasting change of a rate was found\n", page->out);
}
