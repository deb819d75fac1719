// SPDX-License-Identifier: GPL-3.0-or-later
// Greedy and top down, as trees are grown since CART: in every node each candidate's values make groups, the test of
// split_test.c says how surely the variants' effects differ between them, and the surest candidate splits the node if
// its p-value, times the number of candidates (Bonferroni, as in model-based recursive partitioning: Zeileis, Hothorn &
// Hornik 2008), is below alpha. Many values do not help a candidate: they cost degrees of freedom. A value with too few
// exposures makes no child; its exposures stay in the node, as do those that lack the attribute, and count as one
// group.
//
// Where no candidate passes, pairs are tried: two attributes may matter together though neither does alone (an
// exclusive or), which a tree that looks one step ahead never begins. A pair that passes splits the node by the better
// of the two, and the other one then has its effect in the children.
//
// Rejected: cross-validated pruning as in CART (alpha stops in time, and pruning goes on in prune.c); binary splits
// that search over subsets of values (the served tree finds a child by its value); splits of quantities (the same:
// it compares values, not ranges, and `samplit cluster` makes groups of numbers).
//
// Rows are kept as one array of indices that is sorted by child in each node, so a node is a range of it.
#include "learn/tree/tree_grow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/policy.h"
#include "samplit/tree.h"

#define PAIRED_MAX 12 // candidates that are paired in a node: 66 passes over its exposures
#define FIRST 1       // masks of halves
#define SECOND 2
#define BOTH 3

typedef struct growing {
    uint32_t parent, depth, candidate, start, end;
    uint16_t code;
} growing;

typedef struct grower {
    const spl_exposures *data;
    const spl_grow_config *config;
    uint8_t choose, test, estimate; // halves that do, as in spl_split_rows
    uint32_t *rows, *sorted;        // [closed exposures]
    uint32_t row_count, node_count, capacity;
    growing *nodes;
    spl_grouping groupings[SPL_CANDIDATES_MAX];
    spl_split_test tests[SPL_CANDIDATES_MAX];
    spl_split_cells cells;
    uint64_t looks; // exposures looked at
    spl_grown *out;
} grower;

// --- the choice -------------------------------------------------------------------------------------------

static spl_split_rows rows_of(const grower *g, const growing *node)
{
    return (spl_split_rows){g->data, g->rows + node->start, node->end - node->start, g->choose, g->estimate};
}

// One step per 64 exposures that a test has looked at.
static void show_progress(grower *g, uint32_t exposures)
{
    g->looks += exposures;
    for (uint32_t i = 0; g->config->progress && i < exposures / 64; i++)
        spl_progress_step(g->config->progress, g->looks, -1);
}

static bool is_open(const grower *g, uint32_t at, uint32_t candidate)
{
    if (!g->data->codes[candidate] || spl_candidates_is_quantity(g->data->candidates, candidate)) return false;
    for (; at != 0; at = g->nodes[at].parent) {
        if (g->nodes[at].candidate == candidate) return false;
    }
    return true;
}

// Groups and tests every candidate that is open in a node. False when out of memory.
static bool test_candidates(grower *g, uint32_t at, spl_grown_split *best)
{
    spl_split_rows node = rows_of(g, &g->nodes[at]);
    uint64_t min_samples = g->config->levels[g->nodes[at].depth].min_samples;
    spl_split_test first = SPL_SPLIT_NO_TEST;
    for (uint32_t c = 0; c < spl_candidates_count(g->data->candidates); c++) {
        g->groupings[c].count = 0;
        g->tests[c] = SPL_SPLIT_NO_TEST;
        if (!is_open(g, at, c)) continue;
        if (!spl_grouping_make(&g->groupings[c], c, min_samples, &node, &g->cells)) return false;
        show_progress(g, node.count);
        if (g->groupings[c].count > 1) g->tests[c] = spl_grouping_test(&g->groupings[c], NULL, &node, &g->cells);
        best->tested += g->tests[c].freedom > 0;
        if (!spl_split_test_before(&g->tests[c], &first)) continue;
        first = g->tests[c];
        best->candidate = c;
        best->p = first.p;
    }
    return true;
}

// The candidates that pairs are made of, those that differ most by themselves first; returns how many.
static uint32_t pick_paired(const grower *g, uint32_t picked[PAIRED_MAX])
{
    uint32_t n = 0;
    for (uint32_t c = 0; c < spl_candidates_count(g->data->candidates); c++) {
        if (g->groupings[c].count < 2) continue;
        uint32_t i = n < PAIRED_MAX ? n++ : PAIRED_MAX;
        for (; i > 0 && spl_split_test_before(&g->tests[c], &g->tests[picked[i - 1]]); i--) {
            if (i < PAIRED_MAX) picked[i] = picked[i - 1];
        }
        if (i < PAIRED_MAX) picked[i] = c;
    }
    return n;
}

