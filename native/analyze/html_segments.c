// SPDX-License-Identifier: GPL-3.0-or-later
// The segments: a table of all that were looked at, indented as a tree, and the variants of each below it.
#include <inttypes.h>
#include <math.h>

#include "analyze/html_parts.h"
#include "analyze/wording.h"
#include "host/figures.h"
#include "host/visible.h"

#define DEPTH_SHOWN 7 // classes d1 to d7

static void put_chips(FILE *out, const spl_analysis *r, const spl_analysis_segment *s)
{
    if (s->standing == SPL_ANALYSIS_HIGH) fputs(" <span class=\"chip good\">high</span>", out);
    if (s->standing == SPL_ANALYSIS_LOW) fputs(" <span class=\"chip bad\">low</span>", out);
    if (s->anomaly) fputs(" <span class=\"chip doubt\">unusual</span>", out);
    if (s->differs) fputs(" <span class=\"chip doubt\">variants differ here</span>", out);
    if (s->winner == SPL_ANALYSIS_NONE || s == r->segments) return;
    fputs(" <span class=\"chip good\">", out);
    spl_put_html(out, r->variant_names[s->winner]);
    fputs(" better</span>", out);
}

static void put_best(FILE *out, const spl_analysis *r, const spl_analysis_segment *s)
{
    if (s->best == SPL_ANALYSIS_NONE) {
        fputs("<td class=\"dim\">–</td>", out);
        return;
    }
    char words[SPL_WORDS_MAX];
    fputs("<td class=\"best\">", out);
    spl_put_html(out, r->variant_names[s->best]);
    fprintf(out, " <span class=\"dim\">%s</span></td>", spl_words_probability(s->arms[s->best].p_best, words));
}

static void put_row(FILE *out, const spl_analysis *r, uint32_t index, const spl_forest *forest)
{
    const spl_analysis_segment *s = &r->segments[index];
    char figure[SPL_FIGURE_MAX];
    uint32_t depth = s->depth < DEPTH_SHOWN ? s->depth : DEPTH_SHOWN;
    fprintf(out, "<tr><th scope=\"row\" class=\"d%" PRIu32 "\">", depth);
    if (s->depth > 0) {
        fputs("<span class=\"dim\">", out);
        spl_put_html(out, s->attribute);
        fputs("</span> ", out);
    }
    fprintf(out, "<a href=\"#s%" PRIu32 "\">", index);
    spl_put_html(out, s->depth > 0 ? s->value : s->name);
    fputs("</a>", out);
    put_chips(out, r, s);
    fprintf(out, "</th><td class=\"n\">%s</td>", spl_figure_count((double)s->visitors, figure));
    spl_html_rate(out, r, s->rate, s->interval);
    spl_html_rate(out, r, s->shrunk_rate, (spl_interval){NAN, NAN});
    spl_html_effect(out, r, &s->rest);
    spl_html_bar(out, forest, &s->rest);
    spl_html_probability(out, s->rest.p_corrected);
    put_best(out, r, s);
    fputs("</tr>\n", out);
}

static void put_table(FILE *out, const spl_analysis *r)
{
    spl_forest forest = {0, 0};
    for (uint32_t i = 1; i < r->segment_count; i++) spl_forest_add(&forest, &r->segments[i].rest);
    const char *value = r->binary ? "Rate" : "Mean";
    fprintf(out,
            "<div class=\"wide\" tabindex=\"0\"><table><caption class=\"sr\">Segments</caption><thead><tr><th "
            "scope=\"col\">Segment</th><th scope=\"col\" class=\"n\">Visitors</th><th scope=\"col\" "
            "class=\"n\">%s</th><th scope=\"col\" class=\"n\">Shrunken</th><th scope=\"col\" class=\"n\">Over the "
            "rest</th><td></td><th scope=\"col\" class=\"n\">p, corrected</th><th scope=\"col\">Best, "
            "P(best)</th></tr></thead>\n<tbody>\n",
            value);
    for (uint32_t i = 0; i < r->segment_count; i++) put_row(out, r, i, &forest);
    fputs("</tbody></table></div>\n", out);
}

// Open where there is something to see.
static void put_inside(FILE *out, const spl_analysis *r, uint32_t index)
{
    const spl_analysis_segment *s = &r->segments[index];
    bool telling = s->differs || s->winner != SPL_ANALYSIS_NONE;
    fprintf(out, "<details id=\"s%" PRIu32 "\"%s><summary>", index, telling ? " open" : "");
    spl_put_html(out, s->name);
    put_chips(out, r, s);
    fputs("</summary>\n", out);
    spl_html_arms(out, r, s);
    fputs("</details>\n", out);
}

static void put_note(FILE *out, const spl_analysis *r)
{
    fprintf(out, "<p class=\"note\">%" PRIu32 " segments of ", r->segment_count - 1);
    for (uint32_t a = 0; a < r->attribute_count; a++) {
        if (a > 0) fputs(a + 1 < r->attribute_count ? ", " : " and ", out);
        spl_put_html(out, r->attributes[a]);
    }
    fprintf(out,
            " with at least %" PRIu32 " visitors%s. %" PRIu32 " comparisons with the rest, %" PRIu32
            " of variants within segments and %" PRIu32
            " of their effects here and elsewhere, each family corrected (%s); only what remains at %.4g is called "
            "high, low, better or different. Shrunken: drawn towards the %s of all as far as noise explains the "
            "distance.",
            r->min_visitors, r->adaptive ? ", rates as if every segment had been served the same mix" : "",
            r->rate_tests, r->effect_tests, r->difference_tests, spl_correction_name(r->correction), r->alpha,
            r->binary ? "rate" : "mean");
    if (r->small_segments > 0) fprintf(out, " %" PRIu32 " smaller ones were not looked at.", r->small_segments);
    if (r->more_segments > 0) fprintf(out, " %" PRIu32 " more were too many.", r->more_segments);
    fputs("</p>\n", out);
}

void spl_html_segments(FILE *out, const spl_analysis *r)
{
    if (r->segment_count < 2) return;
    fputs("<section aria-labelledby=\"segments\">\n<h2 id=\"segments\">Segments</h2>\n", out);
    put_table(out, r);
    put_note(out, r);
    fputs("<h3>Variants within segments</h3>\n", out);
    for (uint32_t i = 1; i < r->segment_count; i++) put_inside(out, r, i);
    fputs("</section>\n", out);
}
