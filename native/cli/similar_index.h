// SPDX-License-Identifier: GPL-3.0-or-later
// An index in a file: the bundle that its vectors were made with, and the tensors `similar.*` beside its own.
#ifndef SAMPLIT_SIMILAR_INDEX_H
#define SAMPLIT_SIMILAR_INDEX_H

#include "learn/similar/hnsw_tensors.h"

// Writes the model with the index; `line` has one entry per row. What else the model held beside the format's tensors
// is left out, an older index too.
bool spl_similar_index_write(const char *path, const spl_bundle *model, const spl_hnsw *graph, const uint64_t *line,
                             spl_error *error);

// The row of that line, or SPL_NO_ROW. Lines ascend.
uint32_t spl_similar_row_of_line(const uint64_t *line, uint32_t n, uint64_t wanted);

// The vector of a row.
const float *spl_similar_vector(const spl_hnsw *graph, uint32_t row);

#endif
