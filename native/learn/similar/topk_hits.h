// SPDX-License-Identifier: GPL-3.0-or-later
// The best k of a stream of rows, in memory of the caller: a heap with the worst of them on top.
#ifndef SAMPLIT_TOPK_HITS_H
#define SAMPLIT_TOPK_HITS_H

#include <stdbool.h>
#include <stdint.h>

#define SPL_NO_ROW UINT32_MAX

typedef struct spl_hit {
    uint32_t row;
    float cosine;
} spl_hit;

typedef struct spl_hits {
    spl_hit *items; // [k]
    uint32_t count, k;
    float limit; // the worst cosine that is kept, -INFINITY until there are k
} spl_hits;

spl_hits spl_hits_over(spl_hit *items, uint32_t k);

// Higher cosine first; of equals, the lower row.
bool spl_hit_better(spl_hit a, spl_hit b);

void spl_hits_offer(spl_hits *hits, spl_hit hit);

// Best first; what is missing to k becomes SPL_NO_ROW. No offers afterwards.
void spl_hits_sort(spl_hits *hits);

#endif
