// SPDX-License-Identifier: GPL-3.0-or-later
// Building in rounds. In a round some vectors look for their neighbours in the graph as it stood before the round, so
// that they can do so in any order and on any thread; then those they chose get links back, each chosen vector apart.
// A round is at most 1/32 of the graph, so what its vectors miss of each other is little (Manohar et al. 2024 build
// the same way), and nothing depends on the number of threads.
//
// Rows that are equal share one vector. Linked one by one, many equal rows would fill each other's links and become an
// island, and rows of few categories are often equal.
//
// Neighbours are chosen by the paper's heuristic (algorithm 4, without keeping the pruned): from the best on, those
// that are nearer to the new vector than to any chosen before, so that links point in different directions.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/similar/hnsw_walk.h"
#include "learn/similar/topk.h"
#include "samplit/hash.h"
#include "samplit/num.h"
#include "samplit/rng.h"

#define ROUND_SHARE 32 // of the graph
#define ROUND_MAX 4096
#define STREAM_LEVELS 0x484E5357u // "HNSW"
#define EDGE_PARTS 32

typedef struct edge {
    uint32_t to, level, from;
} edge;

typedef struct builder {
    spl_hnsw index; // the same arrays as below
    float *vectors;
    uint32_t *row_start, *rows, *links, *upper_start, *upper;
    const spl_hnsw_config *config;
    spl_hnsw_walk *walks; // one per thread
    uint32_t threads;
    uint32_t first, end; // of the round
    edge *edges;         // of the round, sorted
    size_t edge_count;
    size_t part_start[EDGE_PARTS + 1];
} builder;

// The same places to write to: the arrays are the builder's own.
static uint32_t *links_of(builder *b, uint32_t id, uint32_t level, uint32_t *max)
{
    return (uint32_t *)(uintptr_t)spl_hnsw_links(&b->index, id, level, max);
}

// Chooses up to `max` of count sorted candidates; returns how many.
static uint32_t choose(const spl_hnsw *index, spl_hnsw_dots *dots, const spl_hnsw_key *sorted, uint32_t count,
                       uint32_t max, uint32_t *chosen)
{
    uint32_t kept = 0;
    for (uint32_t c = 0; c < count && kept < max; c++) {
        uint32_t id = spl_hnsw_id(sorted[c]);
        int32_t own = spl_hnsw_dot(sorted[c]), other[4];
        bool spread = true;
        for (uint32_t s = 0; s < kept && spread; s += 4) {
            uint32_t some = kept - s < 4 ? kept - s : 4;
            dots(index->code, index->stride, index->code + (size_t)id * index->stride, chosen + s, some, other);
            for (uint32_t i = 0; i < some; i++) spread &= other[i] < own;
        }
        if (spread) chosen[kept++] = id;
    }
    return kept;
}

static void put_links(uint32_t *links, uint32_t max, const uint32_t *ids, uint32_t count)
{
    memcpy(links, ids, count * sizeof *ids);
    for (uint32_t i = count; i < max; i++) links[i] = SPL_NO_ROW;
}

// Finds the neighbours of one vector of the round on each of its levels. Only its own links are written.
static void find_neighbours(void *owner, uint32_t part, uint32_t thread)
{
    builder *b = owner;
    uint32_t id = b->first + part, max, chosen[SPL_HNSW_LINKS_MAX];
    spl_hnsw_walk *walk = &b->walks[thread];
    memcpy(walk->query, b->index.code + (size_t)id * b->index.stride, b->index.stride * sizeof *walk->query);
    uint32_t level = spl_hnsw_level(&b->index, id);
    if (level > b->index.top) level = b->index.top;
    spl_hnsw_descend(&b->index, level, walk);
    for (uint32_t l = level + 1; l-- > 0;) {
        spl_hnsw_spread(&b->index, l, b->config->ef, walk);
        uint32_t count = choose(&b->index, walk->dots, walk->found, walk->count, b->index.m, chosen);
        uint32_t *links = links_of(b, id, l, &max);
        put_links(links, max, chosen, count);
    }
    if (b->config->progress && thread == 0) spl_progress_step(b->config->progress, id, (double)id / b->index.u);
}

