// SPDX-License-Identifier: GPL-3.0-or-later
// Lloyd's iteration (1957), with the bounds of Hamerly (2010): each row keeps a distance that its own centroid is
// surely within and one that all others are surely beyond. When the centroids move, the bounds give way by as much;
// while they do not meet, the row stays where it is and is not even read. Rows whose bounds met are collected into
// tiles of sixteen and compared with all centroids at once.
//
// Exact: the bounds carry the rounding errors of the scores, so a row is passed over only if the comparison would
// surely give what it gave before. With and without bounds the labels are equal, bit for bit.
//
// Sums of rows per cluster are 64-bit whole numbers on a scale per column. They have no order, so threads may add
// as they come, and a row that changes its cluster is taken from one sum and added to the other without a trace:
// an iteration costs additions for the rows that moved only. Rejected: sums in double (order matters, and what is
// taken away leaves a remainder), Elkan's n * k bounds (memory), Yinyang's groups (k is small here).
#include "learn/cluster/kmeans_lloyd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "learn/cluster/kmeans_kernel.h"

#define BLOCK 2048u // rows of one part
#define TILES 4u    // gathered at once: what is stored narrow should settle before it is read wide
#define CACHE_LINE 64u
#define REST_FIRST 2u // passes: centroids move far in the first ones
#define REST_MOST 8u
#define NO_ROW UINT32_MAX
#define ROUNDING 0x1p-24F // half an ulp of 1, relative
#define VALUE_BITS 50     // of a cell on its scale
#define SUM_BITS 62

// A block whose bounds are not looked at.
typedef struct resting {
    uint8_t left, last; // passes still to go; how many they were
} resting;

struct spl_lloyd {
    const spl_points *points;
    spl_kmeans_config config;
    const spl_tile_kernels *kernels;
    uint32_t blocks, threads, padded; // padded: k up to a multiple of SPL_POINTS
    float *centroids, *before;        // (k, d)
    float *columns, *bias;            // (d, padded), [padded]
    float *squares;                   // [n] |x|^2
    float *zero;                      // [d]
    float *upper, *lower;             // [n] bounds of the distances
    uint32_t *label;                  // [n]
    float *near, *far;                // [k] how far the centroid went, and the farthest of the others
    float squares_most;               // the largest |x|^2
    float slack;                      // error of a squared distance from scores, twice
    double *scale, weight_scale;      // [d] powers of 2
    double mean_square;               // weighted, of |x|
    int64_t *sums, *totals;           // (threads, k, d + 1): changes; (k, d + 1): the last is the weight
    float *scratch;                   // (threads, (d + padded) * TILES * 16)
    double *partial;                  // [blocks] inertia
    resting *resting;                 // [blocks]
    uint32_t *anew;                   // [k] clusters that were empty
    bool first;
};

static double weight_of(const spl_points *points, uint32_t i)
{
    return points->weight ? points->weight[i] : 1;
}

static uint32_t block_end(const spl_lloyd *l, uint32_t block)
{
    return l->points->n - block * BLOCK < BLOCK ? l->points->n : (block + 1) * BLOCK;
}

// --- one pass over the rows -------------------------------------------------------------------------------

static void add_row(spl_lloyd *l, int64_t *sums, uint32_t cluster, uint32_t row, double sign)
{
    uint32_t d = l->points->d;
    double factor = sign * weight_of(l->points, row);
    int64_t *sum = sums + (size_t)cluster * (d + 1);
    l->kernels->add(sum, l->points->x + (size_t)row * d, l->scale, factor, d);
    sum[d] += l->points->weight ? llrint(factor * l->weight_scale) : (int64_t)sign;
}

// Whether the rows listed fill a tile and are neighbours.
static inline bool is_whole(const uint32_t *rows, uint32_t count)
{
    return count == SPL_TILE && rows[SPL_TILE - 1] - rows[0] == SPL_TILE - 1;
}

