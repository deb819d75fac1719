// SPDX-License-Identifier: GPL-3.0-or-later
// Both bundles are asked what they serve to the visitors of every segment that either of them knows. By the race a unit
// moves only where its probabilities do, so the share that moves is the total variation distance, half the sum of |p -
// q|; in buckets a unit stays where its bucket lies in both ranges of a variant; under another seed or hash everybody
// is drawn anew, and 1 - sum of p q move.
#include "bundle/bundle_diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/inspect.h"
#include "bundle/segment_fields.h"
#include "bundle/tree_view.h"
#include "host/figures.h"
#include "host/grid.h"
#include "host/visible.h"
#include "json/json_add.h"

#define SEGMENTS_SHOWN 20

static const spl_experiment *experiment_of(const spl_diff_side *side)
{
    return &side->bundle->experiments[side->experiment];
}

static bool check(const spl_experiment *a, const spl_experiment *b, spl_error *error)
{
    if (!a->policy.table || !b->policy.table)
        return spl_fail_field(error, "policy", "a linear policy has no segments to compare");
    bool same = a->policy.variant_count == b->policy.variant_count;
    for (uint32_t v = 0; same && v < a->policy.variant_count; v++)
        same = spl_text_equal(a->variants[v], b->variants[v]);
    return same || spl_fail_field(error, "variants", "the bundles do not have the same variants");
}

// What is served to visitors of whom the fields of a segment key are known.
static const double *serve(const spl_diff_side *side, const spl_context *context)
{
    uint32_t path[SPL_TREE_DEPTH_MAX], node;
    uint32_t length = spl_tree_path(&side->bundle->tree, context, path);
    return spl_policy_serve(&experiment_of(side)->policy, path, length, &node);
}

static double moved(const double *p, const double *q, const spl_experiment *x, bool same_units)
{
    double stays = 0, p_at = 0, q_at = 0;
    for (uint32_t v = 0; v < x->policy.variant_count; v++) {
        if (!same_units)
            stays += p[v] * q[v];
        else if (x->hash_mode == SPL_HASH_RACE)
            stays += fmin(p[v], q[v]);
        else
            stays += fmax(fmin(p_at + p[v], q_at + q[v]) - fmax(p_at, q_at), 0);
        p_at += p[v];
        q_at += q[v];
    }
    return fmax(1 - stays, 0);
}

// Of the node's own visits; NaN without a report.
static double share_of(const spl_diff_side *side, uint32_t node)
{
    const spl_tree *tree = &side->bundle->tree;
    if (!side->report) return NAN;
    double visits = side->report->nodes[node].exposures, all = side->report->nodes[0].exposures;
    for (uint32_t c = 0; c < tree->child_count[node]; c++)
        visits -= side->report->nodes[tree->first_child[node] + c].exposures;
    return all > 0 ? fmax(visits, 0) / all : NAN;
}

static bool add_segment(spl_diff *diff, const spl_diff_side *old, const spl_diff_side *new, spl_text key, double share,
                        spl_segment_room *room)
{
    static spl_context context;
    spl_field fields[SPL_ATTRIBUTES_MAX];
    uint32_t count, k = experiment_of(old)->policy.variant_count;
    if (!spl_segment_fields(key, room, fields, &count)) return false;
    spl_context_build(&context, fields, count);
    const double *p = serve(old, &context), *q = serve(new, &context);
    spl_diff_segment *s = &diff->segments[diff->count++];
    *s = (spl_diff_segment){.key = key, .share = share};
    s->in_old = spl_tree_find(&old->bundle->tree, key) != SPL_NO_NODE;
    s->in_new = spl_tree_find(&new->bundle->tree, key) != SPL_NO_NODE;
    s->moved = moved(p, q, experiment_of(old), diff->same_units);
    s->old_lead = spl_lead(p, k);
    s->new_lead = spl_lead(q, k);
    s->old_p = p[s->old_lead];
    s->new_p = q[s->new_lead];
    return true;
}