static int by_place(const void *x, const void *y)
{
    const edge *a = x, *b = y;
    if (a->to != b->to) return a->to < b->to ? -1 : 1;
    if (a->level != b->level) return a->level < b->level ? -1 : 1;
    return (a->from > b->from) - (a->from < b->from);
}

// What the round's vectors chose, seen from the other end, cut into parts that share no vector.
static void collect_edges(builder *b)
{
    b->edge_count = 0;
    for (uint32_t id = b->first; id < b->end; id++) {
        for (uint32_t l = 0; l <= spl_hnsw_level(&b->index, id); l++) {
            uint32_t max, *links = links_of(b, id, l, &max);
            for (uint32_t i = 0; i < max && links[i] != SPL_NO_ROW; i++)
                b->edges[b->edge_count++] = (edge){links[i], l, id};
        }
    }
    qsort(b->edges, b->edge_count, sizeof *b->edges, by_place);
    for (uint32_t p = 0; p <= EDGE_PARTS; p++) {
        size_t at = b->edge_count * p / EDGE_PARTS;
        while (at > 0 && at < b->edge_count && b->edges[at].to == b->edges[at - 1].to) at++;
        b->part_start[p] = at;
    }
}

// Adds links to those of one vector on one level; too many are chosen from anew.
static void link_back(builder *b, const edge *edges, size_t count, spl_hnsw_walk *walk)
{
    uint32_t max, held = 0, kept, to = edges->to, *links = links_of(b, to, edges->level, &max);
    while (held < max && links[held] != SPL_NO_ROW) held++;
    if (held + count <= max) {
        for (size_t i = 0; i < count; i++) links[held + i] = edges[i].from;
        return;
    }
    uint32_t ids[2 * SPL_HNSW_LINKS_MAX + ROUND_MAX];
    int32_t dots[2 * SPL_HNSW_LINKS_MAX + ROUND_MAX];
    spl_hnsw_key keys[2 * SPL_HNSW_LINKS_MAX + ROUND_MAX];
    memcpy(ids, links, held * sizeof *ids);
    for (size_t i = 0; i < count; i++) ids[held + i] = edges[i].from;
    uint32_t all = held + (uint32_t)count;
    walk->dots(b->index.code, b->index.stride, b->index.code + (size_t)to * b->index.stride, ids, all, dots);
    for (uint32_t i = 0; i < all; i++) { // insertion: the old ones are nearly sorted
        spl_hnsw_key key = spl_hnsw_key_of(dots[i], ids[i]);
        uint32_t at = i;
        for (; at > 0 && key < keys[at - 1]; at--) keys[at] = keys[at - 1];
        keys[at] = key;
    }
    kept = choose(&b->index, walk->dots, keys, all, max, ids);
    put_links(links, max, ids, kept);
}

static void link_part(void *owner, uint32_t part, uint32_t thread)
{
    builder *b = owner;
    size_t end = b->part_start[part + 1];
    for (size_t at = b->part_start[part], next; at < end; at = next) {
        for (next = at + 1;
             next < end && b->edges[next].to == b->edges[at].to && b->edges[next].level == b->edges[at].level;)
            next++;
        link_back(b, b->edges + at, next - at, &b->walks[thread]);
    }
}

