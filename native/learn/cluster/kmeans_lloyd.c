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

#include "learn/cluster/kmeans_pass.h"

#define REST_FIRST 2u // passes: centroids move far in the first ones
#define NO_ROW UINT32_MAX
#define ROUNDING 0x1p-24F // half an ulp of 1, relative
#define VALUE_BITS 50     // of a cell on its scale
#define SUM_BITS 62

// --- between passes ---------------------------------------------------------------------------------------

static void gather_sums(spl_lloyd *l)
{
    size_t size = (size_t)l->config.k * (l->points->d + 1);
    for (uint32_t t = 0; t < l->threads; t++)
        for (size_t i = 0; i < size; i++) l->totals[i] += l->sums[t * size + i];
    memset(l->sums, 0, l->threads * size * sizeof *l->sums);
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
        if (spl_lloyd_weight(l->points, i) == 0) continue;
        double apart = l->kernels->apart(row, l->centroids + (size_t)l->label[i] * d, d);
        for (uint32_t a = 0; a < count && apart > most; a++) {
            double other = l->kernels->apart(row, l->centroids + (size_t)l->anew[a] * d, d);
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
        spl_lloyd_move(l, l->totals, row, c);
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
        double square = l->kernels->apart(l->centroids + (size_t)c * d, l->before + (size_t)c * d, d),
               move = sqrt(square);
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

static void pass(spl_lloyd *l)
{
    place_columns(l);
    spl_lloyd_pass(l);
    gather_sums(l);
    l->first = false;
}

// Of the run's end; a last pass has summed the blocks already.
static double inertia(spl_lloyd *l, bool summed)
{
    double sum = 0;
    if (!summed) spl_lloyd_measure(l);
    for (uint32_t b = 0; b < l->blocks; b++) sum += l->partial[b];
    return sum;
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
    for (uint32_t b = 0; b < l->blocks; b++) l->resting[b] = (spl_resting){REST_FIRST, REST_FIRST};
    l->first = true;
    l->last = false;
    pass(l);
    double tolerance = tolerated(l), moves = 0;
    while (!out.converged && out.iterations < l->config.iterations_max) {
        memcpy(l->before, l->centroids, size * sizeof *l->before);
        set_means(l);
        if (refill_empty(l) > 0) set_means(l);
        moves = measure_moves(l);
        out.converged = moves <= tolerance;
        out.iterations++;
        l->last = out.converged || out.iterations == l->config.iterations_max;
        if (moves > 0) pass(l); // else the labels are already those of these centroids
    }
    out.empty = any_empty(l);
    out.inertia = inertia(l, moves > 0);
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
        l->squares[i] = (float)l->kernels->apart(row, l->zero, points->d);
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
        double w = spl_lloyd_weight(points, i);
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
    l->scratch = malloc(l->threads * (d * SPL_LLOYD_TILES + l->padded) * SPL_TILE * sizeof *l->scratch);
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
    l->blocks = (points->n + SPL_LLOYD_BLOCK - 1) / SPL_LLOYD_BLOCK;
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
