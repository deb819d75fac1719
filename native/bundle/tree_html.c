// SPDX-License-Identifier: GPL-3.0-or-later
// Every segment is a <details>, which folds, takes the keyboard and is read out without a script; the script adds a
// search, arrow keys and buttons for all of them. Bars are SVG, for widths as style attributes would need a laxer
// policy.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/tree_draw.h"
#include "bundle/tree_html_parts.h"
#include "bundle/tree_page.h"
#include "host/figures.h"
#include "host/page.h"
#include "host/visible.h"

#define OPEN_LEVELS 3 // branches above this depth are open at first

typedef spl_html_page page;

static void put_head(page *p)
{
    char title[96]; // a key has at most 64 characters, all of which print
    snprintf(title, sizeof title, "Segments of %.*s", (int)p->view->experiment->key.size,
             p->view->experiment->key.data);
    spl_page_head(p->out, title, SPL_PAGE_BLOCK(spl_page_style), SPL_PAGE_BLOCK(spl_page_script));
}

static void put_fact(page *p, const char *name, const char *value)
{
    fprintf(p->out, "<div><dt>%s</dt><dd>", name);
    spl_put_html(p->out, value);
    fputs("</dd></div>\n", p->out);
}

// The share of visits that each level serves, where segments serve any.
static void put_served(page *p)
{
    char text[SPL_TREE_DEPTH_MAX * (SPL_FIGURE_MAX + 4)], figure[SPL_FIGURE_MAX];
    size_t at = 0;
    if (!(p->view->served[0] < 1)) return;
    for (uint32_t level = 0; level <= p->view->depth; level++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", level ? " · " : "",
                               spl_figure_share(p->view->served[level], figure));
    put_fact(p, "Visits served by level, root first", text);
}

static void put_mark(page *p, const char *name, uint32_t index)
{
    if (index == SPL_NO_NODE) return;
    char figure[SPL_FIGURE_MAX];
    fprintf(p->out, "<div><dt>%s</dt><dd>%s <a class=\"jump\" href=\"#s%" PRIu32 "\">", name,
            spl_figure_rate(p->view->nodes[index].seen->rate, p->view->report->binary, figure),
            p->view->nodes[index].node);
    spl_html_text(p, spl_visible(spl_tree_key(&p->view->bundle->tree, p->view->nodes[index].node), true));
    fputs("</a></dd></div>\n", p->out);
}

static void put_facts(page *p)
{
    const spl_view *view = p->view;
    char figure[SPL_FIGURE_MAX];
    fputs("<dl class=\"facts\">\n", p->out);
    snprintf(figure, sizeof figure, "%" PRIu32, view->bundle->tree.node_count);
    put_fact(p, "Segments", figure);
    snprintf(figure, sizeof figure, "%" PRIu32, view->serving);
    put_fact(p, "Serve on their own", figure);
    if (view->report) {
        put_fact(p, "Visits", spl_figure_count(view->nodes[0].seen->exposures, figure));
        put_fact(p, "Rate", spl_figure_rate(view->nodes[0].seen->rate, view->report->binary, figure));
    }
    put_served(p);
    put_mark(p, "Highest rate", view->best);
    put_mark(p, "Lowest rate", view->worst);
    fputs("</dl>\n", p->out);
}

static void put_legend(page *p)
{
    fputs("<div class=\"bar\">\n<ul class=\"legend\" aria-label=\"Variants\">\n", p->out);
    for (uint32_t v = 0; v < p->view->experiment->policy.variant_count; v++) {
        fprintf(p->out,
                "<li><svg viewBox=\"0 0 8 8\" aria-hidden=\"true\"><rect class=\"v%" PRIu32
                "\" width=\"8\" height=\"8\"/></svg>",
                v % SPL_PAGE_COLOURS);
        spl_html_variant(p, v);
        fputs(spl_view_marks_control(p->view, v) ? " <span class=\"dim\">control</span></li>\n" : "</li>\n", p->out);
    }
    fputs("</ul>\n<div class=\"find\"><label class=\"sr\" for=\"search\">Find segments</label><input id=\"search\" "
          "type=\"search\" "
          "placeholder=\"Find segments ( / )\" autocomplete=\"off\"><output id=\"found\" "
          "aria-live=\"polite\"></output></div>\n"
          "<button type=\"button\" id=\"open\">Expand all</button>\n"
          "<button type=\"button\" id=\"close\">Collapse all</button>\n</div>\n",
          p->out);
}

