// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/tree/split_groups.h"

#include <stdlib.h>
#include <string.h>

#define CODES 65536u

bool spl_split_cells_init(spl_split_cells *c, uint32_t variant_count, double min_per_variant, bool binary)
{
    size_t most = (size_t)(1 + SPL_GROUPS_MAX) * variant_count;
    *c = (spl_split_cells){.variant_count = variant_count, .min_per_variant = min_per_variant, .binary = binary};
    c->counts = malloc(CODES * sizeof *c->counts);
    c->cells = malloc(most * sizeof *c->cells);
    c->moments = malloc(most * sizeof *c->moments);
    return c->counts && c->cells && c->moments;
}

void spl_split_cells_free(spl_split_cells *c)
{
    free(c->counts);
    free(c->cells);
    free(c->moments);
}

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

static void count_codes(const spl_split_rows *node, uint32_t candidate, uint32_t *counts)
{
    const uint16_t *codes = node->data->codes[candidate];
    memset(counts, 0, CODES * sizeof *counts);
    for (uint32_t i = 0; i < node->count; i++)
        counts[codes[node->rows[i]]] += spl_split_takes(node->data, node->estimate, node->rows[i]);
}

bool spl_grouping_make(spl_grouping *a, uint32_t candidate, uint64_t min_samples, const spl_split_rows *node,
                       spl_split_cells *cells)
{
    uint32_t values = spl_candidates_values(node->data->candidates, candidate), n = 0;
    if (!a->of_code) a->of_code = malloc(CODES * sizeof *a->of_code);
    frequency *frequent = malloc((values + 1) * sizeof *frequent);
    if (!a->of_code || !frequent) {
        free(frequent);
        return false;
    }
    count_codes(node, candidate, cells->counts);
    for (uint32_t code = 1; code <= values; code++) {
        uint32_t count = cells->counts[code];
        if (count > 0 && count >= min_samples) frequent[n++] = (frequency){count, (uint16_t)code};
    }
    qsort(frequent, n, sizeof *frequent, more_frequent);
    a->candidate = candidate;
    a->count = 1 + (n < SPL_GROUPS_MAX ? n : SPL_GROUPS_MAX);
    memset(a->of_code, 0, CODES * sizeof *a->of_code);
    for (uint32_t i = 1; i < a->count; i++) {
        a->code[i] = frequent[i - 1].code;
        a->of_code[a->code[i]] = (uint16_t)i;
    }
    free(frequent);
    return true;
}

void spl_grouping_free(spl_grouping *a)
{
    free(a->of_code);
}

// Returns how many groups there are.
static uint32_t observe(const spl_grouping *a, const spl_grouping *b, const spl_split_rows *node, spl_split_cells *c)
{
    const spl_exposures *x = node->data;
    const uint16_t *of_a = x->codes[a->candidate], *of_b = b ? x->codes[b->candidate] : NULL;
    uint32_t k = c->variant_count, wide = b ? b->count : 1, groups = a->count * wide;
    memset(c->cells, 0, (size_t)groups * k * sizeof *c->cells);
    memset(c->mixed, 0, sizeof c->mixed);
    for (uint32_t i = 0; i < node->count; i++) {
        uint32_t row = node->rows[i];
        if (!spl_split_takes(x, node->choose, row)) continue;
        uint32_t group = a->of_code[of_a[row]] * wide + (b ? b->of_code[of_b[row]] : 0u);
        spl_cell *cell = &c->cells[(size_t)group * k + spl_exposures_variant(x, row)];
        spl_chance chance = spl_exposures_chance(x, row);
        if (cell->weighted.count > 0 && spl_chance_disagree(cell->last, chance)) c->mixed[group] = true;
        spl_cell_add(cell, x->reward[row], chance);
    }
    for (uint32_t i = 0; i < groups * k; i++) c->moments[i] = spl_cell_moments(&c->cells[i], c->mixed[i / k]);
    return groups;
}

spl_split_test spl_grouping_test(const spl_grouping *a, const spl_grouping *b, const spl_split_rows *node,
                                 spl_split_cells *c)
{
    uint32_t groups = observe(a, b, node, c);
    return spl_split_test_of(c->moments, groups, c->variant_count, c->min_per_variant, c->binary);
}

static bool compares(const spl_split_cells *c, uint32_t group)
{
    uint32_t seen = 0;
    for (uint32_t v = 0; v < c->variant_count; v++)
        seen += c->cells[(size_t)group * c->variant_count + v].weighted.count >= c->min_per_variant;
    return seen >= 2;
}

void spl_grouping_settle(spl_grouping *a, const spl_split_rows *node, spl_split_cells *cells)
{
    uint32_t groups = observe(a, NULL, node, cells), kept = 1;
    for (uint32_t i = 1; i < groups; i++) {
        bool keeps = compares(cells, i);
        a->of_code[a->code[i]] = keeps ? (uint16_t)kept : SPL_GROUP_REST;
        if (keeps) a->code[kept++] = a->code[i];
    }
    a->count = kept;
}
