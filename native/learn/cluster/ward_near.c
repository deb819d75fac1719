// SPDX-License-Identifier: GPL-3.0-or-later
// Nearest neighbours without looking at everybody each time.
//
// Ward's distance is reducible: when the pair u, v that merges is nearer to each other than to a, then
// D(a, u + v) >= min(D(a, u), D(a, v)). So a neighbour list keeps its worth. If all but the listed ones were at least
// `bound` away when it was made, then so is, for ever, every cluster without a listed member; only those that listed
// members are now in need a new distance. And a union can inherit the lists of its two sides, by the formula of
// Lance and Williams (1967),
//     D(a + b, x) = ((a + x) D(a, x) + (b + x) D(b, x) - x D(a, b)) / (a + b + x)      (letters are weights)
// which for D(a, x) >= bound_a and D(b, x) >= bound_b is least at one end of x's range, for it is monotone in x.
// Most steps of the chain thus cost a few distances instead of a pass over all clusters.
//
// The first lists, and those that have run out, come from a pass in float. Coordinates lie within 1 of their mean, so
// rounding their difference to it moves a distance by no more than sqrt(d) 2^-23, and summing is off by (d + 8) 2^-24
// relative. With that the pass gives a bound that holds in exact arithmetic; order and heights are settled in double.
// Where floats cannot tell, in clumps far smaller than the whole, a pass in double does.
#include "learn/cluster/ward_near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_SLOT UINT32_MAX
#define PART_QUERIES 64 // slots of one part of the first pass

typedef struct candidate {
    double distance;
    uint32_t slot;
} candidate;

// The nearest so far, ascending.
typedef struct shortlist {
    double bound; // nobody who was left out is nearer
    uint32_t count;
    candidate items[SPL_WARD_NEAR];
} shortlist;

