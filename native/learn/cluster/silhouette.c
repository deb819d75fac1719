// SPDX-License-Identifier: GPL-3.0-or-later
// All distances are needed once, not once per labeling: rows that have the same label in every labeling form a cell,
// rows are put in order of cells, and the distances from a row are summed per cell, a run of neighbours each. The
// sums per cluster of any labeling are then sums over cells. There are few cells where clusterings of the same rows
// agree on most of them; where they do not, and cells would hold a few rows only, the labelings are taken in groups.
//
// Distances are roots of summed squares of differences in float, sixteen rows by sixteen at a time; sums of at most 64
// of them are kept in float, the rest in double. Rejected: |x|^2 - 2xy + |y|^2, which is a third cheaper and
// loses the digits of near rows.
#include "learn/cluster/silhouette.h"

#include <stdlib.h>
#include <string.h>

#include "learn/cluster/kmeans_kernel.h"

#define SQUARE (SPL_TILE * SPL_TILE)
#define CELL_ROWS 64u // on average at least
#define RUN_MAX 64u   // tiles whose distances are summed in float

typedef struct work {
    const spl_points *points;
    const spl_labeling *labelings;
    const spl_tile_kernels *kernels;
    uint32_t count, cells, tiles, most;
    uint32_t *cell;   // [n] of each row; then [tiles * 16] of each place, `cells` where nobody is
    uint32_t *order;  // [n] rows in order of cells
    uint32_t *labels; // (count, cells) label of each cell
    uint32_t *rows;   // (count, most) rows in each cluster
    float *x;         // (tiles, d, 16)
    double *sums;     // (threads, 16, cells + 1)
    double *value;    // (count, n) silhouettes, in order of places
} work;

// --- cells ------------------------------------------------------------------------------------------------

// Splits the cells by one more labeling, unless there were then more than `most`. Cells are numbered as they are met.
static bool split_cells(work *w, const spl_labeling *labeling, uint32_t most, bool *split)
{
    uint32_t n = w->points->n, cells = 0;
    uint32_t *number = calloc((size_t)w->cells * labeling->k, sizeof *number), *cell = malloc(n * sizeof *cell);
    bool ok = number && cell;
    for (uint32_t i = 0; ok && i < n; i++) {
        size_t pair = (size_t)w->cell[i] * labeling->k + labeling->label[i];
        if (number[pair] == 0) number[pair] = ++cells;
        cell[i] = number[pair] - 1;
    }
    free(number);
    *split = ok && cells <= most;
    if (*split) {
        uint32_t *before = w->cell;
        w->cell = cell;
        w->cells = cells;
        cell = before;
    }
    free(cell);
    return ok;
}

// The first labeling, and as many of the following as leave cells of some size.
static bool take_labelings(work *w, uint32_t count)
{
    uint32_t most = w->points->n / CELL_ROWS;
    bool split = true;
    for (w->count = 0; w->count < count && split; w->count += split) {
        const spl_labeling *labeling = &w->labelings[w->count];
        if (!split_cells(w, labeling, w->count == 0 ? UINT32_MAX : most, &split)) return false;
        if (split && labeling->k > w->most) w->most = labeling->k;
    }
    return true;
}

// Rows in order of cells, by counting.
static bool sort_rows(work *w)
{
    uint32_t n = w->points->n, *start = calloc((size_t)w->cells + 1, sizeof *start);
    if (!start) return false;
    for (uint32_t i = 0; i < n; i++) start[w->cell[i] + 1]++;
    for (uint32_t c = 0; c < w->cells; c++) start[c + 1] += start[c];
    for (uint32_t i = 0; i < n; i++) w->order[start[w->cell[i]]++] = i;
    free(start);
    return true;
}

// What the labelings say of each cell, and the cell of each place.
static bool describe_cells(work *w)
{
    uint32_t n = w->points->n;
    w->labels = malloc(((size_t)w->cells * w->count + 1) * sizeof *w->labels);
    w->rows = calloc((size_t)w->most * w->count + 1, sizeof *w->rows);
    uint32_t *places = malloc((size_t)w->tiles * SPL_TILE * sizeof *places);
    if (!w->labels || !w->rows || !places) {
        free(places);
        return false;
    }
    for (uint32_t t = 0; t < w->count; t++) {
        for (uint32_t i = 0; i < n; i++) {
            w->labels[(size_t)t * w->cells + w->cell[i]] = w->labelings[t].label[i];
            w->rows[(size_t)t * w->most + w->labelings[t].label[i]]++;
        }
    }
    for (uint32_t i = 0; i < w->tiles * SPL_TILE; i++) places[i] = i < n ? w->cell[w->order[i]] : w->cells;
    free(w->cell);
    w->cell = places;
    return true;
}

static bool prepare(work *w, uint32_t count, uint32_t threads)
{
    uint32_t n = w->points->n, d = w->points->d;
    w->tiles = (n + SPL_TILE - 1) / SPL_TILE;
    w->cells = 1;
    w->cell = calloc(n, sizeof *w->cell);
    w->order = malloc(n * sizeof *w->order);
    w->x = malloc((size_t)w->tiles * d * SPL_TILE * sizeof *w->x);
    if (!w->cell || !w->order || !w->x || !take_labelings(w, count)) return false;
    w->value = malloc((size_t)w->count * n * sizeof *w->value);
    if (!w->value) return false;
    if (!sort_rows(w) || !describe_cells(w)) return false;
    for (uint32_t t = 0, at = 0; t < w->tiles; t++, at += SPL_TILE)
        spl_tile_gather(w->points->x, d, w->order + at, n - at < SPL_TILE ? n - at : SPL_TILE,
                        w->x + (size_t)t * d * SPL_TILE);
    w->sums = malloc((size_t)threads * ((size_t)SPL_TILE * (w->cells + 1) + w->most) * sizeof *w->sums);
    return w->sums != NULL;
}

