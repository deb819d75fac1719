// SPDX-License-Identifier: GPL-3.0-or-later
// Greedy and top down, as trees are grown since CART: in every node each candidate's values make groups, the test of
// split_test.c says how surely the variants' effects differ between them, and the surest candidate splits the node if
// its p-value, times the number of candidates (Bonferroni, as in model-based recursive partitioning: Zeileis, Hothorn &
// Hornik 2008), is below alpha. Many values do not help a candidate: they cost degrees of freedom. A value with too few
// exposures makes no child; its exposures stay in the node, as do those that lack the attribute, and count as one
// group.
//
// Rejected: cross-validated pruning as in CART (alpha stops in time, and pruning goes on in prune.c); binary splits
// that search over subsets of values (the served tree finds a child by its value); splits of quantities (the same:
// it compares values, not ranges, and `samplit cluster` makes groups of numbers).
//
// Rows are kept as one array of indices that is sorted by child in each node, so a node is a range of it.
#include "learn/tree_grow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/policy.h"
#include "samplit/tree.h"

#define CODES 65536u
#define REST 0 // the group of what makes no child

typedef struct growing {
    uint32_t parent, depth, candidate, start, end;
    uint16_t code;
} growing;

// Groups of one candidate in one node.
typedef struct groups {
    uint32_t count; // REST included
    uint32_t candidate;
    uint16_t *of_code; // [CODES] group of a code
    uint16_t code[1 + SPL_GROWN_CHILDREN_MAX];
    spl_cell *cells;      // (1 + SPL_GROWN_CHILDREN_MAX, variant_count)
    spl_moments *moments; // the same
    bool mixed[1 + SPL_GROWN_CHILDREN_MAX];
} groups;

typedef struct grower {
    const spl_exposures *data;
    const spl_grow_config *config;
    uint32_t *rows, *sorted; // [closed exposures]
    uint32_t *counts;        // [CODES]
    uint32_t row_count, node_count, capacity;
    growing *nodes;
    groups now, best;
    spl_grown *out;
} grower;

static bool chooses(const grower *g, uint32_t row)
{
    return g->config->honesty == SPL_HONEST_NO || spl_exposures_in_half(g->data, row) == 0;
}

static bool tests(const grower *g, uint32_t row)
{
    return g->config->honesty == SPL_HONEST_NO || spl_exposures_in_half(g->data, row) == 1;
}

static bool estimates(const grower *g, uint32_t row)
{
    return g->config->honesty != SPL_HONEST_ESTIMATES || spl_exposures_in_half(g->data, row) == 1;
}

// --- one candidate in one node ----------------------------------------------------------------------------

typedef struct frequency {
    uint32_t count;
    uint16_t code;
} frequency;

static int more_frequent(const void *a, const void *b)
{
    const frequency *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return (x->code > y->code) - (x->code < y->code);
}

// Gives a group to every value with exposures enough, the most frequent ones if there are too many. False when out of
// memory.
static bool make_groups(grower *g, const growing *node, uint32_t candidate, uint64_t min_samples)
{
    const uint16_t *codes = g->data->codes[candidate];
    uint32_t values = spl_candidates_values(g->data->candidates, candidate), n = 0;
    groups *now = &g->now;
    memset(g->counts, 0, CODES * sizeof *g->counts);
    memset(now->of_code, 0, CODES * sizeof *now->of_code);
    for (uint32_t i = node->start; i < node->end; i++) g->counts[codes[g->rows[i]]] += estimates(g, g->rows[i]);
    frequency *frequent = malloc((values + 1) * sizeof *frequent);
    if (!frequent) return false;
    for (uint32_t code = 1; code <= values; code++) {
        if (g->counts[code] > 0 && g->counts[code] >= min_samples)
            frequent[n++] = (frequency){g->counts[code], (uint16_t)code};
    }
    qsort(frequent, n, sizeof *frequent, more_frequent);
    now->candidate = candidate;
    now->count = 1 + (n < SPL_GROWN_CHILDREN_MAX ? n : SPL_GROWN_CHILDREN_MAX);
    for (uint32_t i = 1; i < now->count; i++) {
        now->code[i] = frequent[i - 1].code;
        now->of_code[now->code[i]] = (uint16_t)i;
    }
    free(frequent);
    return true;
}

static void observe_groups(grower *g, const growing *node)
{
    const spl_exposures *x = g->data;
    groups *now = &g->now;
    uint32_t k = g->config->variant_count;
    const uint16_t *codes = x->codes[now->candidate];
    memset(now->cells, 0, (size_t)now->count * k * sizeof *now->cells);
    memset(now->mixed, 0, sizeof now->mixed);
    for (uint32_t i = node->start; i < node->end; i++) {
        uint32_t row = g->rows[i], group = now->of_code[codes[row]];
        if (!chooses(g, row)) continue;
        spl_cell *cell = &now->cells[(size_t)group * k + spl_exposures_variant(x, row)];
        spl_chance chance = spl_exposures_chance(x, row);
        if (cell->weighted.count > 0 && spl_chance_disagree(cell->last, chance)) now->mixed[group] = true;
        spl_cell_add(cell, x->reward[row], chance);
    }
    for (uint32_t i = 0; i < now->count * k; i++) now->moments[i] = spl_cell_moments(&now->cells[i], now->mixed[i / k]);
}

