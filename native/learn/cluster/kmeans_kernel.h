// SPDX-License-Identifier: GPL-3.0-or-later
// The two inner loops of everything that clusters: sixteen rows at a time against many points, rows across the
// lanes. Each sum is taken in order of the columns, product and sum rounded apart, so every width gives the same
// bits; and a score is computed as the core computes it (samplit/cluster.h), so that both place a row alike.
#ifndef SAMPLIT_KMEANS_KERNEL_H
#define SAMPLIT_KMEANS_KERNEL_H

#include <stdint.h>

#include "samplit/encoder.h"

#define SPL_TILE 16  // rows in a tile
#define SPL_POINTS 8 // points that are taken at once: how many there are is rounded up to that

// tile (d, 16) = the rows of x (n, d), transposed. Lanes from `count` on repeat the last row.
typedef void spl_tile_turn(const float *x, uint32_t d, const uint32_t *rows, uint32_t count, float *tile);
spl_tile_turn spl_tile_gather; // without a set of kernels at hand

// out (points, 16) for a tile (d, 16) and points (d, stride), 64-byte aligned all; `points` is a multiple of 8.
// Scores: bias[p] + x0*p0 + x1*p1 + ...   Squares: (x0-p0)^2 + (x1-p1)^2 + ...; there `bias` is not read.
typedef void spl_tile_work(const float *tile, const float *points, uint32_t stride, uint32_t d, const float *bias,
                           uint32_t count, float *out);

// Of the scores (k, 16) of sixteen rows with squares |x|^2, per row: the point with the highest, of several the
// first; a distance that the row is surely within of it; and one that all others are surely beyond, if the squared
// distances are off by at most `slack`. With k = 1 there are no others: infinity. Without squares (NULL) the point
// only.
typedef struct spl_nearest {
    int32_t point[SPL_TILE];
    float upper[SPL_TILE], lower[SPL_TILE];
} spl_nearest;
typedef void spl_tile_choice(const float *squares, const float *scores, uint32_t k, float slack, spl_nearest *out);

// Bounds of n rows after their points moved: upper += near[label], lower -= far[label]. stale[i] = 1 where they may
// have met, that is unless lower > 0 and lower^2 > upper^2 + slack.
typedef void spl_give_way(float *upper, float *lower, const uint32_t *label, uint32_t n, const float *near,
                          const float *far, float slack, uint8_t *stale);

// sum[j] += round(x[j] * factor * scale[j]) for d columns, in whole numbers; |x * factor * scale| is at most 2^50.
// Halves go to the even neighbour.
typedef void spl_fixed_sum(int64_t *sum, const float *x, const double *scale, double factor, uint32_t d);

// What spl_fixed_sum would add goes to one sum and is taken from another, so no trace of it stays there.
typedef void spl_fixed_move(int64_t *from, int64_t *to, const float *x, const double *scale, double factor, uint32_t d);

// |a - b|^2 in doubles: four sums, so that one addition need not wait for the other, put together in one order.
typedef double spl_apart(const float *a, const float *b, uint32_t d);

// sums[i] += sqrt(squares[i]) for the n numbers, a multiple of 16.
typedef void spl_add_roots(const float *squares, uint32_t n, float *sums);

// One set per instruction set, all with equal results. Static storage; the kernel must be usable.
typedef struct spl_tile_kernels {
    spl_tile_turn *gather;
    spl_tile_work *scores, *squares;
    spl_tile_choice *choose;
    spl_give_way *give_way;
    spl_fixed_sum *add;
    spl_fixed_move *move;
    spl_add_roots *add_roots;
    spl_apart *apart;
} spl_tile_kernels;
const spl_tile_kernels *spl_tile_kernels_of(spl_kernel kernel);

#endif
