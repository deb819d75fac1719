// SPDX-License-Identifier: GPL-3.0-or-later
// Branches are <details>, which fold, take the keyboard and are read out without a script; the only
// script opens or closes all of them. Bars are SVG, for widths as style attributes would need a laxer policy.
#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/tree_draw.h"
#include "bundle/tree_page.h"
#include "host/figures.h"
#include "host/visible.h"

#define OPEN_LEVELS 3 // branches above this depth are open at first
#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct page {
    const spl_view *view;
    FILE *out;
    double scale; // the highest rate that the range column shows
    bool ok;
} page;

// Writes a visible text from malloc and frees it.
static void put_text(page *p, char *visible)
{
    if (visible) {
        spl_put_html(p->out, visible);
    } else {
        p->ok = false;
    }
    free(visible);
}

static void put_variant(page *p, uint32_t v)
{
    put_text(p, spl_view_variant(p->view, v, true));
}

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
        put_variant(p, v);
        fputs(spl_view_marks_control(p->view, v) ? " <span class=\"dim\">control</span></li>\n" : "</li>\n", p->out);
    }
    fputs("</ul>\n<button type=\"button\" id=\"open\">Expand all</button>\n"
          "<button type=\"button\" id=\"close\">Collapse all</button>\n</div>\n",
          p->out);
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
    fprintf(p->out, "<span class=\"n visits\" title=\"%.0f visits\">%s</span>", seen->exposures,
            spl_figure_count(seen->exposures, figure));
    fprintf(p->out, "<span class=\"n\" title=\"%s\">%s</span>",
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
        put_variant(p, v);
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
    put_variant(p, n->lead);
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
        fprintf(p->out, " %s\">%s", lift >= 0 ? "good" : "bad", spl_figure_change(lift, figure));
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
        put_text(p, spl_visible(n->attribute, true));
        fputs("</span>", p->out);
    }
    fputs("<span class=\"value\">", p->out);
    put_text(p, spl_visible(index > 0 ? n->value : SPL_TEXT("global"), true));
    fputs("</span>", p->out);
    if (index == p->view->best) fputs("<span class=\"chip\">highest rate</span>", p->out);
    if (index == p->view->worst) fputs("<span class=\"chip\">lowest rate</span>", p->out);
    if (n->server != index) {
        fputs("<span class=\"chip\">as ", p->out);
        put_text(p, spl_view_label(p->view, n->server, true));
        fputs("</span>", p->out);
    }
    if (n->hidden > 0) fprintf(p->out, "<span class=\"chip\">%" PRIu32 " below not shown</span>", n->hidden);
    fputs("</span>", p->out);
}

static void put_row(page *p, uint32_t index)
{
    const spl_view_node *n = &p->view->nodes[index];
    const char *tag = n->children > 0 ? "summary" : "div";
    fprintf(p->out, "<%s class=\"row d%" PRIu32 "%s\">", tag, n->depth, n->server == index ? "" : " fallback");
    put_name(p, index);
    if (n->seen) put_seen(p, n->seen);
    put_served(p, n);
    if (n->seen) put_lift(p, index);
    fprintf(p->out, "</%s>", tag);
}

// Closes the lists between a node and the one that is drawn after it.
static void close_branches(page *p, uint32_t from, uint32_t to)
{
    for (; from > to; from--) fputs("</ul></details></li>\n", p->out);
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
        fputs("<li>", p->out);
        if (n->children > 0)
            fprintf(p->out, "<details%s%s>", i == 0 ? " class=\"root\"" : "", n->depth < OPEN_LEVELS ? " open" : "");
        put_row(p, i);
        fputs(n->children > 0 ? "<ul>\n" : "</li>\n", p->out);
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
        put_text(p, spl_visible((spl_text){view->report->outcome, strlen(view->report->outcome)}, true));
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
              "rate of all. Lift is that of the served variant over the control, by posterior means.</p>\n",
              out);
    fputs("</div>\n<script>", out);
    put_lines(&p, spl_page_script, COUNT(spl_page_script));
    fputs("</script>\n</body>\n</html>\n", out);
    return p.ok;
}
