// SPDX-License-Identifier: GPL-3.0-or-later
// Answers to the questions of tree_ask.h, for people and for programs.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/tree_ask.h"
#include "bundle/tree_parts.h"
#include "host/figures.h"
#include "host/visible.h"
#include "json/json_add.h"

static char *key_text(const spl_view *view, uint32_t index, bool utf8)
{
    return spl_visible(spl_tree_key(&view->bundle->tree, view->nodes[index].node), utf8);
}

static bool put_table(const spl_view *view, const spl_tree_answer *answer, bool utf8, FILE *out)
{
    spl_grid *table = spl_grid_new(SPL_TREE_ROW_SIDES);
    bool ok = table != NULL;
    if (ok) spl_tree_row_titles(table, "segment");
    for (uint32_t i = 0; ok && i < answer->count; i++) {
        uint32_t index = answer->nodes[i];
        char *key = key_text(view, index, utf8), *reason = spl_view_reason(view, index);
        ok = key && reason;
        if (ok) {
            spl_grid_cell(table, "%s", key);
            bool decides = answer->question == SPL_ASK_PATH && index == answer->server;
            spl_tree_row(view, index, utf8, decides ? "<- serves this visitor" : reason, table);
        }
        free(key);
        free(reason);
    }
    ok = ok && spl_grid_print(table, out);
    spl_grid_free(table);
    return ok;
}

static void put_variant(const spl_view *view, const spl_view_node *n, uint32_t v, bool utf8, spl_grid *table)
{
    char figure[SPL_FIGURE_MAX], *name = spl_view_variant(view, v, utf8);
    spl_grid_cell(table, "%s%s", name ? name : "", spl_view_marks_control(view, v) ? " (control)" : "");
    free(name);
    if (n->seen) {
        const spl_report_arm *arm = &n->seen->arms[v];
        bool binary = view->report->binary, lifts = v > 0 && !isnan(arm->lift);
        spl_grid_cell(table, "%s", spl_figure_count(arm->exposures, figure));
        spl_grid_cell(table, "%s", spl_figure_rate(arm->rate, binary, figure));
        spl_grid_cell(table, "%s", spl_figure_rate(arm->mean, binary, figure));
        spl_grid_cell(table, "%s", spl_figure_interval(arm->low, arm->high, binary, figure));
        spl_grid_cell(table, "%s", lifts ? spl_figure_change(arm->lift, figure) : "");
    }
    spl_grid_cell(table, "%s", spl_figure_share(n->probabilities[v], figure));
}

static bool put_variants(const spl_view *view, uint32_t index, bool utf8, FILE *out)
{
    static const char *const titles[] = {"variant", "visits", "rate", "estimate", "95 % interval", "lift", "served"};
    const spl_view_node *n = &view->nodes[index];
    spl_grid *table = spl_grid_new(n->seen ? "lrrrlrr" : "lr");
    if (!table) return false;
    for (size_t i = 0; i < 7; i++) {
        if (n->seen || i == 0 || i == 6) spl_grid_cell(table, "%s", titles[i]);
    }
    for (uint32_t v = 0; v < view->experiment->policy.variant_count; v++) put_variant(view, n, v, utf8, table);
    fputc('\n', out);
    bool ok = spl_grid_print(table, out);
    spl_grid_free(table);
    return ok;
}

// Where a single node stands: its children, and who serves.
static bool put_place(const spl_view *view, uint32_t index, bool utf8, FILE *out)
{
    const spl_view_node *n = &view->nodes[index];
    char *server = key_text(view, n->server, utf8), *split = spl_visible(spl_view_split(view, index), utf8);
    bool ok = server && split;
    fprintf(out, "\nlevel %" PRIu32, n->depth);
    if (ok && n->server != index) fprintf(out, "; %s serves for it", server);
    if (ok && n->children > 0)
        fprintf(out, "; %" PRIu32 " %s by %s", n->children, n->children == 1 ? "child" : "children", split);
    fputc('\n', out);
    free(server);
    free(split);
    return ok;
}

bool spl_tree_answer_text(const spl_view *view, const spl_tree_answer *answer, bool utf8, FILE *out)
{
    spl_tree_head(view, utf8, out);
    if (answer->count == 0) {
        fputs(answer->question == SPL_ASK_CHILDREN ? "no segment below it\n" : "nothing above it: that is the root\n",
              out);
        return true;
    }
    if (!put_table(view, answer, utf8, out)) return false;
    if (answer->question == SPL_ASK_NODE)
        return put_variants(view, answer->nodes[0], utf8, out) && put_place(view, answer->nodes[0], utf8, out);
    if (answer->question != SPL_ASK_PATH) return true;
    fprintf(out, "\n%s\n", answer->end);
    return put_variants(view, answer->server, utf8, out);
}

// --- JSON -------------------------------------------------------------------------------------------------

static bool put_node(const spl_view *view, uint32_t index, cJSON *list)
{
    cJSON *item = spl_tree_node_json(view, index);
    char *reason = spl_view_reason(view, index);
    bool ok = item && reason && cJSON_AddStringToObject(item, "why", reason) &&
              cJSON_AddNumberToObject(item, "child_count", view->nodes[index].children);
    free(reason);
    if (ok && cJSON_AddItemToArray(list, item)) return true;
    cJSON_Delete(item);
    return false;
}

static bool fill(const spl_view *view, const spl_tree_answer *answer, cJSON *root)
{
    static const char *const questions[] = {"node", "path", "children", "ancestors"};
    const spl_view_node *server = &view->nodes[answer->server];
    bool ok = spl_json_add_text(root, "bundle", view->bundle->id_hex) &&
              spl_json_add_text(root, "experiment", view->experiment->key) &&
              cJSON_AddStringToObject(root, "question", questions[answer->question]) &&
              spl_json_add_text(root, "served_by", spl_tree_key(&view->bundle->tree, server->node)) &&
              spl_json_add_text(root, "lead", view->experiment->variants[server->lead]);
    if (ok && answer->end) ok = cJSON_AddStringToObject(root, "end", answer->end) != NULL;
    cJSON *list = ok ? cJSON_AddArrayToObject(root, "nodes") : NULL;
    for (uint32_t i = 0; list && ok && i < answer->count; i++) ok = put_node(view, answer->nodes[i], list);
    return ok && list;
}

bool spl_tree_answer_json(const spl_view *view, const spl_tree_answer *answer, FILE *out)
{
    cJSON *root = cJSON_CreateObject();
    char *text = root && fill(view, answer, root) ? cJSON_Print(root) : NULL;
    if (text) fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}
