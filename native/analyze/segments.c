// SPDX-License-Identifier: GPL-3.0-or-later
// All combinations of values that occur are counted over the cells, of which there are far fewer than visitors.
#include "analyze/segments.h"

#include <stdlib.h>
#include <string.h>

#include "analyze/interned.h"
#include "samplit/hash.h"

#define NONE UINT32_MAX

// A combination of values: which attributes (a subset), and their codes.
typedef struct combination {
    uint32_t subset;
    uint32_t code[SPL_SEGMENT_DEPTH_MAX];
} combination;

// Who has it: two combinations with the same signature have the same visitors.
typedef struct found {
    uint64_t signature; // sum over its cells
    uint32_t visitors;
} found;

typedef struct subset {
    uint32_t size, attribute[SPL_SEGMENT_DEPTH_MAX];
} subset;

typedef struct choosing {
    const spl_visitors *visitors;
    const spl_segment_rule *rule;
    spl_segments *out;
    uint32_t *cell_visitors; // [cell_count]
    uint32_t subset_count;
    subset subsets[SPL_SEGMENT_SUBSETS_MAX]; // ascending by size
    spl_interned met;                        // combinations
    found *counts;                           // [room] of each
    uint32_t room;
    uint32_t *place; // [met.count] in out->items, or NONE
} choosing;

static bool out_of_memory(spl_error *error)
{
    return spl_fail(error, "out of memory");
}

static const combination *combination_at(const choosing *c, uint32_t number)
{
    return (const combination *)(const void *)c->met.records + number;
}

static void find_attributes(choosing *c)
{
    const spl_candidates *all = c->visitors->attributes;
    for (uint32_t i = 0; i < spl_candidates_count(all); i++)
        if (!spl_candidates_is_quantity(all, i)) c->out->attributes[c->out->attribute_count++] = i;
}

static bool add_subset(choosing *c, const subset *made)
{
    if (c->subset_count == SPL_SEGMENT_SUBSETS_MAX) return false;
    c->subsets[c->subset_count++] = *made;
    return true;
}

// Each subset of the size before, with each later attribute added.
static bool make_subsets(choosing *c, uint32_t depth)
{
    const spl_segments *s = c->out;
    for (uint32_t i = 0; i < s->attribute_count; i++)
        if (!add_subset(c, &(subset){1, {s->attributes[i]}})) return false;
    for (uint32_t at = 0; at < c->subset_count; at++) {
        subset longer = c->subsets[at];
        if (longer.size == depth) break;
        uint32_t last = longer.attribute[longer.size++ - 1];
        for (uint32_t i = 0; i < s->attribute_count; i++) {
            if (s->attributes[i] <= last) continue;
            longer.attribute[longer.size - 1] = s->attributes[i];
            if (!add_subset(c, &longer)) return false;
        }
    }
    return true;
}

static bool plan_subsets(choosing *c, spl_error *error)
{
    uint32_t depth = c->rule->depth;
    find_attributes(c);
    if (depth == 0) depth = c->out->attribute_count <= SPL_SEGMENT_FEW ? 2 : 1;
    if (make_subsets(c, depth)) return true;
    return spl_fail_field(error, "depth",
                          "%u values at a time of %u attributes make too many segments; name the "
                          "attributes that matter with --by",
                          depth, c->out->attribute_count);
}

// The values that the cell has of these attributes. False where it lacks one.
static bool combine(const choosing *c, uint32_t cell, uint32_t which, combination *out)
{
    const uint16_t *codes = c->visitors->codes + (size_t)cell * c->visitors->stride;
    const subset *s = &c->subsets[which];
    *out = (combination){.subset = which};
    for (uint32_t i = 0; i < s->size; i++) {
        out->code[i] = codes[s->attribute[i]];
        if (out->code[i] == SPL_CODE_MISSING || out->code[i] == SPL_CODE_BEYOND) return false;
    }
    return true;
}

static uint64_t signature_of(uint32_t cell)
{
    return spl_mix64(cell + UINT64_C(1));
}

static bool count_combination(choosing *c, const combination *met, uint32_t cell)
{
    uint32_t number = spl_interned_number(&c->met, met);
    if (number == NONE) return false;
    if (number >= c->room) {
        uint32_t room = c->met.room;
        found *counts = realloc(c->counts, room * sizeof *counts);
        if (!counts) return false;
        memset(counts + c->room, 0, (room - c->room) * sizeof *counts);
        c->counts = counts;
        c->room = room;
    }
    c->counts[number].visitors += c->cell_visitors[cell];
    c->counts[number].signature += signature_of(cell);
    return true;
}

