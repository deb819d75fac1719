// SPDX-License-Identifier: GPL-3.0-or-later
// A segment in the page: the row that is always seen, and what opens below it.
#include "bundle/tree_html_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "host/figures.h"
#include "host/page.h"
#include "host/visible.h"

typedef spl_html_page page;

void spl_html_text(page *p, char *visible)
{
    if (visible) {
        spl_put_html(p->out, visible);
    } else {
        p->ok = false;
    }
    free(visible);
}

void spl_html_variant(page *p, uint32_t v)
{
    spl_html_text(p, spl_view_variant(p->view, v, true));
}

// The interval as a line, the rate as a dot, and the rate of all visits as a dashed mark.
static void put_range(page *p, const spl_report_node *seen)
{
    double all = p->view->nodes[0].seen->rate;
    fputs("<span>", p->out);
    if (isfinite(seen->low) && isfinite(seen->high) && p->scale > 0) {
        fprintf(p->out,
                "<svg class=\"range\" viewBox=\"0 0 140 16\" preserveAspectRatio=\"none\" role=\"img\" "
                "aria-label=\"95 %% interval %.2f to %.2f %%\">",
                100 * seen->low, 100 * seen->high);
        if (isfinite(all))
            fprintf(p->out, "<line class=\"all\" x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" y2=\"16\"/>", 140 * all / p->scale,
                    140 * all / p->scale);
        fprintf(p->out, "<line x1=\"%.1f\" y1=\"8\" x2=\"%.1f\" y2=\"8\"/><circle cx=\"%.1f\" cy=\"8\" r=\"3\"/></svg>",
                140 * seen->low / p->scale, 140 * seen->high / p->scale, 140 * seen->rate / p->scale);
    }
    fputs("</span>", p->out);
}

static void put_seen(page *p, const spl_report_node *seen)
{
    char figure[SPL_FIGURE_MAX], title[SPL_FIGURE_MAX];
    bool binary = p->view->report->binary;
    fprintf(p->out, "<span class=\"n visits\" title=\"%.0f visits\">%s<span class=\"sr\"> visits,</span></span>",
            seen->exposures, spl_figure_count(seen->exposures, figure));
    fprintf(p->out, "<span class=\"n\" title=\"%s\"><span class=\"sr\">rate </span>%s</span>",
            spl_figure_interval(seen->low, seen->high, binary, title), spl_figure_rate(seen->rate, binary, figure));
    put_range(p, seen);
}

// All probabilities as one stacked bar, and the leading one in words.
static void put_served(page *p, const spl_view_node *n)
{
    const spl_policy *policy = &p->view->experiment->policy;
    char figure[SPL_FIGURE_MAX];
    fputs("<span class=\"served\"><svg class=\"share\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" role=\"img\" "
          "aria-label=\"Served: ",
          p->out);
    for (uint32_t v = 0; v < policy->variant_count; v++) {
        if (v > 0) fputs(", ", p->out);
        spl_html_variant(p, v);
        fprintf(p->out, " %s",
                n->probabilities[v] < 0.005 ? "under 1 %" : spl_figure_share(n->probabilities[v], figure));
    }
    fputs("\">", p->out);
    double x = 0;
    for (uint32_t v = 0; v < policy->variant_count; v++) {
        double width = 100 * n->probabilities[v];
        fprintf(p->out, "<rect class=\"v%" PRIu32 "\" x=\"%.2f\" width=\"%.2f\" height=\"8\"/>", v % SPL_PAGE_COLOURS,
                x, width);
        x += width;
    }
    fputs("</svg><span>", p->out);
    spl_html_variant(p, n->lead);
    spl_figure_share(n->probabilities[n->lead], figure);
    fputs(" ", p->out);
    spl_put_html(p->out, figure);
    fputs("</span></span>", p->out);
}

static void put_lift(page *p, uint32_t index)
{
    const spl_view_node *n = &p->view->nodes[index];
    double lift = n->seen->arms[n->lead].lift;
    char figure[SPL_FIGURE_MAX];
    fputs("<span class=\"n", p->out);
    if (n->server == index && n->lead != 0 && isfinite(lift))
        fprintf(p->out, " %s\"><span class=\"sr\">lift </span>%s", lift >= 0 ? "good" : "bad",
                spl_figure_change(lift, figure));
    else
        fputs("\">", p->out);
    fputs("</span>", p->out);
}

