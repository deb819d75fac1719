// SPDX-License-Identifier: GPL-3.0-or-later
// The report as one page without network and without a script: it prints, follows the reader's light or dark, and all
// that its pictures show stands in tables.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analyze/html_parts.h"
#include "analyze/wording.h"
#include "analyze/write.h"
#include "host/page.h"
#include "host/visible.h"

// clang-format off
static const char *const STYLE[] = {
    "*{box-sizing:border-box}",
    ".sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}",
    "body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}",
    "main{max-width:74rem;margin:0 auto;padding:2rem 1.25rem 4rem}",
    "h1{font-size:1.6rem;margin:0 0 .25rem;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:0 0 .6rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}",
    ".about,.note{color:var(--dim)}.about{margin:0 0 1.25rem;overflow-wrap:anywhere}.note{font-size:.85rem;max-width:60rem}",
    "section{background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:1rem 1.2rem;margin:0 0 1rem}",
    ".lead{font-size:1.08rem;border-left:.3rem solid var(--good)}.lead.doubtful{border-left-color:var(--doubt)}.lead.broken{border-left-color:var(--bad)}",
    ".lead p{margin:.15rem 0;max-width:60rem}ol,ul{margin:.3rem 0;padding-left:1.4rem}li{margin:.25rem 0;max-width:60rem;overflow-wrap:anywhere}",
    ".wide{overflow-x:auto}.wide:focus-visible,a:focus-visible,summary:focus-visible{outline:2px solid var(--focus);outline-offset:2px}",
    "table{border-collapse:collapse;font-size:.9rem;width:100%}th,td{padding:.3rem .9rem .3rem 0;text-align:left;font-weight:400;border-bottom:1px solid var(--line);vertical-align:baseline}",
    "thead th,thead td{color:var(--dim);font-size:.8rem;vertical-align:bottom}tbody th{font-weight:600;overflow-wrap:anywhere;min-width:9rem}tbody tr:last-child>*{border-bottom:0}",
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}thead .n{white-space:normal}.best{white-space:nowrap}.dim{color:var(--dim);font-weight:400}",
    ".good{color:var(--good)}.bad{color:var(--bad)}.doubt{color:var(--doubt)}",
    ".chip{font-size:.75rem;font-weight:400;border:1px solid currentColor;border-radius:1rem;padding:0 .5rem;white-space:nowrap}.chip:not(.good,.bad,.doubt){color:var(--dim)}",
    ".key{width:.8rem;height:.8rem;border-radius:.2rem;margin-right:.45rem;vertical-align:-.05rem}",
    ".bar{min-width:9rem;width:12rem;vertical-align:middle}.bar svg{display:block;width:100%;height:1.15rem;color:var(--dim)}.bar svg.good{color:var(--good)}.bar svg.bad{color:var(--bad)}",
    ".bar .zero{stroke:var(--dim);stroke-dasharray:3 3;opacity:.6}.bar .range{stroke:currentColor;stroke-width:2.5}.bar circle{fill:currentColor}",
    ".d2{padding-left:1.2rem}.d3{padding-left:2.4rem}.d4{padding-left:3.6rem}.d5{padding-left:4.8rem}.d6{padding-left:6rem}.d7{padding-left:7.2rem}",
    "a{color:inherit;text-decoration-color:var(--dim);text-underline-offset:.2em}summary{cursor:pointer;padding:.2rem 0}details{margin:.2rem 0}details:target>summary{outline:2px solid var(--focus)}",
    "figure{margin:.6rem 0 1rem}figcaption{font-size:.9rem;margin-bottom:.3rem}figure svg{display:block;width:100%;height:auto;max-width:60rem}",
    "figure text{fill:var(--dim);font-size:11px}.end{text-anchor:end}.grid{stroke:var(--line)}.band{opacity:.16}.change{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:2 3}",
    ".line{fill:none;stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}.l0{stroke:var(--v0)}.l1{stroke:var(--v1);stroke-dasharray:9 4}.l2{stroke:var(--v2);stroke-dasharray:2 5}.l3{stroke:var(--v3);stroke-dasharray:9 4 2 4}",
    ".l4{stroke:var(--v4);stroke-dasharray:14 4}.l5{stroke:var(--v5);stroke-dasharray:5 5}.l6{stroke:var(--v6);stroke-dasharray:12 3 2 3 2 3}.l7{stroke:var(--v7);stroke-dasharray:1 4}",
    ".legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0}.legend li{margin:0}.stroke{width:1.75rem;height:.5rem;margin-right:.4rem;vertical-align:.1rem}",
    "@media print{body{background:none;font-size:12px}main{max-width:none;padding:0}section{break-inside:auto;border-color:#bbb}tr,figure,details{break-inside:avoid}.wide{overflow:visible}}",
};
// clang-format on