static bool count_all(choosing *c)
{
    const spl_visitors *v = c->visitors;
    combination met;
    c->cell_visitors = calloc(v->cell_count + (size_t)1, sizeof *c->cell_visitors);
    if (!c->cell_visitors) return false;
    for (uint32_t i = 0; i < v->count; i++) c->cell_visitors[v->rows[i].cell]++;
    for (uint32_t cell = 0; cell < v->cell_count; cell++) {
        if (c->cell_visitors[cell] == 0) continue; // all too young
        for (uint32_t s = 0; s < c->subset_count; s++)
            if (combine(c, cell, s, &met) && !count_combination(c, &met, cell)) return false;
    }
    return true;
}

static uint32_t find_subset(const choosing *c, const subset *wanted)
{
    for (uint32_t s = 0; s < c->subset_count; s++)
        if (c->subsets[s].size == wanted->size &&
            memcmp(c->subsets[s].attribute, wanted->attribute, wanted->size * sizeof *wanted->attribute) == 0)
            return s;
    return NONE;
}

// The combination without its attribute `left_out`; it has been met too. NONE for a single one.
static uint32_t without(choosing *c, const combination *full, uint32_t left_out)
{
    const subset *from = &c->subsets[full->subset];
    subset to = {0};
    combination shorter = {0};
    for (uint32_t i = 0; i < from->size; i++) {
        if (i == left_out) continue;
        shorter.code[to.size] = full->code[i];
        to.attribute[to.size++] = from->attribute[i];
    }
    shorter.subset = to.size ? find_subset(c, &to) : NONE;
    return shorter.subset == NONE ? NONE : spl_interned_number(&c->met, &shorter);
}

// Marks combinations with the same visitors as everybody or as one of fewer attributes (of as many: one met before).
// False when out of memory.
static bool find_doubles(choosing *c, bool *doubles)
{
    spl_interned signatures = {.bytes = sizeof(uint64_t)};
    uint64_t everybody = 0;
    for (uint32_t cell = 0; cell < c->visitors->cell_count; cell++)
        if (c->cell_visitors[cell] > 0) everybody += signature_of(cell);
    bool ok = spl_interned_number(&signatures, &everybody) != NONE;
    for (uint32_t size = 1; ok && size <= SPL_SEGMENT_DEPTH_MAX; size++) {
        for (uint32_t i = 0; ok && i < c->met.count; i++) {
            if (c->subsets[combination_at(c, i)->subset].size != size) continue;
            uint32_t before = signatures.count;
            ok = spl_interned_number(&signatures, &c->counts[i].signature) != NONE;
            doubles[i] = signatures.count == before;
        }
    }
    spl_interned_free(&signatures);
    return ok;
}

typedef struct ranked {
    uint32_t number, visitors, subset;
} ranked;

static int by_visitors(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->visitors != y->visitors) return x->visitors > y->visitors ? -1 : 1;
    if (x->subset != y->subset) return x->subset < y->subset ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

// The combinations worth a look, the largest first, at most SPL_SEGMENTS_MAX. From malloc; NULL: out of memory.
static ranked *rank(choosing *c, uint32_t *count)
{
    uint32_t n = 0;
    ranked *list = malloc((c->met.count + (size_t)1) * sizeof *list);
    bool *doubles = calloc(c->met.count + (size_t)1, sizeof *doubles);
    bool ok = list && doubles && find_doubles(c, doubles);
    for (uint32_t i = 0; ok && i < c->met.count; i++) {
        if (doubles[i]) continue;
        if (c->counts[i].visitors < c->rule->min_visitors)
            c->out->small++;
        else
            list[n++] = (ranked){i, c->counts[i].visitors, combination_at(c, i)->subset};
    }
    free(doubles);
    if (!ok) {
        free(list);
        return NULL;
    }
    qsort(list, n, sizeof *list, by_visitors);
    c->out->more = n > SPL_SEGMENTS_MAX ? n - SPL_SEGMENTS_MAX : 0;
    *count = n - c->out->more;
    return list;
}

// The place in the ranking (1 + index) of the nearest kept combination above; 0 = everybody.
static uint32_t parent_of(choosing *c, uint32_t number)
{
    combination full = *combination_at(c, number);
    for (uint32_t size = c->subsets[full.subset].size; size > 1; size--) {
        number = without(c, &full, size - 1);
        if (number == NONE) return 0;
        if (c->place[number] != NONE) return c->place[number];
        full = *combination_at(c, number);
    }
    return 0;
}

