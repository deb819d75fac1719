// SPDX-License-Identifier: GPL-3.0-or-later
// Exact search: queries in groups of eight, rows in tiles that stay in the nearest cache while all groups pass by.
// With one group there is nothing to keep, and threads share the rows instead; the k best of the k best of parts are
// the k best, and the order of hits is total, so neither shows in the result.
#include "learn/similar/topk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/similar/topk_scan.h"

#define TILE_BYTES 32768 // of rows that all groups look at before the next ones
#define PART_QUERIES 64  // of one part of a batch
#define ROWS_MAX (1u << 30)
#define NORM_SLACK 0x1p-20 // of the square of a norm of 1

bool spl_topk_normalise(const float *x, uint32_t d, float *out, uint32_t *column)
{
    double sum = 0;
    for (uint32_t i = 0; i < d; i++) {
        if (!isfinite(x[i])) {
            *column = i;
            return false;
        }
        sum += (double)x[i] * x[i];
    }
    // What has norm 1 already, as floats go, stays as it is: so normalising twice is normalising once.
    double factor = fabs(sum - 1) <= NORM_SLACK ? 1 : sum > 0 ? 1 / sqrt(sum) : 0;
    for (uint32_t i = 0; i < d; i++) out[i] = (float)(x[i] * factor);
    return true;
}

// Sets code[d] to x / scale, rounded, and returns the norm of what that lost.
static double quantise(const float *x, uint32_t d, int8_t *code, float *scale)
{
    float most = 0;
    double lost = 0;
    for (uint32_t i = 0; i < d; i++) most = fmaxf(most, fabsf(x[i]));
    *scale = most > 0 ? most / 127 : 1;
    for (uint32_t i = 0; i < d; i++) {
        float whole = rintf(x[i] / *scale);
        code[i] = (int8_t)(whole > 127 ? 127 : whole < -127 ? -127 : whole);
        double rest = x[i] - (double)*scale * code[i];
        lost += rest * rest;
    }
    return sqrt(lost);
}

static void put_row(spl_topk *topk, uint32_t row, const float *x, const int8_t *code)
{
    uint32_t block = row / SPL_TOPK_LANES, lane = row % SPL_TOPK_LANES;
    float *column = topk->x + (size_t)block * topk->d * SPL_TOPK_LANES + lane;
    uint8_t *group = topk->code + ((size_t)block * topk->groups * SPL_TOPK_LANES + lane) * 4;
    for (uint32_t i = 0; i < topk->d; i++) {
        column[(size_t)i * SPL_TOPK_LANES] = x[i];
        group[(size_t)(i / 4) * 4 * SPL_TOPK_LANES + i % 4] = (uint8_t)(128 + code[i]);
    }
}

static bool fill(const float *rows, spl_topk *topk, spl_error *error)
{
    float x[SPL_TOPK_COLUMNS_MAX];
    int8_t code[SPL_TOPK_COLUMNS_MAX];
    for (uint32_t row = 0; row < topk->n; row++) {
        uint32_t column = 0;
        if (!spl_topk_normalise(rows + (size_t)row * topk->d, topk->d, x, &column))
            return spl_fail(error, "row %u, column %u is not a finite number", row, column);
        topk->lost = fmax(topk->lost, quantise(x, topk->d, code, &topk->scale[row]));
        put_row(topk, row, x, code);
    }
    return true;
}

bool spl_topk_make(const float *rows, uint32_t n, uint32_t d, spl_topk *out, spl_error *error)
{
    if (n == 0) return spl_fail(error, "there are no rows to search");
    if (n > ROWS_MAX) return spl_fail(error, "%u rows are too many to search", n);
    if (d == 0 || d > SPL_TOPK_COLUMNS_MAX) return spl_fail(error, "%u columns: expected 1 to 4096", d);
    spl_topk topk = {.n = n, .d = d, .blocks = (n + SPL_TOPK_LANES - 1) / SPL_TOPK_LANES, .groups = (d + 3) / 4};
    size_t places = (size_t)topk.blocks * SPL_TOPK_LANES;
    topk.x = aligned_alloc(64, places * d * sizeof *topk.x);
    topk.code = aligned_alloc(64, places * topk.groups * 4);
    topk.scale = aligned_alloc(64, places * sizeof *topk.scale);
    bool ok = topk.x && topk.code && topk.scale;
    if (ok) {
        memset(topk.x, 0, places * d * sizeof *topk.x);
        memset(topk.code, 128, places * topk.groups * 4);
        memset(topk.scale, 0, places * sizeof *topk.scale);
        ok = fill(rows, &topk, error);
    } else {
        spl_fail(error, "out of memory");
    }
    if (ok)
        *out = topk;
    else
        spl_topk_free(&topk);
    return ok;
}

void spl_topk_free(spl_topk *topk)
{
    free(topk->x);
    free(topk->code);
    free(topk->scale);
}

typedef struct search {
    const spl_topk *topk;
    const spl_topk_config *config;
    spl_topk_query *queries; // [count], or one per part
    uint32_t count, parts;
    uint32_t part_queries; // a multiple of SPL_TOPK_QUERIES
} search;

static void scan(const search *s, uint32_t first, uint32_t end, spl_topk_query *queries, uint32_t count)
{
    if (s->config->method == SPL_TOPK_FLOATS)
        spl_topk_scan_floats(s->config->kernel, s->topk, first, end, queries, count);
    else
        spl_topk_scan_bytes(s->config->kernel, s->topk, first, end, queries, count);
}

