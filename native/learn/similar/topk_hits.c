// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/similar/topk_hits.h"

#include <math.h>

spl_hits spl_hits_over(spl_hit *items, uint32_t k)
{
    return (spl_hits){.items = items, .k = k, .limit = k > 0 ? -INFINITY : INFINITY};
}

bool spl_hit_better(spl_hit a, spl_hit b)
{
    return a.cosine > b.cosine || (a.cosine == b.cosine && a.row < b.row);
}

// Moves the item at `at` down to where both below it are better.
static void sink(spl_hit *items, uint32_t count, uint32_t at)
{
    spl_hit moved = items[at];
    for (;;) {
        uint64_t child = 2 * (uint64_t)at + 1;
        if (child >= count) break;
        if (child + 1 < count && spl_hit_better(items[child], items[child + 1])) child++;
        if (!spl_hit_better(moved, items[child])) break;
        items[at] = items[child];
        at = (uint32_t)child;
    }
    items[at] = moved;
}

static void rise(spl_hit *items, uint32_t at)
{
    spl_hit moved = items[at];
    while (at > 0 && spl_hit_better(items[(at - 1) / 2], moved)) {
        items[at] = items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    items[at] = moved;
}

void spl_hits_offer(spl_hits *hits, spl_hit hit)
{
    if (hits->count < hits->k) {
        hits->items[hits->count] = hit;
        rise(hits->items, hits->count++);
    } else if (hits->k > 0 && spl_hit_better(hit, hits->items[0])) {
        hits->items[0] = hit;
        sink(hits->items, hits->count, 0);
    }
    if (hits->count == hits->k && hits->k > 0) hits->limit = hits->items[0].cosine;
}

void spl_hits_sort(spl_hits *hits)
{
    for (uint32_t end = hits->count; end > 1; end--) {
        spl_hit worst = hits->items[0];
        hits->items[0] = hits->items[end - 1];
        sink(hits->items, end - 1, 0);
        hits->items[end - 1] = worst;
    }
    for (uint32_t i = hits->count; i < hits->k; i++) hits->items[i] = (spl_hit){SPL_NO_ROW, 0};
}
