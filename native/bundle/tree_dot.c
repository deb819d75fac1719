// SPDX-License-Identifier: GPL-3.0-or-later
// Names stand only within quoted labels, and node names are n0, n1, …: nothing from the bundle is syntax.
// The experiment's key needs no escape: the bundle reader allows [A-Za-z0-9_.-] only.
#include <inttypes.h>
#include <stdlib.h>

#include "bundle/tree_draw.h"
#include "host/figures.h"
#include "host/visible.h"

// Fill colours by leading variant, light enough for black text; told apart by colour-blind readers
// (after Okabe & Ito 2008).
static const char *const fills[] = {"#e8e8e8", "#cfe6f7", "#fde2b8", "#cdeee0",
                                    "#f6dcea", "#fbf6c0", "#d5dbf3", "#f9d3c4"};
#define FILLS (sizeof fills / sizeof *fills)

static bool put(FILE *out, char *visible)
{
    if (!visible) return false;
    spl_put_dot(out, visible);
    free(visible);
    return true;
}

static bool put_node(const spl_view *view, uint32_t index, FILE *out)
{
    const spl_view_node *n = &view->nodes[index];
    char figure[SPL_FIGURE_MAX];
    bool serves = n->server == index, ok;
    fprintf(out, "  n%" PRIu32 " [fillcolor=\"%s\", style=\"%s\", label=\"", index, fills[n->lead % FILLS],
            serves ? "filled,rounded" : "filled,rounded,dashed");
    ok = put(out, spl_view_label(view, index, true));
    if (n->seen) {
        fprintf(out, "\\n%s visits", spl_figure_count(n->seen->exposures, figure));
        fprintf(out, ", %s", spl_figure_rate(n->seen->rate, view->report->binary, figure));
    }
    fputs("\\n", out);
    ok &= put(out, spl_view_variant(view, n->lead, true));
    fprintf(out, " %s", spl_figure_share(n->probabilities[n->lead], figure));
    if (!serves) {
        fputs(" as ", out);
        ok &= put(out, spl_view_label(view, n->server, true));
    }
    if (n->hidden > 0) fprintf(out, "\\n%" PRIu32 " below not shown", n->hidden);
    fputs("\"];\n", out);
    return ok;
}

bool spl_tree_dot(const spl_view *view, FILE *out)
{
    bool ok = true;
    fprintf(out, "digraph \"%.*s\" {\n", (int)view->experiment->key.size, view->experiment->key.data);
    fputs("  rankdir=LR;\n  node [shape=box, fontname=\"Helvetica\", fontsize=11, color=\"#606060\"];\n", out);
    fputs("  edge [color=\"#808080\", arrowsize=0.6];\n", out);
    for (uint32_t i = 0; i < view->count; i++) ok &= put_node(view, i, out);
    for (uint32_t i = 1; i < view->count; i++)
        fprintf(out, "  n%" PRIu32 " -> n%" PRIu32 ";\n", view->nodes[i].parent, i);
    fputs("}\n", out);
    return ok;
}