static void run_rounds(builder *b)
{
    b->index.entry = 0;
    b->index.top = spl_hnsw_level(&b->index, 0);
    for (b->first = 1; b->first < b->index.u; b->first = b->end) {
        uint32_t size = b->first / ROUND_SHARE + 1;
        if (size > ROUND_MAX) size = ROUND_MAX;
        b->end = b->index.u - b->first < size ? b->index.u : b->first + size;
        spl_pool_run(b->config->pool, b->end - b->first, find_neighbours, b);
        collect_edges(b);
        spl_pool_run(b->config->pool, EDGE_PARTS, link_part, b);
        for (uint32_t id = b->first; id < b->end; id++) {
            if (spl_hnsw_level(&b->index, id) <= b->index.top) continue;
            b->index.entry = id;
            b->index.top = spl_hnsw_level(&b->index, id);
        }
    }
}

// The highest level of a vector: exponential with mean 1 / ln m, so that each level has 1/m of the one below.
static uint32_t draw_level(uint64_t seed, uint32_t id, uint32_t m)
{
    double u[2];
    spl_uniform2(seed, id, STREAM_LEVELS, 0, u);
    double level = -spl_log(u[0]) / spl_log(m);
    return level < SPL_HNSW_LEVELS_MAX - 1 ? (uint32_t)level : SPL_HNSW_LEVELS_MAX - 1;
}

// Finds the distinct vectors, in order of their first rows, and groups the rows by them; returns how many. `table` is
// open addressing over vectors, 0 = free.
static uint32_t group_rows(builder *b, uint32_t n, uint32_t d, uint32_t *table, uint32_t mask, uint32_t *vector_of)
{
    uint32_t u = 0;
    for (uint32_t row = 0; row < n; row++) {
        const float *x = b->vectors + (size_t)row * d;
        uint32_t at = (uint32_t)spl_xxh64(x, d * sizeof *x, 0) & mask;
        while (table[at] != 0 && memcmp(b->vectors + (size_t)(table[at] - 1) * d, x, d * sizeof *x) != 0)
            at = (at + 1) & mask;
        if (table[at] == 0) {
            memmove(b->vectors + (size_t)u * d, x, d * sizeof *x);
            table[at] = ++u;
        }
        vector_of[row] = table[at] - 1;
    }
    memset(b->row_start, 0, ((size_t)u + 1) * sizeof *b->row_start);
    for (uint32_t row = 0; row < n; row++) b->row_start[vector_of[row] + 1]++;
    for (uint32_t i = 0; i < u; i++) b->row_start[i + 1] += b->row_start[i];
    for (uint32_t row = 0; row < n; row++) b->rows[b->row_start[vector_of[row]]++] = row;
    for (uint32_t i = u; i > 0; i--) b->row_start[i] = b->row_start[i - 1];
    b->row_start[0] = 0;
    return u;
}

static bool read_rows(builder *b, const float *rows, uint32_t n, uint32_t d, spl_error *error)
{
    for (uint32_t row = 0; row < n; row++) {
        float *x = b->vectors + (size_t)row * d;
        uint32_t column;
        if (!spl_topk_normalise(rows + (size_t)row * d, d, x, &column))
            return spl_fail(error, "row %u, column %u is not a finite number", row, column);
        for (uint32_t i = 0; i < d; i++) x[i] += 0.0f; // -0 becomes 0, so that equal rows have equal bytes
    }
    uint32_t mask = 1;
    while (mask < 2 * n) mask = 2 * mask + 1;
    uint32_t *table = calloc((size_t)mask + 1, sizeof *table), *vector_of = malloc(n * sizeof *vector_of);
    bool ok = table && vector_of;
    if (ok) b->index.u = group_rows(b, n, d, table, mask, vector_of);
    free(table);
    free(vector_of);
    return ok || spl_fail(error, "out of memory");
}

// Points the index to the builder's arrays, which it owns from now on.
static void hand_over(builder *b)
{
    spl_hnsw *index = &b->index;
    index->vectors = b->vectors;
    index->row_start = b->row_start;
    index->rows = b->rows;
    index->links = b->links;
    index->upper_start = b->upper_start;
    index->upper = b->upper;
    void *owned[] = {b->vectors, b->row_start, b->rows, b->links, b->upper_start, b->upper, index->code};
    memcpy(index->owned, owned, sizeof owned);
}

