// SPDX-License-Identifier: GPL-3.0-or-later
// A forest plot: every variant over the control, then the variant in question in the segments where it matters. A line
// is an interval, its mark the estimate, the bar is no difference.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/text_parts.h"
#include "host/figures.h"
#include "host/visible.h"
#include "samplit/policy.h"

#define SEGMENTS_SHOWN 12
#define LABEL_MAX 34 // columns
#define BARS_MAX 60

typedef struct row {
    const char *label;
    const spl_analysis_effect *effect;
} row;

typedef struct plot {
    double low, high; // of the axis, in lifts or differences
    uint32_t width;   // characters
    bool lifts;
} plot;

typedef struct strokes {
    const char *empty, *zero, *line, *left, *right, *cut_left, *cut_right, *claimed, *open;
} strokes;

static const strokes boxes = {" ", "│", "─", "├", "┤", "◂", "▸", "●", "○"};
static const strokes plain = {" ", "|", "-", "[", "]", "<", ">", "*", "o"};

static double value_of(const plot *p, const spl_analysis_effect *e)
{
    return p->lifts ? e->lift : e->difference;
}

static spl_interval interval_of(const plot *p, const spl_analysis_effect *e)
{
    return p->lifts ? e->lift_interval : e->interval;
}

// Wide enough for all estimates and most of their intervals: an end beyond five times the furthest estimate is cut.
static void set_axis(plot *p, const row *rows, uint32_t count)
{
    double far = 0, low = 0, high = 0;
    for (uint32_t i = 0; i < count; i++) far = fmax(far, fabs(value_of(p, rows[i].effect)));
    for (uint32_t i = 0; i < count; i++) {
        spl_interval own = interval_of(p, rows[i].effect);
        low = fmin(low, fmax(own.low, -5 * far));
        high = fmax(high, fmin(own.high, 5 * far));
    }
    double edge = 0.02 * (high - low);
    p->low = low - edge;
    p->high = high + edge;
}

static uint32_t place(const plot *p, double value)
{
    double at = (value - p->low) / (p->high - p->low) * (p->width - 1);
    return (uint32_t)fmin(p->width - 1, fmax(0, floor(at + 0.5)));
}

static void draw(const spl_page *page, const plot *p, const spl_analysis_effect *e)
{
    const strokes *s = page->utf8 ? &boxes : &plain;
    spl_interval own = interval_of(p, e);
    uint32_t zero = place(p, 0), from = place(p, own.low), to = place(p, own.high), mark = place(p, value_of(p, e));
    bool none = isnan(own.low);
    for (uint32_t i = 0; i < p->width; i++) {
        const char *stroke = i == zero ? s->zero : s->empty;
        if (!none && i > from && i < to) stroke = s->line;
        if (!none && i == from) stroke = own.low < p->low ? s->cut_left : s->left;
        if (!none && i == to) stroke = own.high > p->high ? s->cut_right : s->right;
        if (i == mark) stroke = e->claimed ? s->claimed : s->open;
        fputs(stroke, page->out);
    }
}

// The label cut to the columns it has.
static void put_label(const spl_page *page, const char *label, uint32_t columns)
{
    size_t size = strlen(label);
    char copy[4 * LABEL_MAX + 8];
    while (size > 0 && (size >= sizeof copy - 4 || (label[size] & 0xC0) == 0x80)) size--;
    snprintf(copy, sizeof copy, "%.*s", (int)size, label);
    bool cut = size < strlen(label);
    while (spl_visible_columns(copy) + (cut ? 2 : 0) > columns) {
        for (size--; size > 0 && (copy[size] & 0xC0) == 0x80; size--) {
        }
        copy[size] = '\0';
        cut = true;
    }
    if (cut) memcpy(copy + size, "..", 3);
    fprintf(page->out, "%s%*s  ", copy, (int)(columns - spl_visible_columns(copy)), "");
}