// Whether at least two variants were seen often enough there to be compared.
static bool compares(const grower *g, const groups *x, uint32_t group)
{
    uint32_t k = g->config->variant_count, seen = 0;
    for (uint32_t v = 0; v < k; v++)
        seen += x->cells[(size_t)group * k + v].weighted.count >= g->config->min_per_variant;
    return seen >= 2;
}

static bool splits_above(const grower *g, uint32_t node, uint32_t candidate)
{
    for (uint32_t i = node; i != 0; i = g->nodes[i].parent) {
        if (g->nodes[i].candidate == candidate) return true;
    }
    return false;
}

static void swap_groups(grower *g)
{
    groups kept = g->best;
    g->best = g->now;
    g->now = kept;
}

// The best candidate, in g->best. False when out of memory.
static bool choose(grower *g, uint32_t at, spl_split_test *best, uint32_t *tested)
{
    const growing *node = &g->nodes[at];
    uint32_t candidates = spl_candidates_count(g->data->candidates);
    *best = (spl_split_test){0, 0, NAN, -INFINITY};
    *tested = 0;
    for (uint32_t c = 0; c < candidates; c++) {
        bool open = g->data->codes[c] && !spl_candidates_is_quantity(g->data->candidates, c);
        if (!open || splits_above(g, at, c)) continue;
        if (!make_groups(g, node, c, g->config->levels[node->depth].min_samples)) return false;
        if (g->now.count == 1) continue;
        observe_groups(g, node);
        spl_split_test test = spl_split_test_of(g->now.moments, g->now.count, g->config->variant_count,
                                                g->config->min_per_variant, g->config->binary);
        *tested += test.freedom > 0;
        if (!spl_split_test_before(&test, best)) continue;
        *best = test;
        swap_groups(g);
    }
    return true;
}

// --- the tree ---------------------------------------------------------------------------------------------

static bool has_room(grower *g)
{
    if (g->node_count < g->capacity) return true;
    uint32_t capacity = g->capacity ? 2 * g->capacity : 64;
    growing *nodes = realloc(g->nodes, capacity * sizeof *nodes);
    if (!nodes) return false;
    g->nodes = nodes;
    g->capacity = capacity;
    return true;
}

// Drops the groups in which no two variants can be compared: their exposures stay in the node.
static void drop_groups(grower *g)
{
    groups *x = &g->best;
    uint32_t kept = 1;
    for (uint32_t i = 1; i < x->count; i++) {
        bool keeps = compares(g, x, i);
        x->of_code[x->code[i]] = keeps ? (uint16_t)kept : REST;
        if (keeps) x->code[kept++] = x->code[i];
    }
    x->count = kept;
}

// Sorts the node's rows by group, those that stay first, and appends the children.
static bool make_children(grower *g, uint32_t at)
{
    const groups *x = &g->best;
    const uint16_t *codes = g->data->codes[x->candidate];
    growing node = g->nodes[at];
    uint32_t to[2 + SPL_GROWN_CHILDREN_MAX] = {0};
    for (uint32_t i = node.start; i < node.end; i++) to[1 + x->of_code[codes[g->rows[i]]]]++;
    to[0] = node.start;
    for (uint32_t i = 1; i <= x->count; i++) to[i] += to[i - 1];
    for (uint32_t i = 1; i < x->count; i++) {
        if (!has_room(g)) return false;
        g->nodes[g->node_count++] = (growing){at, node.depth + 1, x->candidate, to[i], to[i + 1], x->code[i]};
    }
    g->nodes[at].end = to[1]; // what stays is the node's own
    for (uint32_t i = node.start; i < node.end; i++) g->sorted[to[x->of_code[codes[g->rows[i]]]]++] = g->rows[i];
    memcpy(g->rows + node.start, g->sorted + node.start, (node.end - node.start) * sizeof *g->rows);
    return true;
}

static bool note_split(grower *g, uint32_t at, double p, uint32_t tested)
{
    spl_grown *out = g->out;
    spl_grown_split *splits = realloc(out->splits, (out->split_count + 1) * sizeof *splits);
    if (!splits) return false;
    out->splits = splits;
    splits[out->split_count++] = (spl_grown_split){at, g->best.candidate, tested, g->best.count - 1, p};
    return true;
}

static bool split(grower *g, uint32_t at)
{
    spl_split_test best;
    uint32_t tested;
    if (g->nodes[at].depth >= g->config->max_depth) return true;
    if (!choose(g, at, &best, &tested)) return false;
    double p = best.p * tested;
    if (!(p <= g->config->alpha)) return true;
    drop_groups(g);
    if (g->best.count == 1) return true;
    return note_split(g, at, fmin(p, 1), tested) && make_children(g, at);
}

// --- states -----------------------------------------------------------------------------------------------

