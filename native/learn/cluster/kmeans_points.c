// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/cluster/kmeans.h"
#include "samplit/features.h"
#include "samplit/hash.h"

#define CELL_MAX 1e15F

// Whether a row has a cell that cannot be used; without a way out in between, which compilers turn into vectors.
static bool is_bad(const float *row, uint32_t d)
{
    int bad = 0;
    for (uint32_t j = 0; j < d; j++) bad |= !(fabsf(row[j]) <= CELL_MAX);
    return bad;
}

static bool check_cells(const spl_points *points, spl_error *error)
{
    for (uint32_t i = 0; i < points->n; i++) {
        const float *row = points->x + (size_t)i * points->d;
        uint32_t j = 0;
        if (!is_bad(row, points->d)) continue;
        while (fabsf(row[j]) <= CELL_MAX) j++;
        return spl_fail(error, "row %u, column %u: %g is not a number between -1e15 and 1e15", i, j, (double)row[j]);
    }
    return true;
}

static bool check_weights(const spl_points *points, spl_error *error)
{
    double sum = 0;
    if (!points->weight) return true;
    for (uint32_t i = 0; i < points->n; i++) {
        double w = points->weight[i];
        if (!(w >= 0 && w <= (double)CELL_MAX))
            return spl_fail(error, "row %u: a weight is from 0 to 1e15, not %g", i, w);
        sum += w;
    }
    return sum > 0 || spl_fail(error, "every weight is 0");
}

bool spl_points_check(const spl_points *points, spl_error *error)
{
    if (points->n == 0 || points->d == 0) return spl_fail(error, "no rows to cluster");
    if (points->n > INT32_MAX) return spl_fail(error, "more than 2147483647 rows");
    if (points->d > SPL_FEATURES_MAX) return spl_fail(error, "more than %d columns", SPL_FEATURES_MAX);
    return check_cells(points, error) && check_weights(points, error);
}

// -0 and 0 are the same number but not the same bytes.
static bool equal_rows(const float *a, const float *b, uint32_t d)
{
    for (uint32_t j = 0; j < d; j++)
        if (a[j] != b[j]) return false;
    return true;
}

static uint64_t hash_row(const float *row, uint32_t d)
{
    uint64_t hash = d;
    for (uint32_t j = 0; j < d; j++) {
        float x = row[j] + 0.0F; // -0 becomes 0
        uint32_t bits;
        memcpy(&bits, &x, sizeof bits);
        hash = spl_mix64(hash ^ bits) + j;
    }
    return hash;
}

uint32_t spl_points_distinct(const spl_points *points, uint32_t limit)
{
    uint32_t slots = 16, count = 0;
    while (slots / 2 < limit && slots < (1u << 30)) slots *= 2;
    uint32_t *seen = calloc(slots, sizeof *seen); // row + 1, open addressing
    if (!seen) return 0;
    for (uint32_t i = 0; i < points->n && count < limit; i++) {
        const float *row = points->x + (size_t)i * points->d;
        if (points->weight && points->weight[i] == 0) continue;
        uint32_t at = (uint32_t)hash_row(row, points->d) & (slots - 1);
        while (seen[at] && !equal_rows(row, points->x + (size_t)(seen[at] - 1) * points->d, points->d))
            at = (at + 1) & (slots - 1);
        if (seen[at]) continue;
        seen[at] = i + 1;
        count++;
    }
    free(seen);
    return count;
}

float spl_kmeans_bias(const float *centroid, uint32_t d)
{
    double squares = 0;
    for (uint32_t j = 0; j < d; j++) squares += (double)centroid[j] * (double)centroid[j];
    return (float)(-squares / 2);
}
