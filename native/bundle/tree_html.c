// SPDX-License-Identifier: GPL-3.0-or-later
// Every segment is a <details>, which folds, takes the keyboard and is read out without a script; the script adds a
// search, arrow keys and buttons for all of them. Bars are SVG, for widths as style attributes would need a laxer
// policy.
#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/tree_draw.h"
#include "bundle/tree_html_parts.h"
#include "bundle/tree_page.h"
#include "host/figures.h"
#include "host/visible.h"

#define OPEN_LEVELS 3 // branches above this depth are open at first
#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef spl_html_page page;

static void put_lines(page *p, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) fputs(lines[i], p->out);
}

// 'sha256-…' of an inline block, as a content security policy names it.
static void put_hash(page *p, const char *const *lines, size_t count)
{
    crypto_hash_sha256_state state;
    unsigned char hash[crypto_hash_sha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < count; i++)
        crypto_hash_sha256_update(&state, (const unsigned char *)lines[i], strlen(lines[i]));
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    fprintf(p->out, "'sha256-%s'", text);
}

static void put_head(page *p)
{
    const spl_experiment *x = p->view->experiment;
    fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ",
          p->out);
    put_hash(p, spl_page_style, COUNT(spl_page_style));
    fputs("; script-src ", p->out);
    put_hash(p, spl_page_script, COUNT(spl_page_script));
    fprintf(p->out, "\">\n<title>Segments of %.*s</title>\n<style>", (int)x->key.size, x->key.data);
    put_lines(p, spl_page_style, COUNT(spl_page_style));
    fputs("</style>\n</head>\n", p->out);
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
    fputs("</div>\n<script>", out);
    put_lines(&p, spl_page_script, COUNT(spl_page_script));
    fputs("</script>\n</body>\n</html>\n", out);
    return p.ok;
}