double spl_ward_distance(const spl_ward_field *field, uint32_t a, uint32_t b)
{
    const double *x = field->centre + (size_t)a * field->d, *y = field->centre + (size_t)b * field->d;
    double sum[4] = {0}, wa = field->weight[a], wb = field->weight[b];
    uint32_t i = 0;
    for (; i + 4 <= field->d; i += 4) {
        for (uint32_t l = 0; l < 4; l++) sum[l] += (x[i + l] - y[i + l]) * (x[i + l] - y[i + l]);
    }
    for (; i < field->d; i++) sum[i % 4] += (x[i] - y[i]) * (x[i] - y[i]);
    return 2 * (wa * wb / (wa + wb)) * ((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

static bool nearer(candidate a, candidate b)
{
    return a.distance < b.distance || (a.distance == b.distance && a.slot < b.slot);
}

static void shortlist_add(shortlist *list, candidate c)
{
    if (c.distance > list->bound) return;
    uint32_t at = list->count;
    if (at == SPL_WARD_NEAR) {
        candidate last = list->items[at - 1];
        list->bound = nearer(c, last) ? last.distance : c.distance;
        if (!nearer(c, last)) return;
        at--;
    } else {
        list->count++;
    }
    for (; at > 0 && nearer(c, list->items[at - 1]); at--) list->items[at] = list->items[at - 1];
    list->items[at] = c;
}

static void shortlist_keep(const shortlist *list, spl_ward_near *near)
{
    near->bound = list->bound;
    near->count = list->count;
    for (uint32_t i = 0; i < list->count; i++) near->slot[i] = list->items[i].slot;
}

static uint32_t resolve(uint32_t *forward, uint32_t slot)
{
    while (forward[slot] != slot) {
        forward[slot] = forward[forward[slot]];
        slot = forward[slot];
    }
    return slot;
}

// Adds the clusters that the slots of `near` are in now, each once per ticket.
static void gather(spl_ward_field *field, uint32_t self, const spl_ward_near *near, shortlist *list)
{
    for (uint32_t i = 0; i < near->count; i++) {
        uint32_t slot = resolve(field->forward, near->slot[i]);
        if (slot == self || field->ticket[slot] == field->tickets) continue;
        field->ticket[slot] = field->tickets;
        shortlist_add(list, (candidate){spl_ward_distance(field, self, slot), slot});
    }
}

// What a distance that the scan saw is at least, in exact arithmetic.
static double certain(const spl_ward_field *field, float seen, double weight)
{
    double root = sqrt(2 * weight * (double)seen) * (1 - (field->d + 8) * 0x1p-24);
    root -= sqrt(2 * weight * field->d) * 0x1p-23;
    return root > 0 ? root * root : 0;
}

static void settle(const spl_ward_field *field, uint32_t self, const spl_ward_query *query, shortlist *list)
{
    uint32_t kept = query->count <= SPL_WARD_NEAR ? query->count : SPL_WARD_NEAR;
    *list = (shortlist){.bound = INFINITY};
    if (query->count > SPL_WARD_NEAR) list->bound = certain(field, query->distance[kept], field->weight[self]);
    for (uint32_t i = 0; i < kept; i++) {
        uint32_t slot = field->slot[query->place[i]];
        shortlist_add(list, (candidate){spl_ward_distance(field, self, slot), slot});
    }
}

static void scan_in_double(const spl_ward_field *field, uint32_t self, shortlist *list)
{
    *list = (shortlist){.bound = INFINITY};
    for (uint32_t p = 0; p < field->blocks.count * SPL_WARD_LANES; p++) {
        uint32_t slot = field->slot[p];
        if (slot == NO_SLOT || slot == self) continue;
        shortlist_add(list, (candidate){spl_ward_distance(field, self, slot), slot});
    }
}

static spl_ward_query query_of(const spl_ward_field *field, uint32_t slot, float *row)
{
    const double *centre = field->centre + (size_t)slot * field->d;
    for (uint32_t i = 0; i < field->d; i++) row[i] = (float)(centre[i] - field->shift[i]);
    return (spl_ward_query){.x = row, .weight = (float)field->weight[slot], .self = field->place[slot]};
}

static void scan(spl_ward_field *field, uint32_t self, shortlist *list)
{
    spl_ward_query query = query_of(field, self, field->row);
    spl_ward_scan(field->kernel, &field->blocks, &query, 1);
    settle(field, self, &query, list);
    if (list->count == 0) scan_in_double(field, self, list);
}

uint32_t spl_ward_nearest(spl_ward_field *field, uint32_t slot, double *distance)
{
    spl_ward_near *near = &field->near[slot];
    shortlist list = {.bound = near->bound};
    field->tickets++;
    gather(field, slot, near, &list);
    if (list.count == 0) scan(field, slot, &list);
    shortlist_keep(&list, near);
    *distance = list.items[0].distance;
    return list.items[0].slot;
}

// Writes a cluster into its place, or infinity into a place whose cluster is gone.
static void put_place(spl_ward_field *field, uint32_t place, uint32_t slot)
{
    const double *centre = slot == NO_SLOT ? NULL : field->centre + (size_t)slot * field->d;
    float *column = field->block_x + (size_t)(place / SPL_WARD_LANES) * field->d * SPL_WARD_LANES;
    column += place % SPL_WARD_LANES;
    for (uint32_t i = 0; i < field->d; i++)
        column[(size_t)i * SPL_WARD_LANES] = !centre ? INFINITY : (float)(centre[i] - field->shift[i]);
    field->block_w[place] = !centre ? 1 : (float)field->weight[slot];
    field->slot[place] = slot;
    if (centre) field->place[slot] = place;
}

// Lays the remaining clusters out in order of slots; again once half of the places are empty.
static void lay_out(spl_ward_field *field)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < field->n; slot++) {
        if (field->forward[slot] == slot) put_place(field, count++, slot);
    }
    while (count % SPL_WARD_LANES != 0) put_place(field, count++, NO_SLOT);
    field->blocks = (spl_ward_blocks){field->d, count / SPL_WARD_LANES, field->block_x, field->block_w};
}

// The least that a union can be away from whoever is on neither list.
static double inherited_bound(const spl_ward_field *field, uint32_t a, uint32_t b, double distance)
{
    double wa = field->weight[a], wb = field->weight[b], wx = field->lightest;
    double bound_a = field->near[a].bound, bound_b = field->near[b].bound;
    if (bound_a == INFINITY || bound_b == INFINITY) return INFINITY; // one of the lists names everybody
    double light = ((wa + wx) * bound_a + (wb + wx) * bound_b - wx * distance) / (wa + wb + wx);
    double heavy = bound_a + bound_b - distance;
    return (light < heavy ? light : heavy) * (1 - 0x1p-40); // rounding
}

void spl_ward_join(spl_ward_field *field, uint32_t a, uint32_t b, double distance)
{
    double wa = field->weight[a], wb = field->weight[b], share = wb / (wa + wb);
    double *x = field->centre + (size_t)a * field->d;
    const double *y = field->centre + (size_t)b * field->d;
    shortlist list = {.bound = inherited_bound(field, a, b, distance)};
    for (uint32_t i = 0; i < field->d; i++) x[i] += (y[i] - x[i]) * share;
    field->weight[a] = wa + wb;
    field->forward[b] = a;
    field->active--;
    field->tickets++;
    gather(field, a, &field->near[a], &list);
    gather(field, a, &field->near[b], &list);
    shortlist_keep(&list, &field->near[a]);
    put_place(field, field->place[a], a);
    put_place(field, field->place[b], NO_SLOT);
    if (2 * field->active < field->blocks.count * SPL_WARD_LANES && field->blocks.count > 1) lay_out(field);
}

typedef struct first_pass {
    spl_ward_field *field;
    float *rows; // (threads * SPL_WARD_QUERIES, d)
    spl_progress *progress;
} first_pass;

static void find_first(void *owner, uint32_t part, uint32_t thread)
{
    first_pass *pass = owner;
    spl_ward_field *field = pass->field;
    float *rows = pass->rows + (size_t)thread * SPL_WARD_QUERIES * field->d;
    uint32_t end = field->n - part * PART_QUERIES < PART_QUERIES ? field->n : (part + 1) * PART_QUERIES;
    for (uint32_t at = part * PART_QUERIES; at < end; at += SPL_WARD_QUERIES) {
        spl_ward_query queries[SPL_WARD_QUERIES];
        uint32_t count = end - at < SPL_WARD_QUERIES ? end - at : SPL_WARD_QUERIES;
        for (uint32_t q = 0; q < count; q++) queries[q] = query_of(field, at + q, rows + (size_t)q * field->d);
        spl_ward_scan(field->kernel, &field->blocks, queries, count);
        for (uint32_t q = 0; q < count; q++) {
            shortlist list;
            settle(field, at + q, &queries[q], &list);
            shortlist_keep(&list, &field->near[at + q]);
        }
        if (pass->progress && thread == 0) spl_progress_step(pass->progress, at, 0.9 * at / field->n);
    }
}

static bool check(const float *x, uint32_t n, uint32_t d, const double *weight, spl_error *error)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < (size_t)n * d; i++) {
        if (!isfinite(x[i])) return spl_fail(error, "row %zu, column %zu is not a finite number", i / d, i % d);
    }
    for (uint32_t i = 0; weight && i < n; i++) {
        if (!(weight[i] > 0 && isfinite(weight[i])))
            return spl_fail(error, "the weight of row %u is not above 0 and finite", i);
        least = fmin(least, weight[i]);
        most = fmax(most, weight[i]);
    }
    if (weight && most > least * SPL_WARD_WEIGHT_RATIO)
        return spl_fail(error, "the heaviest row has more than %g times the weight of the lightest",
                        SPL_WARD_WEIGHT_RATIO);
    return true;
}