static double weight(const spl_diff_segment *s)
{
    return isnan(s->share) ? s->moved : s->share * s->moved;
}

static int most_first(const void *a, const void *b)
{
    const spl_diff_segment *x = a, *y = b;
    if (weight(x) != weight(y)) return weight(x) < weight(y) ? 1 : -1;
    size_t size = x->key.size < y->key.size ? x->key.size : y->key.size;
    int order = memcmp(x->key.data, y->key.data, size);
    return order ? order : (x->key.size > y->key.size) - (x->key.size < y->key.size);
}

// Shares are of the cells of one tree: the finer one whose report is there.
static bool collect(spl_diff *diff, const spl_diff_side *old, const spl_diff_side *new)
{
    spl_segment_room room = {0};
    const spl_tree *a = &old->bundle->tree, *b = &new->bundle->tree;
    bool by_new = new->report && (!old->report || b->node_count >= a->node_count);
    const spl_diff_side *first = by_new ? new : old, *second = by_new ? old : new;
    bool known = first->report != NULL, ok = true;
    for (uint32_t i = 0; ok && i < first->bundle->tree.node_count; i++)
        ok = add_segment(diff, old, new, spl_tree_key(&first->bundle->tree, i), share_of(first, i), &room);
    for (uint32_t i = 0; ok && i < second->bundle->tree.node_count; i++) {
        spl_text key = spl_tree_key(&second->bundle->tree, i);
        if (spl_tree_find(&first->bundle->tree, key) != SPL_NO_NODE) continue;
        ok = add_segment(diff, old, new, key, known ? 0 : NAN, &room);
    }
    free(room.data);
    return ok;
}

bool spl_diff_make(const spl_diff_side *old, const spl_diff_side *new, spl_diff *out, spl_error *error)
{
    const spl_experiment *a = experiment_of(old), *b = experiment_of(new);
    *out = (spl_diff){.same_units = a->seed == b->seed && a->hash_mode == b->hash_mode};
    if (!check(a, b, error)) return false;
    size_t most = (size_t)old->bundle->tree.node_count + new->bundle->tree.node_count;
    out->segments = calloc(most, sizeof *out->segments);
    if (!out->segments || !collect(out, old, new)) {
        spl_diff_free(out);
        return spl_fail(error, "out of memory");
    }
    for (uint32_t i = 0; i < out->count; i++) out->moved += out->segments[i].share * out->segments[i].moved;
    qsort(out->segments, out->count, sizeof *out->segments, most_first);
    return true;
}

void spl_diff_free(spl_diff *diff)
{
    free(diff->segments);
    *diff = (spl_diff){.count = 0};
}

// --- for people -------------------------------------------------------------------------------------------

static uint32_t count_only(const spl_diff *diff, bool in_new)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < diff->count; i++) count += in_new ? !diff->segments[i].in_old : !diff->segments[i].in_new;
    return count;
}

static void put_settings(const spl_experiment *a, const spl_experiment *b, FILE *out)
{
    if (a->min_propensity != b->min_propensity)
        fprintf(out, "floor      %g -> %g\n", a->min_propensity, b->min_propensity);
    if (a->hash_mode != b->hash_mode)
        fprintf(out, "assignment %s -> %s\n", spl_hash_mode_name(a->hash_mode), spl_hash_mode_name(b->hash_mode));
    if (a->seed != b->seed)
        fprintf(out, "seed       %llu -> %llu\n", (unsigned long long)a->seed, (unsigned long long)b->seed);
}