static bool take_graph(builder *b)
{
    spl_hnsw *index = &b->index;
    uint32_t u = index->u, d = index->d, threads = spl_pool_threads(b->config->pool);
    float *shrunk = realloc(b->vectors, (size_t)u * d * sizeof *b->vectors);
    if (shrunk) b->vectors = shrunk;
    b->upper_start = malloc(((size_t)u + 1) * sizeof *b->upper_start);
    if (!b->upper_start) return false;
    b->upper_start[0] = 0;
    for (uint32_t id = 0; id < u; id++)
        b->upper_start[id + 1] = b->upper_start[id] + draw_level(b->config->seed, id, index->m);
    size_t lowest = (size_t)u * 2 * index->m, above = (size_t)b->upper_start[u] * index->m;
    b->links = malloc(lowest * sizeof *b->links);
    b->upper = malloc((above + 1) * sizeof *b->upper);
    b->edges = malloc(((size_t)ROUND_MAX + b->upper_start[u]) * index->m * sizeof *b->edges);
    b->walks = calloc(threads, sizeof *b->walks);
    index->code = aligned_alloc(64, (size_t)u * index->stride * sizeof *index->code);
    if (!b->links || !b->upper || !b->edges || !b->walks || !index->code) return false;
    memset(b->links, 0xFF, lowest * sizeof *b->links);
    memset(b->upper, 0xFF, above * sizeof *b->upper);
    for (uint32_t id = 0; id < u; id++)
        spl_hnsw_encode(b->vectors + (size_t)id * d, d, index->stride, index->code + (size_t)id * index->stride);
    for (; b->threads < threads; b->threads++) {
        if (!spl_hnsw_walk_make(u, index->stride, b->config->ef, b->config->kernel, &b->walks[b->threads]))
            return false;
    }
    return true;
}

static bool check(uint32_t n, uint32_t d, const spl_hnsw_config *config, spl_error *error)
{
    if (n == 0) return spl_fail(error, "there are no rows to index");
    if (n > (1u << 30)) return spl_fail(error, "%u rows are too many to index", n);
    if (d == 0 || d > SPL_HNSW_COLUMNS_MAX)
        return spl_fail(error, "%u columns: expected 1 to %d", d, SPL_HNSW_COLUMNS_MAX);
    if (config->m < 2 || config->m > SPL_HNSW_LINKS_MAX)
        return spl_fail(error, "%u links: expected 2 to %d", config->m, SPL_HNSW_LINKS_MAX);
    if (config->ef < config->m || config->ef > SPL_HNSW_EF_MAX)
        return spl_fail(error, "%u candidates: expected %u to %d", config->ef, config->m, SPL_HNSW_EF_MAX);
    return true;
}

bool spl_hnsw_build(const float *rows, uint32_t n, uint32_t d, const spl_hnsw_config *config, spl_hnsw *out,
                    spl_error *error)
{
    if (!check(n, d, config, error)) return false;
    builder b = {.config = config, .index = {.n = n, .d = d, .m = config->m, .stride = (d + 31) / 32 * 32}};
    b.vectors = malloc((size_t)n * d * sizeof *b.vectors);
    b.rows = malloc(n * sizeof *b.rows);
    b.row_start = malloc(((size_t)n + 1) * sizeof *b.row_start);
    bool ok = (b.vectors && b.rows && b.row_start) || spl_fail(error, "out of memory");
    ok = ok && read_rows(&b, rows, n, d, error) && (take_graph(&b) || spl_fail(error, "out of memory"));
    hand_over(&b);
    if (ok) run_rounds(&b);
    for (uint32_t t = 0; t < b.threads; t++) spl_hnsw_walk_free(&b.walks[t]);
    free(b.walks);
    free(b.edges);
    if (ok)
        *out = b.index;
    else
        spl_hnsw_free(&b.index);
    return ok;
}