static void put_rows(spl_page *page, const row *rows, uint32_t count, bool lifts)
{
    char figure[SPL_FIGURE_MAX], left[SPL_FIGURE_MAX], right[SPL_FIGURE_MAX];
    uint32_t label = 0, room = page->columns;
    for (uint32_t i = 0; i < count; i++) label = (uint32_t)fmax(label, spl_visible_columns(rows[i].label));
    label = label < LABEL_MAX ? label : LABEL_MAX;
    room = room > label + 16 + 20 ? room - label - 16 : 20;
    plot p = {.width = room < BARS_MAX ? room : BARS_MAX, .lifts = lifts};
    set_axis(&p, rows, count);
    if (!(p.high > p.low)) return;
    for (uint32_t i = 0; i < count; i++) {
        put_label(page, rows[i].label, label);
        draw(page, &p, rows[i].effect);
        fprintf(page->out, "  %s%s\n", spl_page_change(page->report, rows[i].effect, figure),
                rows[i].effect->claimed ? " *" : "");
    }
    spl_analysis_effect ends = {.lift = lifts ? p.low : NAN, .difference = p.low};
    spl_page_change(page->report, &ends, left);
    ends = (spl_analysis_effect){.lift = lifts ? p.high : NAN, .difference = p.high};
    spl_page_change(page->report, &ends, right);
    fprintf(page->out, "%*s  %s%*s\n", (int)label, "", left, (int)(p.width - strlen(left)), right);
}

// The variant that segments are drawn for: the winner, else the one most likely the best, else the first.
static uint32_t in_question(const spl_analysis *r)
{
    if (r->winner != SPL_ANALYSIS_NONE) return r->winner;
    if (r->best != SPL_ANALYSIS_NONE && r->best != 0) return r->best;
    uint32_t chosen = 1;
    for (uint32_t v = 2; v < r->variant_count; v++)
        if (r->segments[0].arms[v].p_best > r->segments[0].arms[chosen].p_best) chosen = v;
    return chosen;
}

static bool is_drawable(const spl_analysis_effect *e, bool lifts)
{
    return isfinite(lifts ? e->lift : e->difference);
}

// How much a segment's row is worth: what is claimed before what is not, many visitors before few.
static double worth(const spl_analysis *r, uint32_t i, uint32_t v)
{
    const spl_analysis_arm *arm = &r->segments[i].arms[v];
    return (arm->different.claimed ? 4 : 0) + (arm->effect.claimed ? 2 : 0) + r->segments[i].share;
}

static uint32_t choose_segments(const spl_analysis *r, uint32_t v, bool lifts, uint32_t chosen[SEGMENTS_SHOWN])
{
    uint32_t count = 0;
    for (uint32_t i = 1; i < r->segment_count; i++) {
        if (!is_drawable(&r->segments[i].arms[v].effect, lifts)) continue;
        uint32_t at = count < SEGMENTS_SHOWN ? count++ : SEGMENTS_SHOWN;
        if (at == SEGMENTS_SHOWN && worth(r, chosen[--at], v) >= worth(r, i, v)) continue;
        for (; at > 0 && worth(r, chosen[at - 1], v) < worth(r, i, v); at--) chosen[at] = chosen[at - 1];
        chosen[at] = i;
    }
    return count;
}

void spl_page_forest(spl_page *page)
{
    const spl_analysis *r = page->report;
    row rows[SPL_VARIANTS_MAX + SEGMENTS_SHOWN];
    uint32_t count = 0, chosen[SEGMENTS_SHOWN];
    bool lifts = r->segments[0].arms[0].rate > 0;
    if (r->variant_count < 2) return;
    for (uint32_t v = 1; v < r->variant_count; v++)
        if (is_drawable(&r->segments[0].arms[v].effect, lifts))
            rows[count++] = (row){r->variant_names[v], &r->segments[0].arms[v].effect};
    if (count == 0) return;
    spl_page_title(page, "Over the control");
    put_rows(page, rows, count, lifts);
    uint32_t v = in_question(r);
    count = choose_segments(r, v, lifts, chosen);
    if (count == 0) return;
    for (uint32_t i = 0; i < count; i++)
        rows[i] = (row){r->segments[chosen[i]].name, &r->segments[chosen[i]].arms[v].effect};
    fprintf(page->out, "\n%s in segments (%s claimed after correction)\n\n", r->variant_names[v],
            page->utf8 ? "● and * are" : "* is");
    put_rows(page, rows, count, lifts);
}
