// SPDX-License-Identifier: GPL-3.0-or-later
// An index as tensors of a bundle, `similar.*` (docs/similarity.md), which the core keeps and ignores.
#ifndef SAMPLIT_HNSW_TENSORS_H
#define SAMPLIT_HNSW_TENSORS_H

#include "learn/similar/hnsw.h"
#include "samplit/bundle.h"

#define SPL_HNSW_TENSORS 8

// An index and where its rows came from.
typedef struct spl_similar_index {
    spl_hnsw graph;
    const uint64_t *line; // [graph.n] line of each row in its file
    uint32_t shape[4];    // version, m, entry, top
} spl_similar_index;

// One tensor to write.
typedef struct spl_hnsw_tensor {
    const char *name;
    spl_dtype dtype;
    uint32_t dims;
    uint64_t shape[2];
    const void *data; // of the index
} spl_hnsw_tensor;

// Sets index->shape, which one of the tensors points to.
void spl_hnsw_tensors(spl_similar_index *index, spl_hnsw_tensor out[SPL_HNSW_TENSORS]);

// Whether the bundle holds an index at all.
bool spl_hnsw_in_bundle(const spl_bundle *bundle);

// Opens the index of a bundle, which must outlive it; spl_hnsw_free(&out->graph) afterwards. All it holds is checked.
bool spl_hnsw_of_bundle(const spl_bundle *bundle, spl_similar_index *out, spl_error *error);

#endif
