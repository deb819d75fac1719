// SPDX-License-Identifier: GPL-3.0-or-later
// A pass over a million rows waits for memory: rows are asked for ahead of time, read once for the comparison and for
// what follows from it, and left alone where their bounds allow.
#include "learn/cluster/kmeans_pass.h"

#include <math.h>
#include <string.h>

#define CACHE_LINE 64u
#define REST_MOST 8u // passes
#define AHEAD 128u   // rows

static uint32_t block_end(const spl_lloyd *l, uint32_t block)
{
    return l->points->n - block * SPL_LLOYD_BLOCK < SPL_LLOYD_BLOCK ? l->points->n : (block + 1) * SPL_LLOYD_BLOCK;
}

// A weight on its scale.
static inline int64_t fixed_weight(const spl_lloyd *l, uint32_t row)
{
    return l->points->weight ? llrint(l->points->weight[row] * l->weight_scale) : 1;
}

static void add_row(spl_lloyd *l, int64_t *sums, uint32_t row, uint32_t to)
{
    uint32_t d = l->points->d;
    int64_t *sum = sums + (size_t)to * (d + 1);
    l->kernels->add(sum, l->points->x + (size_t)row * d, l->scale, spl_lloyd_weight(l->points, row), d);
    sum[d] += fixed_weight(l, row);
    l->label[row] = to;
}

// Whether the rows listed fill a tile and are neighbours.
static inline bool is_whole(const uint32_t *rows, uint32_t count)
{
    return count == SPL_TILE && rows[SPL_TILE - 1] - rows[0] == SPL_TILE - 1;
}

void spl_lloyd_move(spl_lloyd *l, int64_t *sums, uint32_t row, uint32_t to)
{
    uint32_t d = l->points->d;
    int64_t *left = sums + (size_t)l->label[row] * (d + 1), *entered = sums + (size_t)to * (d + 1);
    int64_t weight = fixed_weight(l, row);
    l->kernels->move(left, entered, l->points->x + (size_t)row * d, l->scale, spl_lloyd_weight(l->points, row), d);
    left[d] -= weight;
    entered[d] += weight;
    l->label[row] = to;
}

// Writes down where compared rows lie. Who moves is listed first: chance decides it, and a branch on that is slow.
static inline void settle(spl_lloyd *l, int64_t *sums, const uint32_t *rows, uint32_t count, const spl_nearest *found)
{
    uint32_t moved[SPL_TILE], moves = 0;
    if (l->first) {
        for (uint32_t i = 0; i < count; i++) add_row(l, sums, rows[i], (uint32_t)found->point[i]);
        return;
    }
    if (is_whole(rows, count) && memcmp(l->label + rows[0], found->point, sizeof found->point) == 0) return;
    for (uint32_t i = 0; i < count; i++) {
        moved[moves] = i;
        moves += l->label[rows[i]] != (uint32_t)found->point[i];
    }
    for (uint32_t i = 0; i < moves; i++) spl_lloyd_move(l, sums, rows[moved[i]], (uint32_t)found->point[moved[i]]);
}

static inline void keep_bounds(spl_lloyd *l, const uint32_t *rows, uint32_t count, const spl_nearest *found)
{
    float *upper = l->upper, *lower = l->lower;
    if (is_whole(rows, count)) {
        memcpy(upper + rows[0], found->upper, sizeof found->upper);
        memcpy(lower + rows[0], found->lower, sizeof found->lower);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        upper[rows[i]] = found->upper[i];
        lower[rows[i]] = found->lower[i];
    }
}

static void compare_tile(spl_lloyd *l, int64_t *sums, const uint32_t *rows, uint32_t count, const float *tile,
                         float *scores, bool bounds)
{
    float squares[SPL_TILE] = {0};
    spl_nearest found;
    for (uint32_t i = 0; i < count && bounds; i++) squares[i] = l->squares[rows[i]];
    l->kernels->scores(tile, l->columns, l->padded, l->points->d, l->bias, l->padded, scores);
    l->kernels->choose(bounds ? squares : NULL, scores, l->config.k, l->slack, &found);
    settle(l, sums, rows, count, &found);
    if (bounds) keep_bounds(l, rows, count, &found);
}

// Rows that are picked here and there come too late when they are asked for as they are read.
static inline void fetch(const spl_points *points, uint32_t row)
{
    const char *from = (const char *)(points->x + (size_t)row * points->d);
    for (size_t at = 0; at < points->d * sizeof(float); at += CACHE_LINE) __builtin_prefetch(from + at);
}