static spl_chosen chosen_of(const choosing *c, const ranked *r)
{
    const combination *met = combination_at(c, r->number);
    const subset *s = &c->subsets[met->subset];
    spl_chosen item = {.depth = s->size, .visitors = r->visitors};
    memcpy(item.attribute, s->attribute, sizeof item.attribute);
    memcpy(item.code, met->code, sizeof item.code);
    return item;
}

// Puts the ranked ones behind their parents: at[i] is where in the tree number i of the ranking (from 1) stands.
static void plant(choosing *c, const ranked *list, uint32_t n, const uint32_t *parents, uint32_t *at)
{
    spl_segments *out = c->out;
    uint32_t stack[SPL_SEGMENT_DEPTH_MAX + 1] = {0}, next[SPL_SEGMENT_DEPTH_MAX + 1] = {1}, depth = 0;
    for (;;) {
        uint32_t *child = &next[depth];
        while (*child <= n && parents[*child] != stack[depth]) ++*child;
        if (*child > n) {
            if (depth-- == 0) break;
            continue;
        }
        uint32_t taken = (*child)++;
        at[taken] = out->count;
        out->items[out->count] = chosen_of(c, &list[taken - 1]);
        out->items[out->count++].parent = at[stack[depth]];
        stack[++depth] = taken;
        next[depth] = 1;
    }
}

static bool arrange(choosing *c)
{
    spl_segments *out = c->out;
    uint32_t n = 0, parents[SPL_SEGMENTS_MAX + 1], at[SPL_SEGMENTS_MAX + 1] = {0};
    ranked *list = rank(c, &n);
    c->place = malloc((c->met.room + (size_t)1) * sizeof *c->place);
    out->items = calloc(n + (size_t)1, sizeof *out->items);
    bool ok = list && c->place && out->items;
    if (ok) {
        memset(c->place, 0xFF, c->met.room * sizeof *c->place); // NONE
        for (uint32_t i = 0; i < n; i++) c->place[list[i].number] = i + 1;
        for (uint32_t i = 0; i < n; i++) parents[i + 1] = parent_of(c, list[i].number);
        out->items[0] = (spl_chosen){.visitors = c->visitors->count, .parent = NONE};
        out->count = 1;
        plant(c, list, n, parents, at);
        for (uint32_t i = 0; i < n; i++) c->place[list[i].number] = at[i + 1];
    }
    free(list);
    return ok;
}

// The segments of each cell: counted at first, then written.
static bool list_cells(choosing *c)
{
    spl_segments *out = c->out;
    uint32_t cells = c->visitors->cell_count;
    combination met;
    out->first = calloc(cells + (size_t)1, sizeof *out->first);
    if (!out->first) return false;
    for (int pass = 0; pass < 2; pass++) {
        uint32_t used = 0;
        for (uint32_t cell = 0; cell < cells; cell++) {
            out->first[cell] = used;
            for (uint32_t s = 0; s < c->subset_count && c->cell_visitors[cell] > 0; s++) {
                if (!combine(c, cell, s, &met)) continue;
                uint32_t place = c->place[spl_interned_number(&c->met, &met)];
                if (place == NONE) continue;
                if (pass == 1) out->of_cell[used] = place;
                used++;
            }
        }
        out->first[cells] = used;
        if (pass == 0 && !(out->of_cell = malloc((used + (size_t)1) * sizeof *out->of_cell))) return false;
    }
    return true;
}

bool spl_segments_choose(const spl_visitors *visitors, const spl_segment_rule *rule, spl_segments *out,
                         spl_error *error)
{
    *out = (spl_segments){0};
    choosing *c = calloc(1, sizeof *c);
    if (!c) return out_of_memory(error);
    c->visitors = visitors;
    c->rule = rule;
    c->out = out;
    c->met.bytes = sizeof(combination);
    bool ok = plan_subsets(c, error) && ((count_all(c) && arrange(c) && list_cells(c)) || out_of_memory(error));
    free(c->cell_visitors);
    free(c->counts);
    free(c->place);
    spl_interned_free(&c->met);
    free(c);
    if (!ok) spl_segments_free(out);
    return ok;
}

void spl_segments_free(spl_segments *s)
{
    free(s->items);
    free(s->first);
    free(s->of_cell);
    *s = (spl_segments){0};
}