static spl_state *new_state(const grower *g)
{
    spl_text names[SPL_CANDIDATES_MAX];
    const spl_candidates *candidates = g->data->candidates;
    uint32_t count = spl_candidates_count(candidates);
    for (uint32_t i = 0; i < count; i++) names[i] = spl_candidates_name(candidates, i);
    spl_state_config config = {g->config->variant_count, g->config->max_depth, g->config->levels, 0};
    return spl_state_new_grown(&config, names, count);
}

// places[node] = where the node's exposures count. Where the state has no room for a node, that is its parent.
static bool place_nodes(const grower *g, spl_state *state, uint32_t *places)
{
    places[0] = 0;
    for (uint32_t i = 1; i < g->node_count; i++) {
        const growing *node = &g->nodes[i];
        spl_text value = spl_candidates_value(g->data->candidates, node->candidate, node->code);
        places[i] = places[node->parent];
        if (spl_state_depth(state, places[i]) + 1 < node->depth) continue; // its parent found no room
        places[i] = spl_state_child(state, places[i], node->candidate, value);
        if (places[i] == SPL_NO_NODE) return false;
    }
    return true;
}

static void fill(const grower *g, spl_state *state, const uint32_t *leaf, bool (*takes)(const grower *, uint32_t))
{
    for (uint32_t row = 0; row < g->data->count; row++) {
        if (leaf[row] == SPL_NO_NODE || !takes(g, row)) continue;
        spl_state_add_at(state, leaf[row], spl_exposures_variant(g->data, row), g->data->reward[row],
                         spl_exposures_chance(g->data, row));
    }
}

// leaf[row] = the node in which an exposure ended, in order of the log so that sums have one order.
static bool make_states(grower *g)
{
    spl_grown *out = g->out;
    uint32_t *places = malloc(g->node_count * sizeof *places);
    uint32_t *leaf = malloc((g->data->count + 1) * sizeof *leaf);
    bool apart = g->config->honesty != SPL_HONEST_NO;
    out->state = new_state(g);
    out->judge = apart ? new_state(g) : out->state;
    bool ok = places && leaf && out->state && out->judge && place_nodes(g, out->state, places) &&
              (!apart || place_nodes(g, out->judge, places));
    if (ok) {
        for (uint32_t row = 0; row < g->data->count; row++) leaf[row] = SPL_NO_NODE;
        for (uint32_t i = 0; i < g->node_count; i++) {
            for (uint32_t j = g->nodes[i].start; j < g->nodes[i].end; j++) leaf[g->rows[j]] = places[i];
        }
        fill(g, out->state, leaf, estimates);
        if (apart) fill(g, out->judge, leaf, tests);
        for (uint32_t i = 0; i < out->split_count; i++) out->splits[i].node = places[out->splits[i].node];
    }
    free(places);
    free(leaf);
    return ok;
}

// --- all together -----------------------------------------------------------------------------------------

static bool allocate_groups(groups *x, uint32_t variants)
{
    size_t cells = (size_t)(1 + SPL_GROWN_CHILDREN_MAX) * variants;
    x->of_code = malloc(CODES * sizeof *x->of_code);
    x->cells = malloc(cells * sizeof *x->cells);
    x->moments = malloc(cells * sizeof *x->moments);
    return x->of_code && x->cells && x->moments;
}

static void free_groups(groups *x)
{
    free(x->of_code);
    free(x->cells);
    free(x->moments);
}

static bool prepare(grower *g)
{
    g->rows = malloc((g->data->count + 1) * sizeof *g->rows);
    g->sorted = malloc((g->data->count + 1) * sizeof *g->sorted);
    g->counts = malloc(CODES * sizeof *g->counts);
    bool ok = g->rows && g->sorted && g->counts && allocate_groups(&g->now, g->config->variant_count) &&
              allocate_groups(&g->best, g->config->variant_count) && has_room(g);
    if (!ok) return false;
    for (uint32_t row = 0; row < g->data->count; row++) {
        if (!isnan(g->data->reward[row])) g->rows[g->row_count++] = row;
    }
    g->nodes[g->node_count++] = (growing){SPL_NO_NODE, 0, SPL_CANDIDATES_MAX, 0, g->row_count, SPL_CODE_MISSING};
    return true;
}

bool spl_tree_grow(const spl_exposures *exposures, const spl_grow_config *config, spl_grown *out)
{
    spl_grown grown = {0};
    grower *g = calloc(1, sizeof *g);
    if (!g) return false;
    g->data = exposures;
    g->config = config;
    g->out = &grown;
    bool ok = prepare(g);
    for (uint32_t i = 0; ok && i < g->node_count; i++) ok = split(g, i);
    ok = ok && make_states(g);
    free(g->rows);
    free(g->sorted);
    free(g->counts);
    free(g->nodes);
    free_groups(&g->now);
    free_groups(&g->best);
    free(g);
    if (ok) {
        *out = grown;
    } else {
        spl_grown_free(&grown);
    }
    return ok;
}

void spl_grown_free(spl_grown *grown)
{
    if (grown->judge != grown->state) spl_state_free(grown->judge);
    spl_state_free(grown->state);
    free(grown->splits);
    *grown = (spl_grown){0};
}
