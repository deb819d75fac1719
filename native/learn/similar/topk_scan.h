// SPDX-License-Identifier: GPL-3.0-or-later
// The inner loops of the exact search: some queries against some blocks of rows. All of them give the same hits.
#ifndef SAMPLIT_TOPK_SCAN_H
#define SAMPLIT_TOPK_SCAN_H

#include "learn/similar/topk.h"

#define SPL_TOPK_QUERIES 8 // that a kernel looks at in one pass

typedef struct spl_topk_query {
    float *x;       // [d] norm 1, or 0
    int8_t *code;   // [4 groups] x / scale, rounded
    float scale;    //
    int32_t offset; // 128 * the sum of `code`: what the 128 in the rows' codes adds
    float doubt;    // how far the bytes' cosine may be off the exact one
    spl_hits hits;
} spl_topk_query;

// Offers rows [16 first, 16 end) to each of queries[count], count <= SPL_TOPK_QUERIES.
void spl_topk_scan_floats(spl_kernel kernel, const spl_topk *topk, uint32_t first, uint32_t end,
                          spl_topk_query *queries, uint32_t count);
void spl_topk_scan_bytes(spl_kernel kernel, const spl_topk *topk, uint32_t first, uint32_t end, spl_topk_query *queries,
                         uint32_t count);

#endif
