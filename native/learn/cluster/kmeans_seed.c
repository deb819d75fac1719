// SPDX-License-Identifier: GPL-3.0-or-later
// k-means++ (Arthur & Vassilvitskii 2007): each next start is a row drawn with a probability in proportion to its
// weighted squared distance to the starts so far. Greedy: of 2 + ln k rows drawn so, the one that leaves the lowest
// sum of those squares is taken, which is what scikit-learn does and is much better than one draw.
//
// Distances are taken as squares of differences, so that a row equal to a start has distance 0 exactly and is not
// drawn again. Sums are kept per block of rows and added in order: threads change nothing.
#include "learn/cluster/kmeans_seed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/cluster/kmeans_kernel.h"
#include "samplit/rng.h"

#define BLOCK 4096u // rows, a multiple of SPL_TILE
#define TRIALS_MAX SPL_POINTS

typedef struct seeding {
    const spl_points *points;
    spl_tile_work *squares;
    uint32_t blocks, trials;
    float *near;       // [n] squared distance to the nearest start
    float *trial;      // (trials, n) the same with that trial too
    double *sums;      // (blocks, TRIALS_MAX) weighted sums of `trial`
    double *potential; // [blocks] weighted sums of `near`
    float *tiles;      // (threads, d * 16) and the trials' points behind them
    float *columns;    // (d, TRIALS_MAX)
    bool first;
} seeding;

// Squared distances of 16 rows from all trials, held against the nearest so far.
static void measure_tile(seeding *s, uint32_t at, uint32_t count, float *tile, double sums[TRIALS_MAX])
{
    const spl_points *points = s->points;
    uint32_t rows[SPL_TILE];
    float squares[TRIALS_MAX * SPL_TILE];
    for (uint32_t i = 0; i < count; i++) rows[i] = at + i;
    spl_tile_gather(points->x, points->d, rows, count, tile);
    s->squares(tile, s->columns, TRIALS_MAX, points->d, NULL, TRIALS_MAX, squares);
    for (uint32_t t = 0; t < s->trials; t++) {
        for (uint32_t i = 0; i < count; i++) {
            float square = squares[t * SPL_TILE + i];
            if (!s->first && s->near[at + i] < square) square = s->near[at + i];
            s->trial[(size_t)t * points->n + at + i] = square;
            sums[t] += (double)square * spl_point_weight(points, at + i);
        }
    }
}

static void measure_block(void *owner, uint32_t block, uint32_t thread)
{
    seeding *s = owner;
    uint32_t at = block * BLOCK, end = s->points->n - at < BLOCK ? s->points->n : at + BLOCK;
    double *sums = s->sums + (size_t)block * TRIALS_MAX;
    memset(sums, 0, TRIALS_MAX * sizeof *sums);
    for (; at < end; at += SPL_TILE)
        measure_tile(s, at, end - at < SPL_TILE ? end - at : SPL_TILE,
                     s->tiles + (size_t)thread * s->points->d * SPL_TILE, sums);
}

// The row where the running sum of `near` (of weights before the first start) passes u times the whole.
static uint32_t draw(const seeding *s, double u)
{
    const spl_points *points = s->points;
    double whole = 0, sum = 0;
    for (uint32_t b = 0; b < s->blocks; b++) whole += s->potential[b];
    uint32_t block = 0;
    while (block + 1 < s->blocks && sum + s->potential[block] <= u * whole) sum += s->potential[block++];
    uint32_t last = block * BLOCK;
    for (uint32_t i = block * BLOCK; i < points->n; i++) {
        double share = (s->first ? 1 : (double)s->near[i]) * spl_point_weight(points, i);
        if (share == 0) continue;
        last = i;
        sum += share;
        if (sum > u * whole) break;
    }
    return last;
}

static void start_potential(seeding *s)
{
    for (uint32_t b = 0; b < s->blocks; b++) {
        uint32_t end = s->points->n - b * BLOCK < BLOCK ? s->points->n : (b + 1) * BLOCK;
        s->potential[b] = 0;
        for (uint32_t i = b * BLOCK; i < end; i++) s->potential[b] += spl_point_weight(s->points, i);
    }
}

// Puts the rows drawn into columns; those not drawn repeat the first.
static void fill_columns(seeding *s, const uint32_t rows[TRIALS_MAX])
{
    uint32_t d = s->points->d;
    for (uint32_t t = 0; t < TRIALS_MAX; t++) {
        const float *row = s->points->x + (size_t)rows[t < s->trials ? t : 0] * d;
        for (uint32_t j = 0; j < d; j++) s->columns[(size_t)j * TRIALS_MAX + t] = row[j];
    }
}

