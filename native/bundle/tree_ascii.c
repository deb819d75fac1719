// SPDX-License-Identifier: GPL-3.0-or-later
// One row per segment: its branch and name, what was seen there, and what is served.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/tree_draw.h"
#include "bundle/tree_parts.h"
#include "host/figures.h"
#include "host/grid.h"
#include "host/visible.h"

#define BRANCH_MAX (SPL_TREE_DEPTH_MAX * 10 + 1)

typedef struct strokes {
    const char *fork, *corner, *trunk, *gap;
} strokes;

static const strokes boxes = {"├─ ", "└─ ", "│  ", "   "};
static const strokes plain = {"|- ", "`- ", "|  ", "   "};

// The lines left of a name, drawn from the node up to the root and so written from the right.
static const char *branch(const spl_view *view, uint32_t index, const strokes *s, char out[BRANCH_MAX])
{
    char *at = out + BRANCH_MAX - 1;
    *at = '\0';
    const spl_view_node *n = &view->nodes[index];
    for (bool own = true; n->parent != SPL_NO_NODE; n = &view->nodes[n->parent], own = false) {
        const char *stroke = own ? (n->last ? s->corner : s->fork) : (n->last ? s->gap : s->trunk);
        size_t size = strlen(stroke);
        at -= size;
        memcpy(at, stroke, size);
    }
    return at;
}

static void put_served(const spl_view *view, FILE *out)
{
    char figure[SPL_FIGURE_MAX];
    if (!(view->served[0] < 1)) return; // the root serves all
    fputs("\nserved by level:", out);
    for (uint32_t level = 0; level <= view->depth; level++)
        fprintf(out, "%s %" PRIu32 ": %s", level ? "," : "", level, spl_figure_share(view->served[level], figure));
}

void spl_tree_head(const spl_view *view, bool utf8, FILE *out)
{
    const spl_experiment *x = view->experiment;
    fprintf(out, "experiment %.*s, bundle %.*s\n", (int)x->key.size, x->key.data, (int)view->bundle->id_hex.size,
            view->bundle->id_hex.data);
    fprintf(out, "%" PRIu32 " %s, %" PRIu32 " serve on their own; %" PRIu32 " variants:", view->bundle->tree.node_count,
            view->bundle->tree.node_count == 1 ? "segment" : "segments", view->serving, x->policy.variant_count);
    for (uint32_t v = 0; v < x->policy.variant_count; v++) {
        char *name = spl_view_variant(view, v, utf8);
        fprintf(out, "%s %s%s", v ? "," : "", name ? name : "", spl_view_marks_control(view, v) ? " (control)" : "");
        free(name);
    }
    if (!view->report) {
        fprintf(out, "\npolicy only: there is no report of this bundle");
    } else if (view->report->outcome[0]) {
        char *outcome = spl_visible((spl_text){view->report->outcome, strlen(view->report->outcome)}, utf8);
        fprintf(out, "\nrate: %s per visit; lift: the served variant's over the control, by posterior means",
                outcome ? outcome : "");
        free(outcome);
    }
    if (view->report) put_served(view, out);
    fputs("\n\n", out);
}

static void seen_cells(const spl_view *view, const spl_view_node *n, spl_grid *table)
{
    char a[SPL_FIGURE_MAX], b[SPL_FIGURE_MAX], c[SPL_FIGURE_MAX];
    if (!n->seen) {
        for (int i = 0; i < 3; i++) spl_grid_cell(table, "%s", "");
        return;
    }
    bool binary = view->report->binary;
    spl_grid_cell(table, "%s", spl_figure_count(n->seen->exposures, a));
    spl_grid_cell(table, "%s", spl_figure_rate(n->seen->rate, binary, b));
    spl_grid_cell(table, "%s", spl_figure_interval(n->seen->low, n->seen->high, binary, c));
}

static void remark(const spl_view *view, uint32_t index, bool utf8, spl_grid *table)
{
    const spl_view_node *n = &view->nodes[index];
    const char *mark = index == view->best ? "highest rate" : index == view->worst ? "lowest rate" : "";
    char hidden[48] = "";
    if (n->hidden > 0) snprintf(hidden, sizeof hidden, "%" PRIu32 " below not shown", n->hidden);
    if (n->server != index) {
        char *label = spl_view_label(view, n->server, utf8);
        spl_grid_cell(table, "as %s%s%s", label ? label : "", hidden[0] ? "; " : "", hidden);
        free(label);
    } else {
        spl_grid_cell(table, "%s%s%s", mark, *mark && hidden[0] ? "; " : "", hidden);
    }
}

const char SPL_TREE_ROW_SIDES[] = "lrrrlrrl";

void spl_tree_row_titles(spl_grid *table, const char *name)
{
    static const char *const titles[] = {"visits", "rate", "95 % interval", "serves", "p", "lift", ""};
    spl_grid_cell(table, "%s", name);
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) spl_grid_cell(table, "%s", titles[i]);
}

void spl_tree_row(const spl_view *view, uint32_t index, bool utf8, const char *said, spl_grid *table)
{
    const spl_view_node *n = &view->nodes[index];
    char figure[SPL_FIGURE_MAX];
    char *variant = spl_view_variant(view, n->lead, utf8);
    seen_cells(view, n, table);
    spl_grid_cell(table, "%s", variant ? variant : "");
    spl_grid_cell(table, "%s", spl_figure_share(n->probabilities[n->lead], figure));
    // Where an ancestor serves, its variant was chosen for more than this segment: no lift is claimed.
    bool lifts = n->seen && n->server == index && n->lead != 0 && !isnan(n->seen->arms[n->lead].lift);
    spl_grid_cell(table, "%s", lifts ? spl_figure_change(n->seen->arms[n->lead].lift, figure) : "");
    if (said)
        spl_grid_cell(table, "%s", said);
    else
        remark(view, index, utf8, table);
    free(variant);
}

static void row(const spl_view *view, uint32_t index, bool utf8, spl_grid *table)
{
    char lines[BRANCH_MAX], *label = spl_view_label(view, index, utf8);
    spl_grid_cell(table, "%s%s", branch(view, index, utf8 ? &boxes : &plain, lines), label ? label : "");
    spl_tree_row(view, index, utf8, NULL, table);
    free(label);
}

bool spl_tree_ascii(const spl_view *view, bool utf8, FILE *out)
{
    spl_grid *table = spl_grid_new(SPL_TREE_ROW_SIDES);
    if (!table) return false;
    spl_tree_head(view, utf8, out);
    spl_tree_row_titles(table, "segment");
    for (uint32_t i = 0; i < view->count; i++) row(view, i, utf8, table);
    bool ok = spl_grid_print(table, out);
    spl_grid_free(table);
    return ok;
}