static void test_pairs(grower *g, uint32_t at, spl_grown_split *best)
{
    spl_split_rows node = rows_of(g, &g->nodes[at]);
    spl_split_test first = SPL_SPLIT_NO_TEST;
    uint32_t picked[PAIRED_MAX], count = pick_paired(g, picked);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i + 1; j < count; j++) {
            const spl_grouping *a = &g->groupings[picked[i]], *b = &g->groupings[picked[j]];
            if (a->count * b->count > SPL_GROUPS_PAIR_MAX) continue;
            spl_split_test test = spl_grouping_test(a, b, &node, &g->cells);
            show_progress(g, node.count);
            best->tested += test.freedom > 0;
            if (!spl_split_test_before(&test, &first)) continue;
            first = test;
            best->candidate = picked[i];
            best->partner = picked[j];
            best->p = first.p;
        }
    }
}

// Whether the node is split, and how. False when out of memory.
static bool choose(grower *g, uint32_t at, spl_grown_split *best, bool *splits)
{
    *best = (spl_grown_split){.node = at, .partner = SPL_NO_PARTNER, .p = NAN};
    if (!test_candidates(g, at, best)) return false;
    *splits = best->p * best->tested <= g->config->alpha;
    if (!*splits && g->nodes[at].depth + 2 <= g->config->max_depth) {
        test_pairs(g, at, best);
        *splits = best->partner != SPL_NO_PARTNER && best->p * best->tested <= g->config->alpha;
    }
    best->p = fmin(best->p * best->tested, 1);
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

// Sorts the node's rows by group, those that stay first, and appends the children.
static bool make_children(grower *g, uint32_t at, const spl_grouping *x)
{
    const uint16_t *codes = g->data->codes[x->candidate];
    growing node = g->nodes[at];
    uint32_t to[2 + SPL_GROUPS_MAX] = {0};
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

static bool note_split(grower *g, const spl_grown_split *split)
{
    spl_grown *out = g->out;
    spl_grown_split *splits = realloc(out->splits, (out->split_count + 1) * sizeof *splits);
    if (!splits) return false;
    out->splits = splits;
    splits[out->split_count++] = *split;
    return true;
}

static bool split(grower *g, uint32_t at)
{
    spl_grown_split best;
    bool splits;
    if (g->nodes[at].depth >= g->config->max_depth) return true;
    if (!choose(g, at, &best, &splits)) return false;
    if (!splits) return true;
    spl_grouping *grouping = &g->groupings[best.candidate];
    spl_split_rows node = rows_of(g, &g->nodes[at]);
    spl_grouping_settle(grouping, &node, &g->cells);
    best.children = grouping->count - 1;
    return best.children == 0 || (note_split(g, &best) && make_children(g, at, grouping));
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

static void fill(const grower *g, spl_state *state, const uint32_t *leaf, uint8_t halves)
{
    for (uint32_t row = 0; row < g->data->count; row++) {
        if (leaf[row] == SPL_NO_NODE || !spl_split_takes(g->data, halves, row)) continue;
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
        fill(g, out->state, leaf, g->estimate);
        if (apart) fill(g, out->judge, leaf, g->test);
        for (uint32_t i = 0; i < out->split_count; i++) out->splits[i].node = places[out->splits[i].node];
    }
    free(places);
    free(leaf);
    return ok;
}

// --- all together -----------------------------------------------------------------------------------------

static bool prepare(grower *g)
{
    g->rows = malloc((g->data->count + 1) * sizeof *g->rows);
    g->sorted = malloc((g->data->count + 1) * sizeof *g->sorted);
    const spl_grow_config *config = g->config;
    if (!spl_split_cells_init(&g->cells, config->variant_count, config->min_per_variant, config->binary) || !g->rows ||
        !g->sorted || !has_room(g))
        return false;
    g->choose = config->honesty == SPL_HONEST_NO ? BOTH : FIRST;
    g->test = config->honesty == SPL_HONEST_NO ? BOTH : SECOND;
    g->estimate = config->honesty == SPL_HONEST_ESTIMATES ? SECOND : BOTH;
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
    free(g->nodes);
    spl_split_cells_free(&g->cells);
    for (uint32_t c = 0; c < SPL_CANDIDATES_MAX; c++) spl_grouping_free(&g->groupings[c]);
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
