// SPDX-License-Identifier: GPL-3.0-or-later
// An index of rows for finding those most like a vector, by cosine, without looking at all of them: a hierarchy of
// navigable small-world graphs (HNSW; Malkov & Yashunin 2018). Approximate: learn/similar/topk.h is exact.
#ifndef SAMPLIT_HNSW_H
#define SAMPLIT_HNSW_H

#include <stdint.h>

#include "host/error.h"
#include "host/pool.h"
#include "host/progress.h"
#include "learn/similar/topk_hits.h"
#include "samplit/encoder.h"

#define SPL_HNSW_LINKS_MAX 128 // m
#define SPL_HNSW_LEVELS_MAX 32
#define SPL_HNSW_COLUMNS_MAX 4096
#define SPL_HNSW_EF_MAX (1 << 20)

typedef struct spl_hnsw_config {
    uint32_t m;        // links of a vector on the upper levels, twice that on the lowest; 2 to SPL_HNSW_LINKS_MAX
    uint32_t ef;       // candidates kept while building; m to SPL_HNSW_EF_MAX
    uint64_t seed;     // of the levels
    spl_kernel kernel; // usable; the result does not depend on it
    spl_pool *pool;    // NULL = one thread; the result does not depend on it
    spl_progress *progress;
} spl_hnsw_config;

spl_hnsw_config spl_hnsw_config_default(void); // m 16, ef 200, one thread, the widest kernel

// The graph over the u distinct vectors among n rows; equal rows share one. Views into arrays of whoever made it.
typedef struct spl_hnsw {
    uint32_t n, u, d, m;
    uint32_t entry, top;         // where a search begins, and its level
    const float *vectors;        // (u, d) of norm 1, or 0
    const uint32_t *row_start;   // [u + 1] into rows
    const uint32_t *rows;        // [n] each once; those of one vector ascend
    const uint32_t *links;       // (u, 2 m) on level 0; SPL_NO_ROW after the last
    const uint32_t *upper_start; // [u + 1] into upper: its levels 1, 2, … follow each other
    const uint32_t *upper;       // (upper_start[u], m)
    uint32_t stride;             // of code: d rounded up to 32
    int16_t *code;               // (u, stride): 32767 x, rounded
    void *owned[8];              // what spl_hnsw_free gives back
} spl_hnsw;

// Builds the index of (n, d) rows of any norm; 1 <= d <= SPL_HNSW_COLUMNS_MAX. Equal rows, seed, m and ef give equal
// bytes. About n log n; memory n * (8 m + 6 d + 30) bytes. Fails on no rows and on values that are not finite.
bool spl_hnsw_build(const float *rows, uint32_t n, uint32_t d, const spl_hnsw_config *config, spl_hnsw *out,
                    spl_error *error);

// Checks arrays from outside, of the sizes given above, and makes the codes. Whatever they hold, a search afterwards
// stays within them and ends. The error names the tensor (docs/similarity.md) and the place.
bool spl_hnsw_open(const spl_hnsw *arrays, spl_hnsw *out, spl_error *error);

void spl_hnsw_free(spl_hnsw *index); // a zeroed one is fine

typedef struct spl_hnsw_query {
    uint32_t k;  // rows to find
    uint32_t ef; // candidates kept, k counts at least: more find more and take longer; all of them are exact
    spl_kernel kernel;
    spl_pool *pool;         // NULL = one thread
    spl_progress *progress; // NULL = none
} spl_hnsw_query;

// hits[count * k] as of spl_topk_search, except that a row may be missed; cosines are exact.
bool spl_hnsw_search(const spl_hnsw *index, const float *queries, uint32_t count, const spl_hnsw_query *how,
                     spl_hit *hits, spl_error *error);

#endif
