// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/tree_view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/segment_key.h"
#include "host/visible.h"

// A node of the tree before the view's order is known. Siblings are neighbours here as they are in the tree.
typedef struct leaf {
    uint32_t node;
    double exposures;
    spl_text attribute, value;
} leaf;

typedef struct workshop {
    leaf *items;       // [n]
    uint32_t *subtree; // [n] nodes under each, itself included
    char *text;        // decoded names, as long as all keys
    size_t text_used;
} workshop;

static int compare_text(spl_text a, spl_text b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size > 0 ? memcmp(a.data, b.data, size) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_leaves(const void *left, const void *right)
{
    const leaf *a = left, *b = right;
    if (a->exposures != b->exposures) return a->exposures < b->exposures ? 1 : -1;
    int order = compare_text(a->attribute, b->attribute);
    if (order == 0) order = compare_text(a->value, b->value);
    return order != 0 ? order : (a->node > b->node) - (a->node < b->node);
}

static spl_text decoded(workshop *w, spl_text part)
{
    char *start = w->text + w->text_used;
    size_t size = spl_segment_decode(part, start);
    w->text_used += size;
    return (spl_text){start, size};
}

static void name_leaf(workshop *w, const spl_tree *tree, uint32_t node)
{
    spl_text attribute, value;
    uint32_t parent = tree->parent[node];
    spl_text above = parent == 0 ? (spl_text){NULL, 0} : spl_tree_key(tree, parent);
    spl_segment_step(above, spl_tree_key(tree, node), &attribute, &value);
    w->items[node].attribute = decoded(w, attribute);
    w->items[node].value = decoded(w, value);
}

static void prepare(workshop *w, const spl_tree *tree, const spl_report *report)
{
    for (uint32_t node = 0; node < tree->node_count; node++) {
        w->items[node] = (leaf){.node = node, .exposures = report ? report->nodes[node].exposures : 0};
        if (node > 0) name_leaf(w, tree, node);
    }
    for (uint32_t node = tree->node_count; node-- > 0;) {
        w->subtree[node]++;
        if (node > 0) w->subtree[tree->parent[node]] += w->subtree[node];
        if (tree->child_count[node] > 1)
            qsort(&w->items[tree->first_child[node]], tree->child_count[node], sizeof(leaf), compare_leaves);
    }
}

uint32_t spl_lead(const double *p, uint32_t count)
{
    uint32_t lead = 0;
    for (uint32_t v = 1; v < count; v++) {
        if (p[v] > p[lead]) lead = v;
    }
    return lead;
}

static void add_node(spl_view *view, const leaf *item, uint32_t parent, bool last)
{
    const spl_policy *policy = &view->experiment->policy;
    uint32_t index = view->count++;
    spl_view_node *out = &view->nodes[index];
    int32_t row = policy->row[item->node];
    *out = (spl_view_node){.node = item->node, .parent = parent, .last = last};
    out->attribute = item->attribute;
    out->value = item->value;
    out->depth = parent == SPL_NO_NODE ? 0 : view->nodes[parent].depth + 1;
    out->server = row >= 0 ? index : view->nodes[parent].server;
    out->probabilities =
        row >= 0 ? policy->table + (size_t)row * policy->variant_count : view->nodes[parent].probabilities;
    out->lead = spl_lead(out->probabilities, policy->variant_count);
    out->seen = view->report ? &view->report->nodes[item->node] : NULL;
    if (parent != SPL_NO_NODE) view->nodes[parent].children++;
}

// Depth first with a cursor per level, for trees are as deep as SPL_TREE_DEPTH_MAX at most.
static void order_nodes(spl_view *view, const workshop *w, uint32_t depth_max)
{
    const spl_tree *tree = &view->bundle->tree;
    struct {
        uint32_t next, end, parent;
    } stack[SPL_TREE_DEPTH_MAX + 1];
    uint32_t level = 0;
    stack[0].next = 0;
    stack[0].end = 1;
    stack[0].parent = SPL_NO_NODE;
    for (;;) {
        if (stack[level].next == stack[level].end) {
            if (level-- == 0) return;
            continue;
        }
        const leaf *item = &w->items[stack[level].next++];
        uint32_t index = view->count;
        add_node(view, item, stack[level].parent, stack[level].next == stack[level].end);
        if (level == depth_max || level == SPL_TREE_DEPTH_MAX) {
            view->nodes[index].hidden = w->subtree[item->node] - 1;
        } else if (tree->child_count[item->node] > 0) {
            level++;
            stack[level].next = tree->first_child[item->node];
            stack[level].end = stack[level].next + tree->child_count[item->node];
            stack[level].parent = index;
        }
    }
}

// A node's visits that go on to none of its children are served by it, or by the ancestor that serves for it.
static void count_served(spl_view *view)
{
    const spl_tree *tree = &view->bundle->tree;
    for (uint32_t level = 0; level < SPL_TREE_DEPTH_MAX; level++) view->served[level] = view->report ? 0 : NAN;
    if (!view->report || !(view->report->nodes[0].exposures > 0)) return;
    for (uint32_t node = 0; node < tree->node_count; node++) {
        double own = view->report->nodes[node].exposures;
        uint32_t server = node;
        for (uint32_t i = 0; i < tree->child_count[node]; i++)
            own -= view->report->nodes[tree->first_child[node] + i].exposures;
        while (view->experiment->policy.row[server] < 0) server = tree->parent[server];
        view->served[spl_tree_level(tree, server)] += own / view->report->nodes[0].exposures;
    }
}

static void summarise(spl_view *view)
{
    const spl_tree *tree = &view->bundle->tree;
    for (uint32_t node = 0; node < tree->node_count; node++) view->serving += view->experiment->policy.row[node] >= 0;
    view->depth = spl_tree_level(tree, tree->node_count - 1); // breadth first: the last one is as deep as any
    view->best = view->worst = SPL_NO_NODE;
    count_served(view);
    uint32_t rated = 0;
    for (uint32_t i = 1; view->report && i < view->count; i++) {
        const spl_view_node *n = &view->nodes[i];
        if (n->server != i || isnan(n->seen->rate)) continue;
        rated++;
        if (view->best == SPL_NO_NODE || n->seen->rate > view->nodes[view->best].seen->rate) view->best = i;
        if (view->worst == SPL_NO_NODE || n->seen->rate < view->nodes[view->worst].seen->rate) view->worst = i;
    }
    if (rated < 2) view->best = view->worst = SPL_NO_NODE;
}

bool spl_view_make(const spl_bundle *bundle, uint32_t experiment, const spl_report *report, uint32_t depth_max,
                   spl_view *out, spl_error *error)
{
    uint32_t n = bundle->tree.node_count;
    if (bundle->experiments[experiment].linear.rule != SPL_RULE_TABLE)
        return spl_fail_field(error, "policy",
                              "it is linear: every visitor has a policy of their own, and there are no segments to "
                              "draw (samplit bundle inspect says more)");
    workshop w = {calloc(n, sizeof *w.items), calloc(n, sizeof *w.subtree), malloc(bundle->tree.key_start[n] + 1), 0};
    spl_view view = {.bundle = bundle, .experiment = &bundle->experiments[experiment], .report = report};
    view.nodes = calloc(n, sizeof *view.nodes);
    bool ok = w.items && w.subtree && w.text && view.nodes;
    if (ok) {
        prepare(&w, &bundle->tree, report);
        order_nodes(&view, &w, depth_max);
        summarise(&view);
        view.memory = w.text;
        *out = view;
    } else {
        free(view.nodes);
        free(w.text);
    }
    free(w.items);
    free(w.subtree);
    return ok || spl_fail(error, "out of memory for a tree of %u nodes", (unsigned)n);
}

void spl_view_free(spl_view *view)
{
    free(view->nodes);
    free(view->memory);
    *view = (spl_view){0};
}

char *spl_view_label(const spl_view *view, uint32_t index, bool utf8)
{
    const spl_view_node *n = &view->nodes[index];
    if (n->parent == SPL_NO_NODE) return spl_visible(SPL_TEXT("global"), utf8);
    char *attribute = spl_visible(n->attribute, utf8), *value = spl_visible(n->value, utf8), *label = NULL;
    if (attribute && value) {
        size_t size = strlen(attribute) + strlen(value) + 2;
        label = malloc(size);
        if (label) snprintf(label, size, "%s:%s", attribute, value);
    }
    free(attribute);
    free(value);
    return label;
}

uint32_t spl_view_of(const spl_view *view, uint32_t node)
{
    for (uint32_t i = 0; i < view->count; i++) {
        if (view->nodes[i].node == node) return i;
    }
    return SPL_NO_NODE;
}

spl_text spl_view_split(const spl_view *view, uint32_t index)
{
    return view->nodes[index].children > 0 ? view->nodes[index + 1].attribute : (spl_text){NULL, 0};
}

static char *copy_text(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

char *spl_view_reason(const spl_view *view, uint32_t index)
{
    const spl_view_node *n = &view->nodes[index];
    char text[96];
    if (n->server == index) return copy_text(index == 0 ? "serves all that no segment serves" : "serves on its own");
    if (!n->seen || isnan(n->seen->min_samples)) return copy_text("has no policy of its own");
    if (n->seen->exposures < n->seen->min_samples)
        snprintf(text, sizeof text, "too few visits: %.0f of %.0f", n->seen->exposures, n->seen->min_samples);
    else if (isnan(n->seen->effect_p))
        snprintf(text, sizeof text, "would hardly earn more on its own");
    else
        snprintf(text, sizeof text, "would hardly earn more on its own (test of its effects: p %.2g)",
                 n->seen->effect_p);
    return copy_text(text);
}

char *spl_view_variant(const spl_view *view, uint32_t variant, bool utf8)
{
    return spl_visible(view->experiment->variants[variant], utf8);
}

bool spl_view_marks_control(const spl_view *view, uint32_t variant)
{
    return variant == 0 && !spl_text_equal(view->experiment->variants[0], SPL_TEXT("control"));
}
