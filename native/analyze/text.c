// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE // open_memstream
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/text_parts.h"
#include "analyze/wording.h"
#include "analyze/write.h"
#include "host/figures.h"
#include "host/visible.h"

#define ADVICE_SHOWN 12
#define WIDE 125 // columns from which the table of variants has all its columns
#define NARROW 90

void spl_page_title(spl_page *page, const char *title)
{
    fprintf(page->out, "\n%s\n", title);
    for (size_t i = spl_visible_columns(title); i > 0; i--) fputs(page->utf8 ? "─" : "-", page->out);
    fputc('\n', page->out);
}

void spl_page_say(spl_page *page, const char *mark, const char *text)
{
    size_t indent = spl_visible_columns(mark) + 1, at = indent;
    bool first = true;
    fputs(mark, page->out);
    fputc(' ', page->out);
    for (const char *word = text; *word;) {
        char piece[256];
        size_t size = strcspn(word, " ");
        snprintf(piece, sizeof piece, "%.*s", (int)size, word);
        size_t width = spl_visible_columns(piece);
        if (!first && at + 1 + width > page->columns) {
            fprintf(page->out, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        if (!first) fputc(' ', page->out);
        fwrite(word, 1, size, page->out);
        at += width + !first;
        first = false;
        word += size;
        while (*word == ' ') word++;
    }
    fputc('\n', page->out);
}

void spl_page_grid(spl_page *page, spl_grid *grid)
{
    page->broken |= !grid || !spl_grid_print(grid, page->out);
    spl_grid_free(grid);
}

char *spl_page_change(const spl_analysis *r, const spl_analysis_effect *e, char *out)
{
    if (!isnan(e->lift)) return spl_figure_change(e->lift, out);
    if (isnan(e->difference))
        snprintf(out, SPL_FIGURE_MAX, "-");
    else if (r->binary)
        snprintf(out, SPL_FIGURE_MAX, "%+.2f points", 100 * e->difference);
    else
        snprintf(out, SPL_FIGURE_MAX, "%+.4g", e->difference);
    return out;
}

char *spl_page_range(const spl_analysis *r, const spl_analysis_effect *e, char *out)
{
    const spl_interval *lift = &e->lift_interval, *i = &e->interval;
    if (isfinite(e->lift) && isfinite(lift->low) && isfinite(lift->high))
        snprintf(out, SPL_FIGURE_MAX, "%+.1f to %+.1f %%", 100 * lift->low, 100 * lift->high);
    else if (isnan(e->lift) && isfinite(i->low) && isfinite(i->high))
        snprintf(out, SPL_FIGURE_MAX, "%+.3g to %+.3g", (r->binary ? 100 : 1) * i->low,
                 (r->binary ? 100 : 1) * i->high);
    else
        snprintf(out, SPL_FIGURE_MAX, "%s", "");
    return out;
}

char *spl_page_p(double p, char *out)
{
    if (isnan(p))
        snprintf(out, SPL_FIGURE_MAX, "-");
    else
        snprintf(out, SPL_FIGURE_MAX, p < 0.0001 ? "<0.0001" : p < 0.01 ? "%.4f" : "%.3f", p);
    return out;
}

static void put_head(spl_page *page)
{
    const spl_analysis *r = page->report;
    char count[SPL_WORDS_MAX], first[SPL_WORDS_MAX], last[SPL_WORDS_MAX], window[SPL_FIGURE_MAX];
    fprintf(page->out, "Experiment %s: %s visitors, %s to %s UTC\n", r->experiment,
            spl_words_count((double)r->counts.visitors, false, count), spl_words_minute(r->first_ms, first),
            spl_words_minute(r->last_ms, last));
    if (r->outcome)
        fprintf(page->out, "outcome %s within %s, log %s\n", r->outcome, spl_figure_duration(r->window_ms, window),
                r->source);
    else
        fprintf(page->out, "no outcome, log %s\n", r->source);
}

static void put_words(spl_page *page, const char *title, const spl_analysis_words *words)
{
    if (words->count == 0) return;
    spl_page_title(page, title);
    for (uint32_t i = 0; i < words->count; i++) spl_page_say(page, page->utf8 ? "•" : "*", words->text[i]);
}

static void put_advice(spl_page *page)
{
    const spl_analysis *r = page->report;
    if (r->advice_count == 0) return;
    spl_page_title(page, "What to do");
    for (uint32_t i = 0; i < r->advice_count && i < ADVICE_SHOWN; i++) {
        char mark[16];
        snprintf(mark, sizeof mark, "%2" PRIu32 ".", i + 1);
        spl_page_say(page, mark, r->advice[i].text);
    }
}

static void put_health(spl_page *page)
{
    static const char *const marks[] = {"✓", "?", "✗"}, *const plain[] = {"ok", "? ", "!!"};
    const spl_analysis *r = page->report;
    spl_page_title(page, "Data");
    for (uint32_t i = 0; i < r->check_count; i++)
        spl_page_say(page, (page->utf8 ? marks : plain)[r->checks[i].grade], r->checks[i].text);
    for (uint32_t i = 0; i < r->leak_count; i++) {
        const spl_analysis_leak *leak = &r->leaks[i];
        char text[512];
        snprintf(text, sizeof text, "%s: variant %s off by %+.2f %% of %" PRIu64 " visitors (p %.2g corrected).",
                 leak->where, r->variant_names[leak->variant], 100 * leak->deviation, leak->visitors, leak->p);
        spl_page_say(page, page->utf8 ? " →" : "->", text);
    }
}

static void put_belief(const spl_analysis *r, const spl_analysis_arm *arm, bool wide, spl_grid *grid)
{
    char a[SPL_FIGURE_MAX];
    bool known = !isnan(arm->p_best);
    spl_grid_cell(grid, "%s", known ? spl_figure_share(arm->p_best, a) : "");
    if (!known || !wide)
        spl_grid_cell(grid, "%s", "");
    else if (r->binary)
        spl_grid_cell(grid, "%.3f points", 100 * arm->expected_loss);
    else
        spl_grid_cell(grid, "%.3g", arm->expected_loss);
}

static const char *every_look(const spl_analysis *r, uint32_t v)
{
    static const char *const says[][2] = {
        {"early", "too early"}, {"open", "open"}, {"better", "better"}, {"worse", "worse"}, {"futile", "futile"}};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        if (strcmp(says[i][0], r->watch[v].verdict) == 0) return says[i][1];
    return "";
}

static void put_variant(spl_page *page, uint32_t v, spl_grid *grid)
{
    const spl_analysis *r = page->report;
    const spl_analysis_arm *arm = &r->segments[0].arms[v];
    bool wide = page->columns >= WIDE, narrow = page->columns < NARROW;
    char a[SPL_FIGURE_MAX], b[SPL_FIGURE_MAX];
    spl_grid_cell(grid, "%s", r->variant_names[v]);
    spl_grid_cell(grid, "%" PRIu64, arm->visitors);
    spl_grid_cell(grid, "%s", narrow ? "" : spl_figure_share(arm->share, a));
    spl_grid_cell(grid, "%s", spl_figure_rate(arm->rate, r->binary, a));
    spl_grid_cell(grid, "%s", narrow ? "" : spl_figure_interval(arm->interval.low, arm->interval.high, r->binary, a));
    spl_grid_cell(grid, "%s", r->adaptive && wide ? spl_figure_rate(arm->as_served, r->binary, a) : "");
    spl_grid_cell(grid, "%s", v ? spl_page_change(r, &arm->effect, a) : "");
    spl_grid_cell(grid, "%s", v && wide ? spl_page_range(r, &arm->effect, b) : "");
    spl_grid_cell(grid, "%s", v ? spl_page_p(arm->effect.p_corrected, a) : "");
    put_belief(r, arm, wide, grid);
    spl_grid_cell(grid, "%s", v ? every_look(r, v) : r->variant_count > 1 ? "(control)" : "");
}

static void put_variants(spl_page *page)
{
    static const char *const headings[] = {"variant",      "visitors", "share", "rate",    "interval", "as served",
                                           "over control", "",         "p",     "P(best)", "loss",     "at every look"};
    const spl_analysis *r = page->report;
    spl_page_title(page, "Variants");
    spl_grid *grid = spl_grid_new("lrrrrrrrrrrl");
    for (size_t i = 0; grid && i < sizeof headings / sizeof *headings; i++)
        spl_grid_cell(grid, "%s", i == 3 && !r->binary ? "mean" : headings[i]);
    for (uint32_t v = 0; grid && v < r->variant_count; v++) put_variant(page, v, grid);
    spl_page_grid(page, grid);
}

// Copies, with what is not ASCII spelled out.
static void put_plain(const char *text, FILE *out)
{
    for (const char *at = text; *at;) {
        size_t size = strcspn(at, "\n");
        while (*at && size > 0) {
            size_t ascii = 0;
            while (ascii < size && (unsigned char)at[ascii] < 0x80) ascii++;
            fwrite(at, 1, ascii, out);
            at += ascii;
            size -= ascii;
            size_t other = 0;
            while (other < size && (unsigned char)at[other] >= 0x80) other++;
            char *spelled = other ? spl_visible((spl_text){at, other}, false) : NULL;
            if (spelled) fputs(spelled, out);
            free(spelled);
            at += other;
            size -= other;
        }
        if (*at == '\n') {
            fputc('\n', out);
            at++;
        }
    }
}

static void put_page(spl_page *page)
{
    put_head(page);
    put_words(page, "Summary", &page->report->summary);
    put_advice(page);
    put_variants(page);
    spl_page_forest(page);
    spl_page_segments(page);
    spl_page_time(page);
    put_health(page);
    put_words(page, "How to read this", &page->report->warnings);
}

bool spl_analysis_text(const spl_analysis *report, uint32_t columns, bool utf8, FILE *out)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return false;
    if (columns < SPL_ANALYSIS_NARROW) columns = SPL_ANALYSIS_NARROW;
    spl_page page = {report, columns, utf8, stream, false};
    put_page(&page);
    bool ok = fclose(stream) == 0 && !page.broken;
    if (ok && utf8) fwrite(text, 1, size, out);
    if (ok && !utf8) put_plain(text, out);
    free(text);
    return ok;
}
