// SPDX-License-Identifier: GPL-3.0-or-later
// The segments as a tree in a table: how many visitors, how they do beside the rest, which variant is best there.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/text_parts.h"
#include "host/figures.h"

#define ROWS_MAX 30
#define BRANCH_MAX 64
#define WIDE 135  // columns from which intervals and shrunken rates are shown
#define ROOMY 105 // from which p-values are
#define NARROW 92 // below which P(best) is not

typedef struct strokes {
    const char *fork, *corner, *trunk, *gap;
} strokes;

static const strokes boxes = {"├─ ", "└─ ", "│  ", "   "};
static const strokes plain = {"|- ", "`- ", "|  ", "   "};

typedef struct table {
    spl_page *page;
    bool *shown; // [segment_count]
    uint32_t left_out;
} table;

static bool stands_out(const spl_analysis_segment *s)
{
    return s->standing != SPL_ANALYSIS_AVERAGE || s->anomaly || s->differs || s->winner != SPL_ANALYSIS_NONE;
}

static uint32_t show(table *t, uint32_t i)
{
    uint32_t added = 0;
    for (; i != SPL_ANALYSIS_NONE && !t->shown[i]; i = t->page->report->segments[i].parent) {
        t->shown[i] = true;
        added++;
    }
    return added;
}

// The next one to be shown: what stands out comes first, then the largest. 0 = none is left.
static uint32_t next(const table *t)
{
    const spl_analysis *r = t->page->report;
    uint32_t best = 0;
    for (uint32_t i = 1; i < r->segment_count; i++) {
        if (t->shown[i]) continue;
        bool out = stands_out(&r->segments[i]), was = best && stands_out(&r->segments[best]);
        if (!best || (out && !was) || (out == was && r->segments[i].visitors > r->segments[best].visitors)) best = i;
    }
    return best;
}

static void choose(table *t)
{
    uint32_t count = show(t, 0), i;
    while (count < ROWS_MAX && (i = next(t)) != 0) count += show(t, i);
    t->left_out = t->page->report->segment_count - count;
}

static bool has_later_sibling(const table *t, uint32_t i)
{
    const spl_analysis *r = t->page->report;
    for (uint32_t j = i + 1; j < r->segment_count; j++)
        if (t->shown[j] && r->segments[j].parent == r->segments[i].parent) return true;
    return false;
}

static const char *branch(const table *t, uint32_t i, char out[BRANCH_MAX])
{
    const spl_analysis *r = t->page->report;
    const strokes *s = t->page->utf8 ? &boxes : &plain;
    char *at = out + BRANCH_MAX - 1;
    *at = '\0';
    for (bool own = true; r->segments[i].parent != SPL_ANALYSIS_NONE; i = r->segments[i].parent, own = false) {
        bool more = has_later_sibling(t, i);
        const char *stroke = own ? (more ? s->fork : s->corner) : (more ? s->trunk : s->gap);
        size_t size = strlen(stroke);
        at -= size;
        memcpy(at, stroke, size);
    }
    return at;
}

static const char *remark(const spl_analysis_segment *s)
{
    if (s->standing == SPL_ANALYSIS_HIGH) return s->anomaly ? "high !" : "high";
    if (s->standing == SPL_ANALYSIS_LOW) return s->anomaly ? "low !" : "low";
    return s->anomaly ? "!" : "";
}

static void put_rate(const table *t, const spl_analysis_segment *s, spl_grid *grid)
{
    const spl_analysis *r = t->page->report;
    bool wide = t->page->columns >= WIDE, whole = s->depth == 0;
    char a[SPL_FIGURE_MAX];
    spl_grid_cell(grid, "%s", spl_figure_count((double)s->visitors, a));
    spl_grid_cell(grid, "%s", spl_figure_rate(s->rate, r->binary, a));
    spl_grid_cell(grid, "%s", wide ? spl_figure_interval(s->interval.low, s->interval.high, r->binary, a) : "");
    spl_grid_cell(grid, "%s", wide && !whole ? spl_figure_rate(s->shrunk_rate, r->binary, a) : "");
    spl_grid_cell(grid, "%s", whole ? "" : spl_page_change(r, &s->rest, a));
    spl_grid_cell(grid, "%s", whole || t->page->columns < ROOMY ? "" : spl_page_p(s->rest.p_corrected, a));
}