// Part of a batch: some queries, all rows.
static void search_queries(void *owner, uint32_t part, uint32_t thread)
{
    const search *s = owner;
    uint32_t from = part * s->part_queries, blocks = s->topk->blocks;
    uint32_t to = s->count - from < s->part_queries ? s->count : from + s->part_queries;
    uint32_t row_bytes = s->config->method == SPL_TOPK_FLOATS ? 4 * s->topk->d : 4 * s->topk->groups;
    uint32_t tile = TILE_BYTES / (SPL_TOPK_LANES * row_bytes) + 1;
    for (uint32_t first = 0; first < blocks; first += tile) {
        uint32_t end = blocks - first < tile ? blocks : first + tile;
        for (uint32_t q = from; q < to; q += SPL_TOPK_QUERIES)
            scan(s, first, end, s->queries + q, to - q < SPL_TOPK_QUERIES ? to - q : SPL_TOPK_QUERIES);
        double done = from + (double)(to - from) * end / blocks;
        if (s->config->progress && thread == 0) spl_progress_step(s->config->progress, (uint64_t)done, done / s->count);
    }
}

// Part of a single query: some rows.
static void search_rows(void *owner, uint32_t part, uint32_t thread)
{
    (void)thread;
    const search *s = owner;
    uint64_t blocks = s->topk->blocks;
    scan(s, (uint32_t)(blocks * part / s->parts), (uint32_t)(blocks * (part + 1) / s->parts), &s->queries[part], 1);
}

// How far a cosine from bytes may be off one from floats.
static float doubt_of(const spl_topk *topk, double lost)
{
    double bytes = topk->lost * (1 + 0x1p-20) + lost * (1 + topk->lost), sums = (topk->d + 16) * 0x1p-23;
    return (float)((bytes + sums) * (1 + 0x1p-20));
}

static bool prepare(const spl_topk *topk, const float *x, uint32_t index, spl_topk_query *query, spl_error *error)
{
    uint32_t column = 0;
    if (!spl_topk_normalise(x, topk->d, query->x, &column))
        return spl_fail(error, "query %u, column %u is not a finite number", index, column);
    query->doubt = doubt_of(topk, quantise(query->x, topk->d, query->code, &query->scale));
    int32_t sum = 0;
    for (uint32_t i = 0; i < topk->d; i++) sum += query->code[i];
    query->offset = 128 * sum;
    return true;
}

// One query: a part of the rows per thread, each with hits of its own.
static bool search_one(search *s, uint32_t k, spl_hit *hits)
{
    spl_topk_query whole = s->queries[0];
    uint32_t parts = s->parts;
    spl_topk_query *queries = malloc(parts * sizeof *queries);
    spl_hit *found = malloc((size_t)parts * k * sizeof *found);
    bool ok = queries && found;
    if (ok) {
        for (uint32_t p = 0; p < parts; p++) {
            queries[p] = whole;
            queries[p].hits = spl_hits_over(found + (size_t)p * k, k);
        }
        search part = *s;
        part.queries = queries;
        spl_pool_run(s->config->pool, parts, search_rows, &part);
        whole.hits = spl_hits_over(hits, k);
        for (uint32_t p = 0; p < parts; p++) {
            for (uint32_t i = 0; i < queries[p].hits.count; i++) spl_hits_offer(&whole.hits, queries[p].hits.items[i]);
        }
        spl_hits_sort(&whole.hits);
    }
    free(queries);
    free(found);
    return ok;
}

static void search_batch(search *s, uint32_t k, spl_hit *hits)
{
    uint32_t share = (s->count + s->parts - 1) / s->parts;
    s->part_queries = (share + SPL_TOPK_QUERIES - 1) / SPL_TOPK_QUERIES * SPL_TOPK_QUERIES;
    if (s->part_queries > PART_QUERIES) s->part_queries = PART_QUERIES;
    for (uint32_t q = 0; q < s->count; q++) s->queries[q].hits = spl_hits_over(hits + (size_t)q * k, k);
    spl_pool_run(s->config->pool, (s->count + s->part_queries - 1) / s->part_queries, search_queries, s);
    for (uint32_t q = 0; q < s->count; q++) spl_hits_sort(&s->queries[q].hits);
}

bool spl_topk_search(const spl_topk *topk, const float *queries, uint32_t count, uint32_t k,
                     const spl_topk_config *config, spl_hit *hits, spl_error *error)
{
    if (count == 0 || k == 0) return true;
    uint32_t threads = spl_pool_threads(config->pool);
    search s = {topk, config, calloc(count, sizeof *s.queries), count, threads < topk->blocks ? threads : topk->blocks,
                0};
    float *x = malloc((size_t)count * topk->d * sizeof *x);
    int8_t *code = calloc((size_t)count * topk->groups, 4);
    bool ok = (s.queries && x && code) || spl_fail(error, "out of memory");
    for (uint32_t q = 0; ok && q < count; q++) {
        s.queries[q].x = x + (size_t)q * topk->d;
        s.queries[q].code = code + (size_t)q * 4 * topk->groups;
        ok = prepare(topk, queries + (size_t)q * topk->d, q, &s.queries[q], error);
    }
    if (ok && count > 1) search_batch(&s, k, hits);
    if (ok && count == 1) ok = search_one(&s, k, hits) || spl_fail(error, "out of memory");
    free(s.queries);
    free(x);
    free(code);
    return ok;
}