// The exponent of the power of two just above `value`.
static int exponent_of(double value)
{
    int exponent;
    frexp(value, &exponent);
    return exponent;
}

// Sets shift to the means, and returns how far the values spread around them.
static double centre_columns(const float *x, uint32_t n, uint32_t d, double *shift)
{
    double widest = 0;
    for (uint32_t j = 0; j < d; j++) {
        double sum = 0;
        for (uint32_t i = 0; i < n; i++) sum += x[(size_t)i * d + j];
        shift[j] = sum / n;
        for (uint32_t i = 0; i < n; i++) widest = fmax(widest, fabs(x[(size_t)i * d + j] - shift[j]));
    }
    return widest;
}

// Powers of two change no digit, so neither scaling shows in the result.
static void copy_points(const float *x, const double *weight, spl_ward_field *field, double *scale)
{
    uint32_t n = field->n, d = field->d;
    int exponent = exponent_of(centre_columns(x, n, d, field->shift)), weight_exponent = 0;
    double heaviest = 0;
    for (uint32_t i = 0; weight && i < n; i++) heaviest = fmax(heaviest, weight[i]);
    if (weight) weight_exponent = exponent_of(heaviest);
    weight_exponent += weight_exponent & 1; // even, for heights are roots
    for (size_t i = 0; i < (size_t)n * d; i++) field->centre[i] = ldexp(x[i], -exponent);
    for (uint32_t j = 0; j < d; j++) field->shift[j] = ldexp(field->shift[j], -exponent);
    field->lightest = INFINITY;
    for (uint32_t i = 0; i < n; i++) {
        field->weight[i] = weight ? ldexp(weight[i], -weight_exponent) : 1;
        field->lightest = fmin(field->lightest, field->weight[i]);
    }
    *scale = ldexp(1, exponent + weight_exponent / 2);
}