// Closes the lists between a node and the one that is drawn after it.
static void close_branches(page *p, uint32_t from, uint32_t to)
{
    for (; from > to; from--) fputs("</ul></details></li>\n", p->out);
}

// Opens the item and its <details>; what the search looks through stands in data-find.
static void put_item(page *p, uint32_t index)
{
    const spl_view_node *n = &p->view->nodes[index];
    fprintf(p->out, "<li id=\"s%" PRIu32 "\" data-find=\"", n->node);
    spl_html_text(p, spl_visible(spl_tree_key(&p->view->bundle->tree, n->node), true));
    fputs(" ", p->out);
    spl_html_text(p, spl_view_variant(p->view, n->lead, true));
    fprintf(p->out, "\"><details class=\"%s%s\"%s>", n->children > 0 ? "branch" : "leaf", index == 0 ? " root" : "",
            n->children > 0 && n->depth < OPEN_LEVELS ? " open" : "");
}

static void put_tree(page *p)
{
    const spl_view *view = p->view;
    fprintf(p->out,
            "<div class=\"tree%s\">\n<div class=\"row head\" aria-hidden=\"true\"><span>Segment</span>%s"
            "<span>Served</span>%s</div>\n<ul>\n",
            view->report ? "" : " policy",
            view->report ? "<span class=\"n\">Visits</span><span class=\"n\">Rate</span><span>95 % interval</span>"
                         : "",
            view->report ? "<span class=\"n\">Lift</span>" : "");
    for (uint32_t i = 0; i < view->count; i++) {
        const spl_view_node *n = &view->nodes[i];
        put_item(p, i);
        spl_html_row(p, i);
        spl_html_inside(p, i);
        fputs(n->children > 0 ? "<ul>\n" : "</details></li>\n", p->out);
        uint32_t next = i + 1 < view->count ? view->nodes[i + 1].depth : 0;
        if (n->children == 0) close_branches(p, n->depth, next);
    }
    fputs("</ul>\n</div>\n", p->out);
}

static double highest_end(const spl_view *view)
{
    double most = 0;
    for (uint32_t i = 0; view->report && i < view->count; i++) {
        double high = view->nodes[i].seen->high;
        if (isfinite(high) && high > most) most = high;
    }
    return most;
}

static void put_about(page *p)
{
    const spl_view *view = p->view;
    fprintf(p->out,
            "<body>\n<div class=\"page\">\n<h1>Segments of %.*s</h1>\n<p class=\"about\">Bundle <code>%.*s</code>",
            (int)view->experiment->key.size, view->experiment->key.data, (int)view->bundle->id_hex.size,
            view->bundle->id_hex.data);
    if (view->report && view->report->outcome[0]) {
        fputs(" · outcome ", p->out);
        spl_html_text(p, spl_visible((spl_text){view->report->outcome, strlen(view->report->outcome)}, true));
    }
    if (!view->report) fputs(" · policy only: there is no report of this bundle", p->out);
    fputs("</p>\n", p->out);
}

bool spl_tree_html(const spl_view *view, FILE *out)
{
    page p = {view, out, highest_end(view), true};
    put_head(&p);
    put_about(&p);
    put_facts(&p);
    put_legend(&p);
    put_tree(&p);
    if (view->report)
        fputs("<p class=\"note\">Rates are of all visits of a segment, with Wilson's 95 % interval; the dashed line is "
              "the "
              "rate of all. Lift is that of the served variant over the control, by posterior means. Estimates are "
              "posterior means with their 95 % "
              "intervals.</p>\n",
              out);
    fputs("<p class=\"note\">Keys: / finds, arrows walk through the segments and fold them, Home and End go to the "
          "first and the last.</p>\n",
          out);
    fputs("</div>\n", out);
    spl_page_end(out, SPL_PAGE_BLOCK(spl_page_script));
    return p.ok;
}