static uint32_t lowest(const seeding *s)
{
    double sums[TRIALS_MAX] = {0};
    uint32_t best = 0;
    for (uint32_t b = 0; b < s->blocks; b++)
        for (uint32_t t = 0; t < s->trials; t++) sums[t] += s->sums[(size_t)b * TRIALS_MAX + t];
    for (uint32_t t = 1; t < s->trials; t++)
        if (sums[t] < sums[best]) best = t;
    return best;
}

static uint32_t take_next(seeding *s, const spl_kmeans_config *config, uint32_t run, uint32_t step)
{
    uint32_t rows[TRIALS_MAX];
    for (uint32_t t = 0; t < s->trials; t++) {
        double u[2];
        spl_uniform2(config->seed, ((uint64_t)run << 32) | step, SPL_STREAM_CLUSTER, t, u);
        rows[t] = draw(s, u[0]);
    }
    fill_columns(s, rows);
    spl_pool_run(config->pool, s->blocks, measure_block, s);
    uint32_t best = lowest(s);
    memcpy(s->near, s->trial + (size_t)best * s->points->n, s->points->n * sizeof *s->near);
    for (uint32_t b = 0; b < s->blocks; b++) s->potential[b] = s->sums[(size_t)b * TRIALS_MAX + best];
    return rows[best];
}

static uint32_t trials_for(uint32_t k)
{
    uint32_t trials = 2 + (uint32_t)log((double)k);
    return trials < TRIALS_MAX ? trials : TRIALS_MAX;
}

static bool allocate(seeding *s, const spl_kmeans_config *config)
{
    size_t n = s->points->n, d = s->points->d;
    s->near = malloc(n * sizeof *s->near);
    s->trial = malloc(n * trials_for(config->k) * sizeof *s->trial);
    s->sums = malloc((size_t)s->blocks * TRIALS_MAX * sizeof *s->sums);
    s->potential = malloc(s->blocks * sizeof *s->potential);
    s->tiles = malloc(spl_pool_threads(config->pool) * d * SPL_TILE * sizeof *s->tiles);
    s->columns = malloc(d * TRIALS_MAX * sizeof *s->columns);
    return s->near && s->trial && s->sums && s->potential && s->tiles && s->columns;
}

static void release(seeding *s)
{
    free(s->near);
    free(s->trial);
    free(s->sums);
    free(s->potential);
    free(s->tiles);
    free(s->columns);
}

static seeding start(const spl_points *points, const spl_kmeans_config *config)
{
    return (seeding){.points = points,
                     .squares = spl_tile_kernels_of(config->kernel)->squares,
                     .blocks = (points->n + BLOCK - 1) / BLOCK,
                     .first = true};
}

bool spl_kmeans_seed(const spl_points *points, const spl_kmeans_config *config, uint32_t run, float *centroids,
                     spl_error *error)
{
    seeding s = start(points, config);
    bool ok = allocate(&s, config) || spl_fail(error, "out of memory");
    if (ok) start_potential(&s);
    for (uint32_t c = 0; ok && c < config->k; c++) {
        s.trials = c == 0 ? 1 : trials_for(config->k);
        uint32_t row = take_next(&s, config, run, c);
        memcpy(centroids + (size_t)c * points->d, points->x + (size_t)row * points->d, points->d * sizeof *centroids);
        s.first = false;
    }
    release(&s);
    return ok;
}

// What is left between rows and their centroids.
static void measure_left(seeding *s, const float *centroids, const uint32_t *label)
{
    uint32_t d = s->points->d;
    memset(s->potential, 0, s->blocks * sizeof *s->potential);
    for (uint32_t i = 0; i < s->points->n; i++) {
        const float *row = s->points->x + (size_t)i * d, *centroid = centroids + (size_t)label[i] * d;
        float square = 0;
        for (uint32_t j = 0; j < d; j++) square += (row[j] - centroid[j]) * (row[j] - centroid[j]);
        s->near[i] = square;
        s->potential[i / BLOCK] += (double)square * spl_point_weight(s->points, i);
    }
}

bool spl_kmeans_seed_one(const spl_points *points, const spl_kmeans_config *config, uint32_t run,
                         const float *centroids, const uint32_t *label, float *row, spl_error *error)
{
    seeding s = start(points, config);
    bool ok = allocate(&s, config) || spl_fail(error, "out of memory");
    if (ok) {
        measure_left(&s, centroids, label);
        s.first = false;
        s.trials = trials_for(config->k);
        uint32_t best = take_next(&s, config, run, config->k);
        memcpy(row, points->x + (size_t)best * points->d, points->d * sizeof *row);
    }
    release(&s);
    return ok;
}
