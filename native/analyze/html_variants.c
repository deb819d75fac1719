// SPDX-License-Identifier: GPL-3.0-or-later
// The variants held against the control: over all visitors, and within a segment.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analyze/html_parts.h"
#include "analyze/wording.h"
#include "host/page.h"
#include "host/visible.h"

static spl_forest forest_of(const spl_analysis *r, const spl_analysis_segment *s)
{
    spl_forest forest = {0, 0};
    for (uint32_t v = 1; v < r->variant_count; v++) spl_forest_add(&forest, &s->arms[v].effect);
    return forest;
}

static void put_name(FILE *out, const spl_analysis *r, uint32_t v, uint32_t winner)
{
    fprintf(out,
            "<th scope=\"row\"><svg class=\"key\" viewBox=\"0 0 8 8\" aria-hidden=\"true\"><rect class=\"v%" PRIu32
            "\" width=\"8\" height=\"8\"/></svg>",
            v % SPL_PAGE_COLOURS);
    spl_put_html(out, r->variant_names[v]);
    if (v == 0) fputs(" <span class=\"chip\">control</span>", out);
    if (v == winner) fputs(" <span class=\"chip good\">better</span>", out);
    fputs("</th>", out);
}

// What a look at any time may conclude.
static void put_watch(FILE *out, const spl_analysis *r, uint32_t v)
{
    const spl_analysis_watch *w = &r->watch[v];
    const char *word = w->verdict;
    if (v == 0 || !word) {
        fputs("<td class=\"dim\">–</td>", out);
        return;
    }
    const char *class = strcmp(word, "better") == 0 ? "good" : strcmp(word, "worse") == 0 ? "bad" : "dim";
    char count[SPL_WORDS_MAX];
    fprintf(out, "<td><span class=\"%s\">%s</span>", class, word);
    if (w->decided_at > 0) fprintf(out, " since %s visitors", spl_words_count((double)w->decided_at, false, count));
    fputs("</td>", out);
}

static void put_arm(FILE *out, const spl_analysis *r, const spl_analysis_segment *s, uint32_t v, const spl_forest *f)
{
    const spl_analysis_arm *a = &s->arms[v];
    fputs("<tr>", out);
    put_name(out, r, v, s->winner);
    spl_html_count(out, (double)a->visitors);
    spl_html_count(out, a->converted);
    spl_html_rate(out, r, a->rate, a->interval);
    spl_html_effect(out, r, &a->effect);
    spl_html_bar(out, f, &a->effect);
    spl_html_probability(out, a->effect.p_corrected);
    spl_html_probability(out, a->p_best);
    if (s == r->segments) put_watch(out, r, v);
    fputs("</tr>\n", out);
}

void spl_html_arms(FILE *out, const spl_analysis *r, const spl_analysis_segment *s)
{
    spl_forest forest = forest_of(r, s);
    fputs("<div class=\"wide\" tabindex=\"0\"><table><caption class=\"sr\">Variants of ", out);
    spl_put_html(out, s->name);
    fprintf(out,
            "</caption><thead><tr><th scope=\"col\">Variant</th><th scope=\"col\" class=\"n\">Visitors</th><th "
            "scope=\"col\" class=\"n\">%s</th><th scope=\"col\" class=\"n\">%s</th><th scope=\"col\" class=\"n\">Over "
            "the control</th><td></td><th scope=\"col\" class=\"n\">p, corrected</th><th scope=\"col\" "
            "class=\"n\">P(best)</th>%s</tr></thead>\n<tbody>\n",
            r->binary ? "Converted" : "Rewarded", r->binary ? "Rate" : "Mean",
            s == r->segments ? "<th scope=\"col\">At any look</th>" : "");
    for (uint32_t v = 0; v < r->variant_count; v++) put_arm(out, r, s, v, &forest);
    fputs("</tbody></table></div>\n", out);
}

static const char *made_by(spl_analysis_method method)
{
    switch (method) {
    case SPL_ANALYSIS_COUNTS: return "Wilson's intervals of rates, Newcombe's of differences, and the pooled z-test";
    case SPL_ANALYSIS_FISHER: return "Wilson's intervals of rates and Fisher's exact test";
    case SPL_ANALYSIS_WELCH: return "means, by Welch's t-test";
    case SPL_ANALYSIS_AIPW:
        return "adaptively weighted AIPW estimates (Hadad et al. 2021), which allow for changing probabilities";
    case SPL_ANALYSIS_NOTHING: break;
    }
    return NULL;
}

void spl_html_variants(FILE *out, const spl_analysis *r)
{
    fputs("<section aria-labelledby=\"variants\">\n<h2 id=\"variants\">Variants</h2>\n", out);
    spl_html_arms(out, r, r->segments);
    spl_analysis_method method = r->segments->arms[r->variant_count > 1 ? 1 : 0].method;
    fprintf(out, "<p class=\"note\">Intervals of %.4g %% confidence for this one look.", 100 * (1 - r->alpha));
    if (made_by(method)) fprintf(out, " Made by %s.", made_by(method));
    if (r->variant_count > 2 && r->variant_correction != SPL_CORRECTION_NONE)
        fprintf(out, " p-values of the %" PRIu32 " comparisons are corrected (%s).", r->variant_count - 1,
                spl_correction_name(r->variant_correction));
    fputs(" “At any look” holds however often one looks.</p>\n</section>\n", out);
}