// --- distances --------------------------------------------------------------------------------------------

static void add_run(const work *w, float run[SQUARE], uint32_t cell, double *sums)
{
    for (uint32_t i = 0; i < SPL_TILE; i++) {
        double sum = 0;
        for (uint32_t lane = 0; lane < SPL_TILE; lane++) sum += (double)run[i * SPL_TILE + lane];
        sums[(size_t)i * (w->cells + 1) + cell] += sum;
    }
    memset(run, 0, SQUARE * sizeof *run);
}

static void add_mixed(const work *w, const float roots[SQUARE], const uint32_t *cell, double *sums)
{
    for (uint32_t i = 0; i < SPL_TILE; i++)
        for (uint32_t lane = 0; lane < SPL_TILE; lane++)
            sums[(size_t)i * (w->cells + 1) + cell[lane]] += (double)roots[i * SPL_TILE + lane];
}

// sums (16, cells + 1) = of each row of a tile, the distances to the rows of each cell.
static void sum_distances(const work *w, uint32_t tile, double *sums)
{
    uint32_t d = w->points->d, length = 0;
    const float *from = w->x + (size_t)tile * d * SPL_TILE;
    float run[SQUARE] = {0}, squares[SQUARE];
    for (uint32_t t = 0; t < w->tiles; t++) {
        const uint32_t *cell = w->cell + (size_t)t * SPL_TILE;
        bool pure = cell[0] == cell[SPL_TILE - 1];
        w->kernels->squares(w->x + (size_t)t * d * SPL_TILE, from, SPL_TILE, d, NULL, SPL_TILE, squares);
        if (!pure) {
            float roots[SQUARE] = {0};
            w->kernels->add_roots(squares, SQUARE, roots);
            add_mixed(w, roots, cell, sums);
            continue;
        }
        w->kernels->add_roots(squares, SQUARE, run);
        if (++length < RUN_MAX && t + 1 < w->tiles && cell[SPL_TILE] == cell[0] && cell[2 * SPL_TILE - 1] == cell[0])
            continue;
        add_run(w, run, cell[0], sums);
        length = 0;
    }
}

// The silhouette of one row from its sums per cell.
static double silhouette_of(const work *w, uint32_t labeling, uint32_t own_cell, const double *sums, double *clusters)
{
    uint32_t k = w->labelings[labeling].k;
    const uint32_t *labels = w->labels + (size_t)labeling * w->cells, *rows = w->rows + (size_t)labeling * w->most;
    uint32_t own = labels[own_cell];
    memset(clusters, 0, k * sizeof *clusters);
    for (uint32_t c = 0; c < w->cells; c++) clusters[labels[c]] += sums[c];
    double near = -1;
    for (uint32_t c = 0; c < k; c++) {
        if (c == own || rows[c] == 0) continue;
        double mean = clusters[c] / rows[c];
        if (near < 0 || mean < near) near = mean;
    }
    if (rows[own] == 1 || near < 0) return 0;
    double within = clusters[own] / (rows[own] - 1), most = within > near ? within : near;
    return most > 0 ? (near - within) / most : 0;
}

static void measure_tile(void *owner, uint32_t tile, uint32_t thread)
{
    work *w = owner;
    size_t size = (size_t)SPL_TILE * (w->cells + 1);
    double *sums = w->sums + thread * (size + w->most);
    memset(sums, 0, size * sizeof *sums);
    sum_distances(w, tile, sums);
    for (uint32_t i = 0; i < SPL_TILE && tile * SPL_TILE + i < w->points->n; i++) {
        uint32_t place = tile * SPL_TILE + i;
        for (uint32_t t = 0; t < w->count; t++)
            w->value[(size_t)t * w->points->n + place] =
                silhouette_of(w, t, w->cell[place], sums + (size_t)i * (w->cells + 1), sums + size);
    }
}

// Of the first labelings; *taken = how many.
static bool measure_some(const spl_points *points, const spl_labeling *labelings, uint32_t count, spl_kernel kernel,
                         spl_pool *pool, double *mean, uint32_t *taken)
{
    work w = {.points = points, .labelings = labelings, .kernels = spl_tile_kernels_of(kernel)};
    bool ok = prepare(&w, count, spl_pool_threads(pool));
    if (ok) spl_pool_run(pool, w.tiles, measure_tile, &w);
    for (uint32_t t = 0; ok && t < w.count; t++) {
        double sum = 0;
        for (uint32_t i = 0; i < points->n; i++) sum += w.value[(size_t)t * points->n + i];
        mean[t] = sum / points->n;
    }
    *taken = w.count;
    void *const parts[] = {w.cell, w.order, w.labels, w.rows, w.x, w.sums, w.value};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) free(parts[i]);
    return ok;
}

bool spl_silhouette(const spl_points *points, const spl_labeling *labelings, uint32_t count, spl_kernel kernel,
                    spl_pool *pool, double *mean, spl_error *error)
{
    for (uint32_t at = 0, taken; at < count; at += taken)
        if (!measure_some(points, labelings + at, count - at, kernel, pool, mean + at, &taken))
            return spl_fail(error, "out of memory");
    return true;
}