// Writes down where compared rows lie.
static inline void settle(spl_lloyd *l, int64_t *sums, const uint32_t *rows, uint32_t count, const spl_nearest *found)
{
    uint32_t *labels = l->label;
    bool first = l->first, whole = is_whole(rows, count);
    if (whole && !first && memcmp(labels + rows[0], found->point, sizeof found->point) == 0) return;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i], label = (uint32_t)found->point[i];
        if (!first && labels[row] == label) continue;
        if (!first) add_row(l, sums, labels[row], row, -1);
        add_row(l, sums, label, row, 1);
        labels[row] = label;
    }
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

// Compares the rows listed with all centroids.
static void compare(spl_lloyd *l, const uint32_t *rows, uint32_t count, bool bounds, uint32_t thread)
{
    uint32_t d = l->points->d;
    bool gaps = count > 0 && rows[count - 1] - rows[0] >= count;
    float *tiles = l->scratch + (size_t)thread * (d * TILES + l->padded) * SPL_TILE;
    int64_t *sums = l->sums + (size_t)thread * l->config.k * (d + 1);
    for (uint32_t at = 0; at < count; at += TILES * SPL_TILE) {
        uint32_t end = count - at < TILES * SPL_TILE ? count : at + TILES * SPL_TILE;
        float *tile = tiles;
        for (uint32_t i = end; gaps && i < count && i < end + TILES * SPL_TILE; i++) fetch(l->points, rows[i]);
        for (uint32_t i = at; i < end; i += SPL_TILE, tile += (size_t)d * SPL_TILE)
            spl_tile_gather(l->points->x, d, rows + i, end - i < SPL_TILE ? end - i : SPL_TILE, tile);
        tile = tiles;
        for (uint32_t i = at; i < end; i += SPL_TILE, tile += (size_t)d * SPL_TILE)
            compare_tile(l, sums, rows + i, end - i < SPL_TILE ? end - i : SPL_TILE, tile,
                         tiles + (size_t)d * TILES * SPL_TILE, bounds);
    }
}

// rows[returned] = those of a block whose bounds may have met. Where they met for more than a quarter of it, looking
// does not pay: all its rows are compared for some passes, and for more of them every time. *bounds = whether they are
// to be kept for the next pass.
static uint32_t list_stale(spl_lloyd *l, uint32_t block, uint32_t *rows, bool *bounds)
{
    resting *rest = &l->resting[block];
    uint32_t at = block * BLOCK, n = block_end(l, block) - at, count = 0;
    uint8_t stale[BLOCK];
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
    uint32_t rows[BLOCK];
    bool bounds;
    uint32_t count = list_stale(l, block, rows, &bounds);
    compare(l, rows, count, bounds, thread);
}

// --- between passes ---------------------------------------------------------------------------------------

static void gather_sums(spl_lloyd *l)
{
    size_t size = (size_t)l->config.k * (l->points->d + 1);
    for (uint32_t t = 0; t < l->threads; t++)
        for (size_t i = 0; i < size; i++) l->totals[i] += l->sums[t * size + i];
    memset(l->sums, 0, l->threads * size * sizeof *l->sums);
}