// The variant most likely the best there, or if that is the control the one after it: over the control.
static uint32_t in_question(const spl_analysis *r, const spl_analysis_segment *s)
{
    if (s->best != 0) return s->best;
    uint32_t second = SPL_ANALYSIS_NONE;
    for (uint32_t v = 1; v < r->variant_count; v++)
        if (!isnan(s->arms[v].p_best) && (second == SPL_ANALYSIS_NONE || s->arms[v].p_best > s->arms[second].p_best))
            second = v;
    return second;
}

static void put_best(const table *t, const spl_analysis_segment *s, spl_grid *grid)
{
    const spl_analysis *r = t->page->report;
    char a[SPL_FIGURE_MAX];
    uint32_t v = in_question(r, s);
    if (s->best == SPL_ANALYSIS_NONE || v == SPL_ANALYSIS_NONE) {
        for (int i = 0; i < 4; i++) spl_grid_cell(grid, "%s", "");
        return;
    }
    spl_grid_cell(grid, "%s", r->variant_names[s->best]);
    spl_grid_cell(grid, "%s", t->page->columns < NARROW ? "" : spl_figure_share(s->arms[s->best].p_best, a));
    bool claimed = s->arms[v].effect.claimed;
    spl_grid_cell(grid, "%s", spl_page_change(r, &s->arms[v].effect, a));
    spl_grid_cell(grid, "%s", claimed && s->differs ? "* ~" : claimed ? "*" : s->differs ? "~" : "");
}

static void put_row(const table *t, uint32_t i, spl_grid *grid)
{
    const spl_analysis_segment *s = &t->page->report->segments[i];
    char lines[BRANCH_MAX];
    bool ends_name = s->parent == SPL_ANALYSIS_NONE;
    if (ends_name)
        spl_grid_cell(grid, "%s", s->name);
    else
        spl_grid_cell(grid, "%s%s:%s", branch(t, i, lines), s->attribute, s->value);
    put_rate(t, s, grid);
    spl_grid_cell(grid, "%s", remark(s));
    put_best(t, s, grid);
}

void spl_page_segments(spl_page *page)
{
    static const char *const headings[] = {"segment", "visitors", "rate", "interval", "shrunken",     "over rest",
                                           "p",       "",         "best", "P(best)",  "over control", ""};
    const spl_analysis *r = page->report;
    if (r->segment_count < 2) return;
    table t = {.page = page, .shown = calloc(r->segment_count, sizeof *t.shown)};
    spl_grid *grid = spl_grid_new("lrrrrrrllrrl");
    spl_page_title(page, "Segments");
    for (size_t i = 0; grid && i < sizeof headings / sizeof *headings; i++)
        spl_grid_cell(grid, "%s", i == 2 && !r->binary ? "mean" : headings[i]);
    if (t.shown) {
        choose(&t);
        for (uint32_t i = 0; grid && i < r->segment_count; i++)
            if (t.shown[i]) put_row(&t, i, grid);
    }
    page->broken |= !t.shown;
    spl_page_grid(page, grid);
    spl_page_say(
        page, "Marks:",
        "* claimed after correction; ~ some variant does otherwise here than elsewhere; ! unlike its peers by a "
        "robust measure; over control: the best variant, or the next where the control is the best");
    if (t.left_out > 0) fprintf(page->out, "and %" PRIu32 " more that do not stand out (--json has all)\n", t.left_out);
    free(t.shown);
}
