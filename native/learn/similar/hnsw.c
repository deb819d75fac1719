// SPDX-License-Identifier: GPL-3.0-or-later
// Searching an index, and taking one from outside. The walk ranks by 16-bit codes; a cosine of codes is within
// `doubt` of the exact one, so the candidates that could still be among the best k get exact cosines, and the result is
// what exact cosines of all candidates would have given.
#include "learn/similar/hnsw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/similar/hnsw_walk.h"
#include "learn/similar/topk.h"

#define PART_QUERIES 16
#define NO_DOT (-(INT64_C(1) << 40)) // below every dot

spl_hnsw_config spl_hnsw_config_default(void)
{
    return (spl_hnsw_config){.m = 16, .ef = 200, .kernel = spl_kernel_best()};
}

void spl_hnsw_free(spl_hnsw *index)
{
    for (size_t i = 0; i < sizeof index->owned / sizeof *index->owned; i++) free(index->owned[i]);
}

typedef struct search {
    const spl_hnsw *index;
    const float *queries;
    spl_progress *progress;
    uint32_t count, k, ef;
    spl_hit *hits;
    spl_hnsw_walk *walks; // one per thread
    float *x;             // (threads, d)
    int32_t doubt;        // of a dot product of codes
} search;

// How far a dot of codes of two vectors of norm 1 may be off 32767^2 times their exact cosine: half a step per entry
// and side (Cauchy-Schwarz), and the rounding of float sums.
static int32_t doubt_of(uint32_t d)
{
    double steps = sqrt(d) * 0.5 * (2 * (double)SPL_HNSW_ONE + sqrt(d)), sums = (d + 16) * 0x1p-23;
    return (int32_t)(steps + sums * SPL_HNSW_ONE * SPL_HNSW_ONE) + 1;
}

static float cosine_of(const float *x, const float *y, uint32_t d)
{
    float sum = 0;
    for (uint32_t i = 0; i < d; i++) sum += x[i] * y[i];
    return sum;
}

// All rows of a vector have its cosine; the first k of them are enough.
static void offer_rows(const search *s, uint32_t id, float cosine, spl_hits *hits)
{
    uint32_t start = s->index->row_start[id], end = s->index->row_start[id + 1];
    for (uint32_t i = start; i < end && i - start < s->k; i++)
        spl_hits_offer(hits, (spl_hit){s->index->rows[i], cosine});
}

// The candidates from the best on, until no later one can reach the k-th.
static void settle(const search *s, const spl_hnsw_walk *walk, const float *x, spl_hits *hits)
{
    uint32_t d = s->index->d, doubtful = walk->count;
    int64_t last = NO_DOT; // that of the k-th row
    for (uint32_t i = 0, rows = 0; i < walk->count && last == NO_DOT; i++) {
        uint32_t id = spl_hnsw_id(walk->found[i]);
        rows += s->index->row_start[id + 1] - s->index->row_start[id];
        if (rows >= s->k) last = spl_hnsw_dot(walk->found[i]);
    }
    for (uint32_t i = 0; i < walk->count; i++) {
        if (spl_hnsw_dot(walk->found[i]) < last - 2 * (int64_t)s->doubt) {
            doubtful = i;
            break;
        }
        __builtin_prefetch(s->index->vectors + (size_t)spl_hnsw_id(walk->found[i]) * d);
    }
    for (uint32_t i = 0; i < doubtful; i++) {
        uint32_t id = spl_hnsw_id(walk->found[i]);
        offer_rows(s, id, cosine_of(s->index->vectors + (size_t)id * d, x, d), hits);
    }
}

static int by_key(const void *x, const void *y)
{
    const spl_hnsw_key *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

// Every vector is a candidate: links may not lead to all of them, so none are followed.
static void take_all(const spl_hnsw *index, spl_hnsw_walk *walk)
{
    for (uint32_t id = 0; id < index->u; id++) {
        int32_t dot;
        walk->dots(index->code, index->stride, walk->query, &id, 1, &dot);
        walk->found[id] = spl_hnsw_key_of(dot, id);
    }
    walk->count = index->u;
    qsort(walk->found, walk->count, sizeof *walk->found, by_key);
}

static void walk_to(const search *s, spl_hnsw_walk *walk)
{
    if (s->ef == s->index->u) {
        take_all(s->index, walk);
        return;
    }
    spl_hnsw_descend(s->index, 0, walk);
    spl_hnsw_spread(s->index, 0, s->ef, walk);
}

static void search_part(void *owner, uint32_t part, uint32_t thread)
{
    const search *s = owner;
    spl_hnsw_walk *walk = &s->walks[thread];
    float *x = s->x + (size_t)thread * s->index->d;
    uint32_t end = s->count - part * PART_QUERIES < PART_QUERIES ? s->count : (part + 1) * PART_QUERIES, column;
    for (uint32_t q = part * PART_QUERIES; q < end; q++) {
        if (!spl_topk_normalise(s->queries + (size_t)q * s->index->d, s->index->d, x, &column))
            return; // checked before
        spl_hnsw_encode(x, s->index->d, s->index->stride, walk->query);
        walk_to(s, walk);
        spl_hits hits = spl_hits_over(s->hits + (size_t)q * s->k, s->k);
        settle(s, walk, x, &hits);
        spl_hits_sort(&hits);
        if (s->progress && thread == 0) spl_progress_step(s->progress, q, (double)q / s->count);
    }
}

static bool check_queries(const search *s, spl_error *error)
{
    for (uint64_t i = 0; i < (uint64_t)s->count * s->index->d; i++) {
        if (!isfinite(s->queries[i]))
            return spl_fail(error, "query %u, column %u is not a finite number", (uint32_t)(i / s->index->d),
                            (uint32_t)(i % s->index->d));
    }
    return true;
}

bool spl_hnsw_search(const spl_hnsw *index, const float *queries, uint32_t count, const spl_hnsw_query *how,
                     spl_hit *hits, spl_error *error)
{
    uint32_t threads = spl_pool_threads(how->pool), made = 0, ef = how->ef < how->k ? how->k : how->ef;
    if (ef > index->u) ef = index->u;
    search s = {index, queries, how->progress, count, how->k, ef, hits, NULL, NULL, doubt_of(index->d)};
    if (how->k == 0 || !check_queries(&s, error)) return how->k == 0;
    s.walks = calloc(threads, sizeof *s.walks);
    s.x = malloc((size_t)threads * index->d * sizeof *s.x);
    bool ok = s.walks && s.x;
    for (; ok && made < threads; made++)
        ok = spl_hnsw_walk_make(index->u, index->stride, ef, how->kernel, &s.walks[made]);
    if (ok) spl_pool_run(how->pool, (count + PART_QUERIES - 1) / PART_QUERIES, search_part, &s);
    for (uint32_t t = 0; s.walks && t < threads; t++) spl_hnsw_walk_free(&s.walks[t]);
    free(s.walks);
    free(s.x);
    return ok || spl_fail(error, "out of memory");
}
