// SPDX-License-Identifier: GPL-3.0-or-later
// One walk through the graph, for building and searching alike. Likeness is the dot product of 16-bit codes: whole
// numbers, so that the walk is the same on every processor, and one cache line for 32 columns.
#ifndef SAMPLIT_HNSW_WALK_H
#define SAMPLIT_HNSW_WALK_H

#include "learn/similar/hnsw.h"

#define SPL_HNSW_ONE 32767 // the code of 1

// out[count] = the dot products of `query` with the codes at `ids`. Each is within 2^30 for vectors of norm 1.
typedef void spl_hnsw_dots(const int16_t *codes, uint32_t stride, const int16_t *query, const uint32_t *ids,
                           uint32_t count, int32_t *out);
spl_hnsw_dots *spl_hnsw_dots_of(spl_kernel kernel);

// out[stride] = the code of x[d].
void spl_hnsw_encode(const float *x, uint32_t d, uint32_t stride, int16_t *out);

// A candidate as one number: the more alike, the less; of equals, the lower id. The last bit says that its links have
// been followed.
typedef uint64_t spl_hnsw_key;

static inline spl_hnsw_key spl_hnsw_key_of(int32_t dot, uint32_t id)
{
    return (uint64_t)((uint32_t)INT32_MAX - (uint32_t)dot) << 32 | (uint64_t)id << 1;
}

static inline uint32_t spl_hnsw_id(spl_hnsw_key key)
{
    return (uint32_t)key >> 1;
}

static inline int32_t spl_hnsw_dot(spl_hnsw_key key)
{
    return (int32_t)((uint32_t)INT32_MAX - (uint32_t)(key >> 32));
}

// Scratch of one thread.
typedef struct spl_hnsw_walk {
    spl_hnsw_dots *dots;
    uint64_t *seen;         // a bit per vector
    uint32_t *touched;      // words of `seen` that are not 0, for clearing
    uint32_t touched_count; //
    spl_hnsw_key *found;    // [ef] ascending: the best first
    uint32_t count, ef;
    int16_t *query; // [stride]
} spl_hnsw_walk;

bool spl_hnsw_walk_make(uint32_t u, uint32_t stride, uint32_t ef, spl_kernel kernel, spl_hnsw_walk *out);
void spl_hnsw_walk_free(spl_hnsw_walk *walk); // a zeroed one is fine

// Links of a vector on a level, ending at SPL_NO_ROW or after *max.
static inline const uint32_t *spl_hnsw_links(const spl_hnsw *index, uint32_t id, uint32_t level, uint32_t *max)
{
    *max = level == 0 ? 2 * index->m : index->m;
    return level == 0 ? index->links + (size_t)id * 2 * index->m
                      : index->upper + ((size_t)index->upper_start[id] + level - 1) * index->m;
}

// Levels above the lowest that a vector stands on.
static inline uint32_t spl_hnsw_level(const spl_hnsw *index, uint32_t id)
{
    return index->upper_start[id + 1] - index->upper_start[id];
}

// From the entry down to just above `level`, always to the best neighbour; sets found[0].
void spl_hnsw_descend(const spl_hnsw *index, uint32_t level, spl_hnsw_walk *walk);

// From found[0 … count) to the best `ef` that links of that level lead to.
void spl_hnsw_spread(const spl_hnsw *index, uint32_t level, uint32_t ef, spl_hnsw_walk *walk);

#endif
