// SPDX-License-Identifier: GPL-3.0-or-later
// The k rows most like a vector, by cosine, found exactly. Equal cosines: the lower row.
//
// A cosine is the dot product of the two vectors after each is divided by its norm (in double, rounded to float),
// summed in float in order of the columns. A vector of zeros is like nothing: its cosine with everything is 0.
#ifndef SAMPLIT_TOPK_H
#define SAMPLIT_TOPK_H

#include <stdint.h>

#include "host/error.h"
#include "host/pool.h"
#include "host/progress.h"
#include "learn/similar/topk_hits.h"
#include "samplit/encoder.h"

#define SPL_TOPK_LANES 16 // rows of a block
#define SPL_TOPK_COLUMNS_MAX 4096

// n rows in two forms: floats, and bytes for a first look.
typedef struct spl_topk {
    uint32_t n, d;
    uint32_t blocks, groups; // ceil(n / 16), ceil(d / 4)
    float *x;                // (blocks, d, 16) of norm 1, or 0
    uint8_t *code;           // (blocks, groups, 16, 4): 128 + x / scale, rounded
    float *scale;            // [16 blocks]
    double lost;             // the greatest norm of what rounding took off a row
} spl_topk;

typedef enum spl_topk_method {
    SPL_TOPK_BYTES = 0,  // bytes first; the exact cosine wherever the bytes leave a doubt. The same result, sooner
    SPL_TOPK_FLOATS = 1, // exact cosines only
} spl_topk_method;

typedef struct spl_topk_config {
    spl_topk_method method;
    spl_kernel kernel;      // usable; the result does not depend on it
    spl_pool *pool;         // NULL = one thread; the result does not depend on it
    spl_progress *progress; // NULL = none
} spl_topk_config;

// Copies (n, d) rows of any norm; 1 <= d <= SPL_TOPK_COLUMNS_MAX. Memory n * (5 d + 4) bytes. Fails on no rows, and
// on a value that is not finite, naming its row (from 0) and column.
bool spl_topk_make(const float *rows, uint32_t n, uint32_t d, spl_topk *out, spl_error *error);
void spl_topk_free(spl_topk *topk); // a zeroed one is fine

// hits[count * k]: for each of the `count` queries, (count, d) of any norm, its k best rows, best first. With k
// above n there are n, and the rest has row SPL_NO_ROW. Fails on queries that are not finite, naming them from 0.
bool spl_topk_search(const spl_topk *topk, const float *queries, uint32_t count, uint32_t k,
                     const spl_topk_config *config, spl_hit *hits, spl_error *error);

// out[d] = x / |x| as above; x itself where |x|^2 is within 2^-20 of 1. False if a value is not finite; *column is then
// where.
bool spl_topk_normalise(const float *x, uint32_t d, float *out, uint32_t *column);

#endif