static void put_segment(spl_grid *grid, const spl_diff_segment *s, const spl_experiment *x, bool utf8)
{
    char a[SPL_FIGURE_MAX];
    char *key = spl_visible(s->key, utf8), *from = spl_visible(x->variants[s->old_lead], utf8),
         *to = spl_visible(x->variants[s->new_lead], utf8);
    spl_grid_cell(grid, "  %s", key ? key : "?");
    spl_grid_cell(grid, "%s", s->in_old && s->in_new ? "" : s->in_new ? "new" : "gone");
    if (isnan(s->share))
        spl_grid_cell(grid, "%s", "");
    else
        spl_grid_cell(grid, "%s", spl_figure_share(s->share, a));
    spl_grid_cell(grid, "%s", spl_figure_share(s->moved, a));
    spl_grid_cell(grid, "%s %s", from ? from : "?", spl_figure_share(s->old_p, a));
    spl_grid_cell(grid, "%s %s", to ? to : "?", spl_figure_share(s->new_p, a));
    free(key);
    free(from);
    free(to);
}

bool spl_diff_text(const spl_diff *diff, const spl_diff_side *old, const spl_diff_side *new, bool utf8, FILE *out)
{
    static const char *const titles[] = {"  segment", "", "traffic", "moves", "most served then", "now"};
    const spl_experiment *x = experiment_of(old);
    char figure[SPL_FIGURE_MAX];
    spl_grid *grid = spl_grid_new("llrrll");
    if (!grid) return false;
    fprintf(out, "old        %.*s\nnew        %.*s\n", 32, old->bundle->id_hex.data, 32, new->bundle->id_hex.data);
    put_settings(x, experiment_of(new), out);
    fprintf(out, "segments   %u -> %u: %u new, %u gone\n", old->bundle->tree.node_count, new->bundle->tree.node_count,
            count_only(diff, true), count_only(diff, false));
    if (isnan(diff->moved))
        fprintf(out, "traffic    not known: neither report lies beside its bundle\n");
    else
        fprintf(out, "traffic    %s gets another variant\n", spl_figure_share(diff->moved, figure));
    for (int i = 0; i < 6; i++) spl_grid_cell(grid, "%s", titles[i]);
    uint32_t shown = 0;
    for (; shown < diff->count && shown < SEGMENTS_SHOWN && weight(&diff->segments[shown]) > 1e-9; shown++)
        put_segment(grid, &diff->segments[shown], x, utf8);
    fputc('\n', out);
    if (shown == 0) fprintf(out, "nobody is served differently\n");
    bool ok = shown == 0 || spl_grid_print(grid, out);
    spl_grid_free(grid);
    return ok;
}

// --- for programs -----------------------------------------------------------------------------------------

bool spl_diff_json(const spl_diff *diff, const spl_diff_side *old, const spl_diff_side *new, cJSON *parts, FILE *out)
{
    cJSON *root = cJSON_CreateObject();
    spl_json_add_text(root, "old", old->bundle->id_hex);
    spl_json_add_text(root, "new", new->bundle->id_hex);
    cJSON_AddBoolToObject(root, "same_units", diff->same_units);
    spl_json_add_number(root, "moved", diff->moved);
    cJSON *list = cJSON_AddArrayToObject(root, "segments");
    for (uint32_t i = 0; i < diff->count; i++) {
        const spl_diff_segment *s = &diff->segments[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(list, item);
        spl_json_add_text(item, "key", s->key);
        cJSON_AddBoolToObject(item, "in_old", s->in_old);
        cJSON_AddBoolToObject(item, "in_new", s->in_new);
        spl_json_add_number(item, "share", s->share);
        spl_json_add_number(item, "moved", s->moved);
        spl_json_add_text(item, "old_lead", experiment_of(old)->variants[s->old_lead]);
        spl_json_add_number(item, "old_probability", s->old_p);
        spl_json_add_text(item, "new_lead", experiment_of(new)->variants[s->new_lead]);
        spl_json_add_number(item, "new_probability", s->new_p);
    }
    if (parts) cJSON_AddItemToObject(root, "parts", parts);
    char *text = cJSON_Print(root);
    if (text) fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}