// Nor does the processor see far enough ahead where it reads sixteen rows side by side.
static inline void fetch_ahead(const spl_points *points, uint32_t row)
{
    if (row + SPL_TILE > points->n) return;
    const char *from = (const char *)(points->x + (size_t)row * points->d);
    for (size_t at = 0; at < SPL_TILE * points->d * sizeof(float); at += CACHE_LINE) __builtin_prefetch(from + at);
}

// Compares the rows listed with all centroids.
static void compare(spl_lloyd *l, const uint32_t *rows, uint32_t count, bool bounds, uint32_t thread)
{
    uint32_t d = l->points->d;
    bool gaps = count > 0 && rows[count - 1] - rows[0] >= count;
    float *tiles = l->scratch + (size_t)thread * (d * SPL_LLOYD_TILES + l->padded) * SPL_TILE;
    int64_t *sums = l->sums + (size_t)thread * l->config.k * (d + 1);
    for (uint32_t at = 0; at < count; at += SPL_LLOYD_TILES * SPL_TILE) {
        uint32_t end = count - at < SPL_LLOYD_TILES * SPL_TILE ? count : at + SPL_LLOYD_TILES * SPL_TILE;
        float *tile = tiles;
        for (uint32_t i = end; gaps && i < count && i < end + SPL_LLOYD_TILES * SPL_TILE; i++)
            fetch(l->points, rows[i]);
        for (uint32_t i = at; i < end; i += SPL_TILE, tile += (size_t)d * SPL_TILE) {
            if (!gaps) fetch_ahead(l->points, rows[i] + AHEAD);
            l->kernels->gather(l->points->x, d, rows + i, end - i < SPL_TILE ? end - i : SPL_TILE, tile);
        }
        tile = tiles;
        for (uint32_t i = at; i < end; i += SPL_TILE, tile += (size_t)d * SPL_TILE)
            compare_tile(l, sums, rows + i, end - i < SPL_TILE ? end - i : SPL_TILE, tile,
                         tiles + (size_t)d * SPL_LLOYD_TILES * SPL_TILE, bounds);
    }
}

// The inertia of a block.
static void measure_block(spl_lloyd *l, uint32_t block)
{
    uint32_t d = l->points->d;
    double sum = 0;
    for (uint32_t i = block * SPL_LLOYD_BLOCK, end = block_end(l, block); i < end; i++) {
        const float *row = l->points->x + (size_t)i * d, *centroid = l->centroids + (size_t)l->label[i] * d;
        sum += spl_lloyd_weight(l->points, i) * l->kernels->apart(row, centroid, d);
    }
    l->partial[block] = sum;
}

// rows[returned] = those of a block whose bounds may have met. Where they met for more than a quarter of it, looking
// does not pay: all its rows are compared for some passes, and for more of them every time. *bounds = whether they are
// to be kept for the next pass.
static uint32_t list_stale(spl_lloyd *l, uint32_t block, uint32_t *rows, bool *bounds)
{
    spl_resting *rest = &l->resting[block];
    uint32_t at = block * SPL_LLOYD_BLOCK, n = block_end(l, block) - at, count = 0;
    uint8_t stale[SPL_LLOYD_BLOCK];
    *bounds = false;
    if (!l->first && !l->config.plain && rest->left == 0) {
        l->kernels->give_way(l->upper + at, l->lower + at, l->label + at, n, l->near, l->far, 2 * l->slack, stale);
        for (uint32_t i = 0; i < n; i++) {
            rows[count] = at + i;
            count += stale[i];
        }
        *bounds = count <= n / 4;
        rest->last = *bounds ? 0 : rest->last < REST_MOST ? rest->last + 2 : rest->last;
        rest->left = rest->last;
        if (*bounds) return count;
    } else if (rest->left > 0) {
        *bounds = --rest->left == 0 && !l->config.plain;
    }
    for (uint32_t i = 0; i < n; i++) rows[i] = at + i;
    return n;
}

static void pass_block(void *owner, uint32_t block, uint32_t thread)
{
    spl_lloyd *l = owner;
    uint32_t rows[SPL_LLOYD_BLOCK];
    bool bounds;
    uint32_t count = list_stale(l, block, rows, &bounds);
    compare(l, rows, count, bounds && !l->last, thread);
    if (l->last) measure_block(l, block); // while its rows are near
}

static void inertia_block(void *owner, uint32_t block, uint32_t thread)
{
    (void)thread;
    measure_block(owner, block);
}

void spl_lloyd_pass(spl_lloyd *l)
{
    spl_pool_run(l->config.pool, l->blocks, pass_block, l);
}

void spl_lloyd_measure(spl_lloyd *l)
{
    spl_pool_run(l->config.pool, l->blocks, inertia_block, l);
}