static bool take_memory(spl_ward_field *field)
{
    size_t n = field->n, d = field->d, places = (n + SPL_WARD_LANES - 1) / SPL_WARD_LANES * SPL_WARD_LANES;
    field->centre = malloc(n * d * sizeof *field->centre);
    field->shift = malloc(d * sizeof *field->shift);
    field->weight = malloc(n * sizeof *field->weight);
    field->forward = malloc(n * sizeof *field->forward);
    field->near = malloc(n * sizeof *field->near);
    field->place = malloc(n * sizeof *field->place);
    field->ticket = calloc(n, sizeof *field->ticket);
    field->slot = malloc(places * sizeof *field->slot);
    field->row = malloc(d * sizeof *field->row);
    field->block_x = aligned_alloc(64, places * d * sizeof *field->block_x);
    field->block_w = aligned_alloc(64, places * sizeof *field->block_w);
    return field->centre && field->shift && field->weight && field->forward && field->near && field->place &&
           field->ticket && field->slot && field->row && field->block_x && field->block_w;
}

bool spl_ward_field_make(const float *x, uint32_t n, uint32_t d, const spl_ward_config *config, spl_ward_field *out,
                         double *scale, spl_error *error)
{
    if (!check(x, n, d, config->weight, error)) return false;
    spl_ward_field field = {.n = n, .d = d, .active = n, .kernel = config->kernel};
    first_pass pass = {&field, malloc((size_t)spl_pool_threads(config->pool) * SPL_WARD_QUERIES * d * sizeof(float)),
                       config->progress};
    if (!pass.rows || !take_memory(&field)) {
        free(pass.rows);
        spl_ward_field_free(&field);
        return spl_fail(error, "out of memory");
    }
    copy_points(x, config->weight, &field, scale);
    for (uint32_t i = 0; i < n; i++) field.forward[i] = i;
    lay_out(&field);
    spl_pool_run(config->pool, (n + PART_QUERIES - 1) / PART_QUERIES, find_first, &pass);
    free(pass.rows);
    *out = field;
    return true;
}

void spl_ward_field_free(spl_ward_field *field)
{
    free(field->centre);
    free(field->shift);
    free(field->weight);
    free(field->forward);
    free(field->near);
    free(field->place);
    free(field->ticket);
    free(field->slot);
    free(field->row);
    free(field->block_x);
    free(field->block_w);
}