static void put_name(page *p, uint32_t index)
{
    const spl_view_node *n = &p->view->nodes[index];
    fputs("<span class=\"name\">", p->out);
    if (index > 0) {
        fputs("<span class=\"attribute\">", p->out);
        spl_html_text(p, spl_visible(n->attribute, true));
        fputs("</span>", p->out);
    }
    fputs("<span class=\"value\">", p->out);
    spl_html_text(p, spl_visible(index > 0 ? n->value : SPL_TEXT("global"), true));
    fputs("</span>", p->out);
    if (index == p->view->best) fputs("<span class=\"chip up\">highest rate</span>", p->out);
    if (index == p->view->worst) fputs("<span class=\"chip down\">lowest rate</span>", p->out);
    if (n->server != index) {
        fputs("<span class=\"chip\">as ", p->out);
        spl_html_text(p, spl_view_label(p->view, n->server, true));
        fputs("</span>", p->out);
    }
    if (n->hidden > 0) fprintf(p->out, "<span class=\"chip\">%" PRIu32 " below not shown</span>", n->hidden);
    fputs("</span>", p->out);
}

void spl_html_row(page *p, uint32_t index)
{
    const spl_view_node *n = &p->view->nodes[index];
    fprintf(p->out, "<summary class=\"row d%" PRIu32 "%s\">", n->depth, n->server == index ? "" : " fallback");
    put_name(p, index);
    if (n->seen) put_seen(p, n->seen);
    put_served(p, n);
    if (n->seen) put_lift(p, index);
    fputs("</summary>", p->out);
}

static void put_arm(page *p, const spl_view_node *n, uint32_t v)
{
    char figure[SPL_FIGURE_MAX];
    fputs("<tr><th scope=\"row\">", p->out);
    spl_html_variant(p, v);
    fputs("</th>", p->out);
    if (n->seen) {
        const spl_report_arm *arm = &n->seen->arms[v];
        bool binary = p->view->report->binary;
        fprintf(p->out, "<td class=\"n\">%.0f</td>", arm->exposures);
        fprintf(p->out, "<td class=\"n\">%s</td>", isnan(arm->rate) ? "" : spl_figure_rate(arm->rate, binary, figure));
        fprintf(p->out, "<td class=\"n\">%s</td>", spl_figure_rate(arm->mean, binary, figure));
        fprintf(p->out, "<td class=\"n\">%s</td>", spl_figure_interval(arm->low, arm->high, binary, figure));
        bool lifts = v > 0 && isfinite(arm->lift);
        fprintf(p->out, "<td class=\"n%s\">%s</td>",
                !lifts           ? ""
                : arm->lift >= 0 ? " good"
                                 : " bad",
                lifts ? spl_figure_change(arm->lift, figure) : "");
    }
    fputs("<td class=\"n\">", p->out);
    spl_put_html(p->out, spl_figure_share(n->probabilities[v], figure));
    fputs("</td></tr>", p->out);
}

static void put_arms(page *p, const spl_view_node *n)
{
    fputs("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Variants\"><table><thead><tr>"
          "<th scope=\"col\">Variant</th>",
          p->out);
    if (n->seen)
        fputs("<th scope=\"col\" class=\"n\">Visits</th><th scope=\"col\" class=\"n\">Rate</th><th scope=\"col\" "
              "class=\"n\">Estimate</th><th scope=\"col\" class=\"n\">95 % interval</th><th scope=\"col\" "
              "class=\"n\">Lift</th>",
              p->out);
    fputs("<th scope=\"col\" class=\"n\">Served</th></tr></thead><tbody>\n", p->out);
    for (uint32_t v = 0; v < p->view->experiment->policy.variant_count; v++) put_arm(p, n, v);
    fputs("</tbody></table></div>", p->out);
}

void spl_html_inside(page *p, uint32_t index)
{
    const spl_view_node *n = &p->view->nodes[index];
    char *reason = spl_view_reason(p->view, index);
    fprintf(p->out, "<div class=\"inside in%" PRIu32 "\">", n->depth);
    if (n->children > 0) fputs("<details><summary>Variants here</summary>", p->out);
    if (n->server != index) {
        fputs("<p class=\"why\">Served as ", p->out);
        spl_html_text(p, spl_view_label(p->view, n->server, true));
        fprintf(p->out, ": %s.</p>", reason ? reason : "");
    }
    p->ok = p->ok && reason;
    free(reason);
    put_arms(p, n);
    fputs(n->children > 0 ? "</details></div>" : "</div>", p->out);
}
