// SPDX-License-Identifier: GPL-3.0-or-later
#include <cJSON.h>
#include <math.h>
#include <stdlib.h>

#include "bundle/tree_draw.h"
#include "bundle/tree_parts.h"
#include "json/json_add.h"

// cJSON takes memory as it goes and answers NULL when there is none; `ok` remembers that.
typedef struct maker {
    const spl_view *view;
    bool ok;
} maker;

static void keep(maker *m, const cJSON *item)
{
    if (!item) m->ok = false;
}

static void put_text(maker *m, cJSON *to, const char *name, spl_text text)
{
    m->ok &= spl_json_add_text(to, name, text);
}

static void put_number(maker *m, cJSON *to, const char *name, double value)
{
    m->ok &= spl_json_add_number(to, name, value);
}

static spl_text key_of(const spl_view *view, uint32_t index)
{
    return spl_tree_key(&view->bundle->tree, view->nodes[index].node);
}

static cJSON *put_interval(maker *m, cJSON *to, double low, double high)
{
    if (!isfinite(low) || !isfinite(high)) return cJSON_AddNullToObject(to, "interval");
    double ends[] = {low, high};
    cJSON *list = cJSON_CreateDoubleArray(ends, 2);
    keep(m, list);
    return cJSON_AddItemToObject(to, "interval", list) ? list : NULL;
}

static void put_seen(maker *m, cJSON *to, const spl_report_node *seen)
{
    put_number(m, to, "exposures", seen->exposures);
    put_number(m, to, "rate", seen->rate);
    keep(m, put_interval(m, to, seen->low, seen->high));
}

// What is known of one variant in one segment.
static void put_variants(maker *m, cJSON *to, const spl_view_node *n)
{
    const spl_experiment *x = m->view->experiment;
    cJSON *list = cJSON_AddArrayToObject(to, "variants");
    for (uint32_t v = 0; v < x->policy.variant_count; v++) {
        cJSON *item = cJSON_CreateObject();
        put_text(m, item, "variant", x->variants[v]);
        put_number(m, item, "probability", n->probabilities[v]);
        if (n->seen) {
            const spl_report_arm *arm = &n->seen->arms[v];
            put_number(m, item, "exposures", arm->exposures);
            put_number(m, item, "rate", arm->rate);
            put_number(m, item, "mean", arm->mean);
            keep(m, put_interval(m, item, arm->low, arm->high));
            put_number(m, item, "lift", arm->lift);
        }
        if (!cJSON_AddItemToArray(list, item)) m->ok = false;
    }
}

static void put_split(maker *m, cJSON *to, uint32_t index)
{
    spl_text split = spl_view_split(m->view, index);
    if (split.size > 0)
        put_text(m, to, "split", split);
    else
        keep(m, cJSON_AddNullToObject(to, "split"));
}

static cJSON *make_node(maker *m, uint32_t index)
{
    const spl_view_node *n = &m->view->nodes[index];
    cJSON *item = cJSON_CreateObject();
    put_text(m, item, "segment", key_of(m->view, index));
    put_text(m, item, "attribute", n->attribute);
    put_text(m, item, "value", n->value);
    put_number(m, item, "level", n->depth);
    keep(m, cJSON_AddBoolToObject(item, "serves", n->server == index));
    put_text(m, item, "served_by", key_of(m->view, n->server));
    put_text(m, item, "lead", m->view->experiment->variants[n->lead]);
    if (n->seen) put_seen(m, item, n->seen);
    put_variants(m, item, n);
    if (n->hidden > 0) put_number(m, item, "hidden", n->hidden);
    put_split(m, item, index);
    return item;
}

static void put_mark(maker *m, cJSON *to, const char *name, uint32_t index)
{
    if (index == SPL_NO_NODE) {
        keep(m, cJSON_AddNullToObject(to, name));
    } else {
        put_text(m, to, name, key_of(m->view, index));
    }
}

static void put_served(maker *m, cJSON *to)
{
    cJSON *list = m->view->report ? cJSON_AddArrayToObject(to, "served_by_level") : NULL;
    keep(m, list || !m->view->report ? to : NULL);
    for (uint32_t level = 0; list && level <= m->view->depth; level++) {
        if (!cJSON_AddItemToArray(list, cJSON_CreateNumber(m->view->served[level]))) m->ok = false;
    }
}

static cJSON *make_head(maker *m)
{
    const spl_view *view = m->view;
    cJSON *root = cJSON_CreateObject();
    put_text(m, root, "bundle", view->bundle->id_hex);
    put_text(m, root, "experiment", view->experiment->key);
    put_number(m, root, "segments", view->bundle->tree.node_count);
    put_number(m, root, "serving", view->serving);
    put_number(m, root, "depth", view->depth);
    keep(m, cJSON_AddBoolToObject(root, "report", view->report != NULL));
    if (view->report) {
        keep(m, cJSON_AddStringToObject(root, "outcome", view->report->outcome));
        keep(m, cJSON_AddStringToObject(root, "reward", view->report->binary ? "binary" : "normal"));
    }
    put_served(m, root);
    put_mark(m, root, "highest", view->best);
    put_mark(m, root, "lowest", view->worst);
    return root;
}

// Parents stand before their children, so every node finds its parent's list ready.
static void hang_nodes(maker *m, cJSON *root, cJSON **items)
{
    for (uint32_t i = 0; i < m->view->count; i++) {
        uint32_t parent = m->view->nodes[i].parent;
        items[i] = make_node(m, i);
        keep(m, cJSON_AddArrayToObject(items[i], "children"));
        bool hung = parent == SPL_NO_NODE
                        ? cJSON_AddItemToObject(root, "tree", items[i])
                        : cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(items[parent], "children"), items[i]);
        if (!hung) m->ok = false;
    }
}

cJSON *spl_tree_node_json(const spl_view *view, uint32_t index)
{
    maker m = {view, true};
    cJSON *item = make_node(&m, index);
    if (m.ok) return item;
    cJSON_Delete(item);
    return NULL;
}

bool spl_tree_json(const spl_view *view, FILE *out)
{
    maker m = {view, true};
    cJSON **items = calloc(view->count, sizeof *items);
    cJSON *root = items ? make_head(&m) : NULL;
    char *text = NULL;
    if (root) hang_nodes(&m, root, items);
    if (root && m.ok) text = cJSON_Print(root);
    if (text) fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(root);
    free(items);
    return text != NULL;
}
