// SPDX-License-Identifier: GPL-3.0-or-later
// The candidates are one sorted array instead of the paper's two heaps: for some hundred of them, moving a few cache
// lines is quicker than sifting. What has been seen is a bit per vector, which stays in the cache where a counter
// would not. The links of the next candidate, and the codes of all neighbours, are asked for before they are needed.
#include "learn/similar/hnsw_walk.h"

#include <stdlib.h>
#include <string.h>

#define FOLLOWED 1u // bit of a key

bool spl_hnsw_walk_make(uint32_t u, uint32_t stride, uint32_t ef, spl_kernel kernel, spl_hnsw_walk *out)
{
    size_t words = (size_t)u / 64 + 1;
    spl_hnsw_walk walk = {.dots = spl_hnsw_dots_of(kernel), .ef = ef};
    walk.seen = calloc(words, sizeof *walk.seen);
    walk.touched = malloc(words * sizeof *walk.touched);
    walk.found = malloc(((size_t)ef + 1) * sizeof *walk.found);
    walk.query = malloc(stride * sizeof *walk.query);
    if (walk.seen && walk.touched && walk.found && walk.query) {
        *out = walk;
        return true;
    }
    spl_hnsw_walk_free(&walk);
    return false;
}

void spl_hnsw_walk_free(spl_hnsw_walk *walk)
{
    free(walk->seen);
    free(walk->touched);
    free(walk->found);
    free(walk->query);
}

static bool first_sight(spl_hnsw_walk *walk, uint32_t id)
{
    uint64_t *word = &walk->seen[id / 64], bit = UINT64_C(1) << id % 64;
    if (*word & bit) return false;
    if (*word == 0) walk->touched[walk->touched_count++] = id / 64;
    *word |= bit;
    return true;
}

static void forget(spl_hnsw_walk *walk)
{
    for (uint32_t i = 0; i < walk->touched_count; i++) walk->seen[walk->touched[i]] = 0;
    walk->touched_count = 0;
}

// The neighbours not seen before, with their dots.
static uint32_t look_around(const spl_hnsw *index, uint32_t id, uint32_t level, spl_hnsw_walk *walk, uint32_t *ids,
                            int32_t *dots)
{
    uint32_t max, count = 0;
    const uint32_t *links = spl_hnsw_links(index, id, level, &max);
    for (uint32_t i = 0; i < max && links[i] != SPL_NO_ROW; i++) {
        if (!first_sight(walk, links[i])) continue;
        const char *code = (const char *)(index->code + (size_t)links[i] * index->stride);
        __builtin_prefetch(code);
        if (index->stride > 32) __builtin_prefetch(code + 64);
        ids[count++] = links[i];
    }
    walk->dots(index->code, index->stride, walk->query, ids, count, dots);
    return count;
}

void spl_hnsw_descend(const spl_hnsw *index, uint32_t level, spl_hnsw_walk *walk)
{
    uint32_t ids[2 * SPL_HNSW_LINKS_MAX], at = index->entry;
    int32_t dots[2 * SPL_HNSW_LINKS_MAX];
    walk->dots(index->code, index->stride, walk->query, &at, 1, dots);
    spl_hnsw_key best = spl_hnsw_key_of(dots[0], at);
    for (uint32_t l = index->top; l > level; l--) {
        for (bool moved = true; moved;) {
            moved = false;
            uint32_t count = look_around(index, spl_hnsw_id(best), l, walk, ids, dots);
            for (uint32_t i = 0; i < count; i++) {
                spl_hnsw_key key = spl_hnsw_key_of(dots[i], ids[i]);
                if (key >= best) continue;
                best = key;
                moved = true;
            }
        }
        forget(walk);
    }
    walk->found[0] = best;
    walk->count = 1;
}

// Where the key belongs among the found; the last falls out when there are `ef` already.
static uint32_t insert(spl_hnsw_walk *walk, uint32_t ef, spl_hnsw_key key)
{
    uint32_t low = 0, high = walk->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (walk->found[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t kept = walk->count < ef ? walk->count : ef - 1;
    memmove(walk->found + low + 1, walk->found + low, (kept - low) * sizeof key);
    walk->found[low] = key;
    walk->count = kept + 1;
    return low;
}

void spl_hnsw_spread(const spl_hnsw *index, uint32_t level, uint32_t ef, spl_hnsw_walk *walk)
{
    uint32_t ids[2 * SPL_HNSW_LINKS_MAX], next = 0, max;
    int32_t dots[2 * SPL_HNSW_LINKS_MAX];
    for (uint32_t i = 0; i < walk->count; i++) first_sight(walk, spl_hnsw_id(walk->found[i]));
    while (next < walk->count) {
        if (walk->found[next] & FOLLOWED) {
            next++;
            continue;
        }
        walk->found[next] |= FOLLOWED;
        uint32_t count = look_around(index, spl_hnsw_id(walk->found[next]), level, walk, ids, dots);
        for (uint32_t i = 0; i < count; i++) {
            spl_hnsw_key key = spl_hnsw_key_of(dots[i], ids[i]);
            if (walk->count == ef && key >= walk->found[ef - 1]) continue;
            uint32_t at = insert(walk, ef, key);
            if (at < next) next = at;
        }
        if (next + 1 < walk->count) {
            const uint32_t *links = spl_hnsw_links(index, spl_hnsw_id(walk->found[next + 1]), level, &max);
            __builtin_prefetch(links);
            __builtin_prefetch(links + 16);
        }
    }
    for (uint32_t i = 0; i < walk->count; i++) walk->found[i] &= ~(spl_hnsw_key)FOLLOWED;
    forget(walk);
}
