// SPDX-License-Identifier: GPL-3.0-or-later
// An index from a file is taken for hostile: every number that a search would follow is checked first. What is left
// to it are links that lead to poor neighbours; a walk marks what it has seen, so it ends whatever they are.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/similar/hnsw_walk.h"

#define NORM_SLACK 1e-4 // of the square

static bool check_sizes(const spl_hnsw *a, spl_error *error)
{
    if (a->u == 0 || a->u > a->n || a->n > 1u << 30)
        return spl_fail_field(error, "similar.rows", "%u rows of %u vectors cannot be", a->n, a->u);
    if (a->d == 0 || a->d > SPL_HNSW_COLUMNS_MAX)
        return spl_fail_field(error, "similar.vectors", "%u columns: expected 1 to %d", a->d, SPL_HNSW_COLUMNS_MAX);
    if (a->m < 2 || a->m > SPL_HNSW_LINKS_MAX)
        return spl_fail_field(error, "similar.links", "%u links: expected 2 to %d", a->m, SPL_HNSW_LINKS_MAX);
    return true;
}

static bool check_vectors(const spl_hnsw *a, spl_error *error)
{
    for (uint32_t id = 0; id < a->u; id++) {
        const float *x = a->vectors + (size_t)id * a->d;
        double sum = 0;
        for (uint32_t i = 0; i < a->d; i++) sum += (double)x[i] * x[i];
        if (sum != 0 && !(fabs(sum - 1) <= NORM_SLACK)) // also NaN
            return spl_fail_field(error, "similar.vectors", "vector %u is not of norm 1 or 0", id);
    }
    return true;
}

static bool check_rows(const spl_hnsw *a, spl_error *error)
{
    bool ok = a->row_start[0] == 0 && a->row_start[a->u] == a->n;
    for (uint32_t id = 0; ok && id < a->u; id++) ok = a->row_start[id] < a->row_start[id + 1];
    if (!ok) return spl_fail_field(error, "similar.row_start", "does not ascend from 0 to the number of rows");
    uint64_t *met = calloc((size_t)a->n / 64 + 1, sizeof *met);
    if (!met) return spl_fail(error, "out of memory");
    for (uint32_t id = 0; ok && id < a->u; id++) {
        for (uint32_t i = a->row_start[id]; ok && i < a->row_start[id + 1]; i++) {
            uint32_t row = a->rows[i];
            ok = row < a->n && !(met[row / 64] >> row % 64 & 1) && (i == a->row_start[id] || row > a->rows[i - 1]);
            if (ok) met[row / 64] |= UINT64_C(1) << row % 64;
        }
    }
    free(met);
    return ok || spl_fail_field(error, "similar.rows", "is not each row once, ascending within a vector");
}

static bool check_levels(const spl_hnsw *a, spl_error *error)
{
    bool ok = a->upper_start[0] == 0;
    for (uint32_t id = 0; ok && id < a->u; id++) {
        uint32_t from = a->upper_start[id], to = a->upper_start[id + 1];
        ok = from <= to && to - from < SPL_HNSW_LEVELS_MAX;
    }
    if (!ok)
        return spl_fail_field(error, "similar.upper_start", "does not ascend from 0 by less than %d",
                              SPL_HNSW_LEVELS_MAX);
    if (a->entry >= a->u || a->top != spl_hnsw_level(a, a->entry))
        return spl_fail_field(error, "similar.shape", "there is no vector %u on level %u", a->entry, a->top);
    return true;
}

// A link of a level must lead to a vector that stands on it, or following it would read what is not there.
static bool check_links(const spl_hnsw *a, spl_error *error)
{
    for (uint32_t id = 0; id < a->u; id++) {
        for (uint32_t level = 0; level <= spl_hnsw_level(a, id); level++) {
            uint32_t max;
            const uint32_t *links = spl_hnsw_links(a, id, level, &max);
            for (uint32_t i = 0; i < max && links[i] != SPL_NO_ROW; i++) {
                if (links[i] < a->u && spl_hnsw_level(a, links[i]) >= level) continue;
                return spl_fail_field(error, level ? "similar.upper" : "similar.links",
                                      "vector %u links to %u on level %u, which does not stand there", id, links[i],
                                      level);
            }
        }
    }
    return true;
}

bool spl_hnsw_open(const spl_hnsw *arrays, spl_hnsw *out, spl_error *error)
{
    if (!check_sizes(arrays, error) || !check_vectors(arrays, error) || !check_rows(arrays, error) ||
        !check_levels(arrays, error) || !check_links(arrays, error))
        return false;
    spl_hnsw index = *arrays;
    memset(index.owned, 0, sizeof index.owned);
    index.stride = (index.d + 31) / 32 * 32;
    index.code = aligned_alloc(64, (size_t)index.u * index.stride * sizeof *index.code);
    if (!index.code) return spl_fail(error, "out of memory");
    index.owned[0] = index.code;
    for (uint32_t id = 0; id < index.u; id++)
        spl_hnsw_encode(index.vectors + (size_t)id * index.d, index.d, index.stride,
                        index.code + (size_t)id * index.stride);
    *out = index;
    return true;
}