static const char *class_of(spl_analysis_grade grade)
{
    return grade == SPL_ANALYSIS_FINE ? "good" : grade == SPL_ANALYSIS_DOUBT ? "doubt" : "bad";
}

static void put_about(FILE *out, const spl_analysis *r)
{
    char from[SPL_WORDS_MAX], to[SPL_WORDS_MAX], count[SPL_WORDS_MAX];
    fputs("<body>\n<main>\n<h1>Experiment ", out);
    spl_put_html(out, r->experiment);
    fputs("</h1>\n<p class=\"about\">", out);
    if (r->outcome) {
        fputs("Outcome ", out);
        spl_put_html(out, r->outcome);
        fputs(" · ", out);
    }
    fprintf(out, "%s visitors · %s to %s (UTC) · ", spl_words_count((double)r->counts.visitors, false, count),
            spl_words_day(r->first_ms, from), spl_words_day(r->last_ms, to));
    spl_put_html(out, r->source);
    fputs("</p>\n", out);
}

static void put_summary(FILE *out, const spl_analysis *r)
{
    static const char *const MARKS[] = {"", " doubtful", " broken"};
    fprintf(out, "<section class=\"lead%s\" aria-label=\"Summary\">\n", MARKS[r->health]);
    for (uint32_t i = 0; i < r->summary.count; i++) {
        fputs("<p>", out);
        spl_put_html(out, r->summary.text[i]);
        fputs("</p>\n", out);
    }
    fputs("</section>\n", out);
}

static void put_advice(FILE *out, const spl_analysis *r)
{
    if (r->advice_count == 0) return;
    fputs("<section aria-labelledby=\"advice\">\n<h2 id=\"advice\">What to do</h2>\n<ol>\n", out);
    for (uint32_t i = 0; i < r->advice_count; i++) {
        fputs("<li>", out);
        spl_put_html(out, r->advice[i].text);
        fputs("</li>\n", out);
    }
    fputs("</ol>\n</section>\n", out);
}

static void put_leaks(FILE *out, const spl_analysis *r)
{
    if (r->leak_count == 0) return;
    fputs("<h3>Where the ratio is off</h3>\n<div class=\"wide\" tabindex=\"0\"><table><thead><tr><th "
          "scope=\"col\">Where</th><th "
          "scope=\"col\" class=\"n\">Visitors</th><th scope=\"col\">Variant</th><th scope=\"col\" class=\"n\">Served "
          "less "
          "expected</th><th scope=\"col\" class=\"n\">p, corrected</th></tr></thead>\n<tbody>\n",
          out);
    for (uint32_t i = 0; i < r->leak_count; i++) {
        const spl_analysis_leak *leak = &r->leaks[i];
        fputs("<tr><th scope=\"row\">", out);
        spl_put_html(out, leak->where);
        fputs("</th>", out);
        spl_html_count(out, (double)leak->visitors);
        fputs("<td>", out);
        spl_put_html(out, r->variant_names[leak->variant]);
        fprintf(out, "</td><td class=\"n\">%+.2f %%</td>", 100 * leak->deviation);
        spl_html_probability(out, leak->p);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

static void put_health(FILE *out, const spl_analysis *r)
{
    static const char *const WORDS[] = {"fine", "in doubt", "broken"};
    fprintf(out,
            "<section aria-labelledby=\"health\">\n<h2 id=\"health\">Health of the data: <span "
            "class=\"%s\">%s</span></h2>\n<ul>\n",
            class_of(r->health), WORDS[r->health]);
    for (uint32_t i = 0; i < r->check_count; i++) {
        const spl_analysis_check *check = &r->checks[i];
        fprintf(out, "<li><span class=\"chip %s\">%s</span> ", class_of(check->grade), WORDS[check->grade]);
        spl_put_html(out, check->text);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
    put_leaks(out, r);
    fputs("</section>\n", out);
}

static void put_warnings(FILE *out, const spl_analysis *r)
{
    if (r->warnings.count == 0) return;
    fputs("<section aria-labelledby=\"reading\">\n<h2 id=\"reading\">How to read the figures</h2>\n<ul>\n", out);
    for (uint32_t i = 0; i < r->warnings.count; i++) {
        fputs("<li>", out);
        spl_put_html(out, r->warnings.text[i]);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n</section>\n", out);
}

void spl_analysis_html(const spl_analysis *r, FILE *out)
{
    char title[96];
    snprintf(title, sizeof title, "%.80s: analysis", r->experiment);
    spl_page_head(out, title, SPL_PAGE_BLOCK(STYLE), (spl_page_block){NULL, 0});
    put_about(out, r);
    put_summary(out, r);
    put_advice(out, r);
    spl_html_variants(out, r);
    spl_html_time(out, r);
    spl_html_segments(out, r);
    put_health(out, r);
    put_warnings(out, r);
    fputs("</main>\n", out);
    spl_page_end(out, (spl_page_block){NULL, 0});
}