// Four sums, so that one addition need not wait for the other; they are put together in one order.
static double distance2(const float *a, const float *b, uint32_t d)
{
    double sum[4] = {0};
    uint32_t whole = d - d % 4;
    for (uint32_t j = 0; j < whole; j += 4) {
        for (uint32_t l = 0; l < 4; l++) {
            double apart = (double)a[j + l] - (double)b[j + l];
            sum[l] += apart * apart;
        }
    }
    for (uint32_t j = whole; j < d; j++)
        sum[j - whole] += ((double)a[j] - (double)b[j]) * ((double)a[j] - (double)b[j]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void set_means(spl_lloyd *l)
{
    uint32_t d = l->points->d;
    for (uint32_t c = 0; c < l->config.k; c++) {
        const int64_t *sum = l->totals + (size_t)c * (d + 1);
        if (sum[d] <= 0) continue;
        double weight = (double)sum[d] / l->weight_scale;
        for (uint32_t j = 0; j < d; j++)
            l->centroids[(size_t)c * d + j] = (float)((double)sum[j] / l->scale[j] / weight);
    }
}

// The row with weight that is served worst by its centroid and by those that start anew, anew[count]; NO_ROW if all
// rows lie on one.
static uint32_t farthest(const spl_lloyd *l, uint32_t count)
{
    uint32_t d = l->points->d, best = NO_ROW;
    double most = 0;
    for (uint32_t i = 0; i < l->points->n; i++) {
        const float *row = l->points->x + (size_t)i * d;
        if (weight_of(l->points, i) == 0) continue;
        double apart = distance2(row, l->centroids + (size_t)l->label[i] * d, d);
        for (uint32_t a = 0; a < count && apart > most; a++) {
            double other = distance2(row, l->centroids + (size_t)l->anew[a] * d, d);
            if (other < apart) apart = other;
        }
        if (apart <= most) continue;
        most = apart;
        best = i;
    }
    return best;
}

// Empty clusters start anew at the rows that the means serve worst. Returns how many did.
static uint32_t refill_empty(spl_lloyd *l)
{
    uint32_t d = l->points->d, count = 0;
    for (uint32_t c = 0; c < l->config.k; c++) {
        if (l->totals[(size_t)c * (d + 1) + d] > 0) continue;
        uint32_t row = farthest(l, count);
        if (row == NO_ROW) break;
        add_row(l, l->totals, l->label[row], row, -1);
        add_row(l, l->totals, c, row, 1);
        l->label[row] = c;
        l->lower[row] = 0; // it is compared again in the next pass
        memcpy(l->centroids + (size_t)c * d, l->points->x + (size_t)row * d, d * sizeof *l->centroids);
        l->anew[count++] = c;
    }
    return count;
}

// How far each centroid went since `before`, and the farthest of the others, both rounded up by more than adding
// them to bounds rounds; returns the sum of the squares.
static double measure_moves(spl_lloyd *l)
{
    uint32_t d = l->points->d, mover = 0;
    double sum = 0, most = 0, next = 0;
    for (uint32_t c = 0; c < l->config.k; c++) {
        double square = distance2(l->centroids + (size_t)c * d, l->before + (size_t)c * d, d), move = sqrt(square);
        sum += square;
        l->near[c] = (float)move;
        if (move > most) {
            next = most;
            most = move;
            mover = c;
        } else if (move > next) {
            next = move;
        }
    }
    float margin = 8 * ROUNDING * sqrtf(l->squares_most);
    for (uint32_t c = 0; c < l->config.k; c++) {
        l->near[c] += margin + l->near[c] * 4 * ROUNDING;
        l->far[c] = (float)(c == mover ? next : most) * (1 + 4 * ROUNDING) + margin;
    }
    return sum;
}

// The centroids as columns with their biases; those that only fill up never win. A score is a sum of d + 1
// rounded products, each at most |x||c|, so a squared distance from it is off by at most about
// 2 (d + 2) * ROUNDING * (|x|^2 + |c|^2).
static void place_columns(spl_lloyd *l)
{
    uint32_t d = l->points->d;
    float most = l->squares_most;
    for (uint32_t c = 0; c < l->config.k; c++) {
        const float *centroid = l->centroids + (size_t)c * d;
        l->bias[c] = spl_kmeans_bias(centroid, d);
        if (-2 * l->bias[c] > most) most = -2 * l->bias[c];
        for (uint32_t j = 0; j < d; j++) l->columns[(size_t)j * l->padded + c] = centroid[j];
    }
    l->slack = 4 * (float)(d + 4) * ROUNDING * (l->squares_most + most);
}

static void inertia_block(void *owner, uint32_t block, uint32_t thread)
{
    (void)thread;
    spl_lloyd *l = owner;
    uint32_t d = l->points->d;
    double sum = 0;
    for (uint32_t i = block * BLOCK, end = block_end(l, block); i < end; i++) {
        const float *row = l->points->x + (size_t)i * d, *centroid = l->centroids + (size_t)l->label[i] * d;
        sum += weight_of(l->points, i) * distance2(row, centroid, d);
    }
    l->partial[block] = sum;
}

static double inertia(spl_lloyd *l)
{
    double sum = 0;
    spl_pool_run(l->config.pool, l->blocks, inertia_block, l);
    for (uint32_t b = 0; b < l->blocks; b++) sum += l->partial[b];
    return sum;
}

static void pass(spl_lloyd *l)
{
    place_columns(l);
    spl_pool_run(l->config.pool, l->blocks, pass_block, l);
    gather_sums(l);
    l->first = false;
}

static bool any_empty(const spl_lloyd *l)
{
    for (uint32_t c = 0; c < l->config.k; c++)
        if (l->totals[(size_t)c * (l->points->d + 1) + l->points->d] <= 0) return true;
    return false;
}

// The sum of squares of moves at which a run stops. All sums together are the sums of the columns.
static double tolerated(const spl_lloyd *l)
{
    uint32_t d = l->points->d;
    double weight = 0, variance = l->mean_square;
    for (uint32_t c = 0; c < l->config.k; c++) weight += (double)l->totals[(size_t)c * (d + 1) + d] / l->weight_scale;
    for (uint32_t j = 0; j < d; j++) {
        double sum = 0;
        for (uint32_t c = 0; c < l->config.k; c++) sum += (double)l->totals[(size_t)c * (d + 1) + j] / l->scale[j];
        variance -= sum / weight * (sum / weight);
    }
    return variance > 0 ? l->config.tolerance * variance / d : 0;
}

// Ends after a pass, so that the labels are those of the centroids. When no row moves, no centroid does.
spl_lloyd_result spl_lloyd_run(spl_lloyd *l, const float *start)
{
    size_t size = (size_t)l->config.k * l->points->d;
    spl_lloyd_result out = {.centroids = l->centroids, .label = l->label};
    memcpy(l->centroids, start, size * sizeof *start);
    memset(l->totals, 0, (size_t)l->config.k * (l->points->d + 1) * sizeof *l->totals);
    for (uint32_t b = 0; b < l->blocks; b++) l->resting[b] = (resting){REST_FIRST, REST_FIRST};
    l->first = true;
    pass(l);
    double tolerance = tolerated(l);
    while (!out.converged && out.iterations < l->config.iterations_max) {
        memcpy(l->before, l->centroids, size * sizeof *l->before);
        set_means(l);
        if (refill_empty(l) > 0) set_means(l);
        double moves = measure_moves(l);
        out.converged = moves <= tolerance;
        out.iterations++;
        if (moves > 0) pass(l); // else the labels are already those of these centroids
    }
    out.empty = any_empty(l);
    out.inertia = inertia(l);
    return out;
}

// --- set-up -----------------------------------------------------------------------------------------------

// The largest power of 2 that keeps a cell below 2^50 and the sum of all of them below 2^62.
static double scale_for(double largest, double sum)
{
    int of_value, of_sum;
    frexp(largest, &of_value);
    frexp(sum, &of_sum);
    int bits = VALUE_BITS - of_value < SUM_BITS - of_sum ? VALUE_BITS - of_value : SUM_BITS - of_sum;
    return ldexp(1, bits);
}

// The largest size in each column, and the rows' squares.
static void survey_rows(spl_lloyd *l, float *largest)
{
    const spl_points *points = l->points;
    for (uint32_t i = 0; i < points->n; i++) {
        const float *row = points->x + (size_t)i * points->d;
        l->squares[i] = (float)distance2(row, l->zero, points->d);
        for (uint32_t j = 0; j < points->d; j++) largest[j] = fabsf(row[j]) > largest[j] ? fabsf(row[j]) : largest[j];
        if (l->squares[i] > l->squares_most) l->squares_most = l->squares[i];
    }
}

static void set_scales(spl_lloyd *l, float *largest)
{
    const spl_points *points = l->points;
    double weights = 0, heaviest = 0, squares = 0;
    survey_rows(l, largest);
    for (uint32_t i = 0; i < points->n; i++) {
        double w = weight_of(points, i);
        weights += w;
        squares += w * (double)l->squares[i];
        heaviest = w > heaviest ? w : heaviest;
    }
    for (uint32_t j = 0; j < points->d; j++)
        l->scale[j] = scale_for((double)largest[j] * heaviest, (double)largest[j] * weights);
    l->weight_scale = points->weight ? scale_for(heaviest, weights) : 1;
    l->mean_square = squares / weights;
}

// Memory for one word per row, in large pages where there are many rows: small ones cost more to get than to fill.
static void *words(size_t n)
{
    size_t page = (size_t)2 << 20, size = (n * 4 + page - 1) / page * page;
    if (n * 4 < page) return malloc(n * 4);
    void *out = aligned_alloc(page, size);
    if (out) madvise(out, size, MADV_HUGEPAGE); // a wish only
    return out;
}

static bool allocate(spl_lloyd *l)
{
    size_t n = l->points->n, d = l->points->d, k = l->config.k;
    l->centroids = malloc(k * d * sizeof *l->centroids);
    l->before = malloc(k * d * sizeof *l->before);
    l->columns = calloc(d * l->padded, sizeof *l->columns);
    l->bias = malloc(l->padded * sizeof *l->bias);
    l->upper = words(n);
    l->lower = words(n);
    l->label = words(n);
    l->zero = calloc(d, sizeof *l->zero);
    l->squares = words(n);
    l->near = malloc(k * sizeof *l->near);
    l->far = malloc(k * sizeof *l->far);
    l->scale = malloc(d * sizeof *l->scale);
    l->sums = calloc(l->threads * k * (d + 1), sizeof *l->sums);
    l->totals = malloc(k * (d + 1) * sizeof *l->totals);
    l->scratch = malloc(l->threads * (d * TILES + l->padded) * SPL_TILE * sizeof *l->scratch);
    l->anew = malloc(k * sizeof *l->anew);
    l->resting = malloc(l->blocks * sizeof *l->resting);
    l->partial = malloc(l->blocks * sizeof *l->partial);
    return l->centroids && l->before && l->columns && l->bias && l->upper && l->lower && l->label && l->squares &&
           l->zero && l->near && l->far && l->scale && l->sums && l->totals && l->scratch && l->partial && l->resting &&
           l->anew;
}

spl_lloyd *spl_lloyd_new(const spl_points *points, const spl_kmeans_config *config)
{
    spl_lloyd *l = calloc(1, sizeof *l);
    if (!l) return NULL;
    l->points = points;
    l->config = *config;
    l->kernels = spl_tile_kernels_of(config->kernel);
    l->blocks = (points->n + BLOCK - 1) / BLOCK;
    l->threads = spl_pool_threads(config->pool);
    l->padded = (config->k + SPL_POINTS - 1) / SPL_POINTS * SPL_POINTS;
    if (!allocate(l)) {
        spl_lloyd_free(l);
        return NULL;
    }
    float *largest = calloc(points->d, sizeof *largest);
    if (!largest) {
        spl_lloyd_free(l);
        return NULL;
    }
    set_scales(l, largest);
    free(largest);
    for (uint32_t c = config->k; c < l->padded; c++) l->bias[c] = -INFINITY;
    return l;
}

void spl_lloyd_free(spl_lloyd *l)
{
    if (!l) return;
    void *const parts[] = {l->centroids, l->before,  l->columns, l->bias,    l->upper,   l->lower,
                           l->label,     l->squares, l->zero,    l->near,    l->far,     l->scale,
                           l->sums,      l->totals,  l->scratch, l->partial, l->resting, l->anew};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) free(parts[i]);
    free(l);
}
