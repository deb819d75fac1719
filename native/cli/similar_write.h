// SPDX-License-Identifier: GPL-3.0-or-later
// What `samplit similar` found: as text with what rows share, as JSON, or as plain columns.
#ifndef SAMPLIT_SIMILAR_WRITE_H
#define SAMPLIT_SIMILAR_WRITE_H

#include "cli/similar_share.h"
#include "learn/similar/topk_hits.h"

typedef struct spl_similar_found {
    uint32_t count, k;          // queries; hits of each
    const uint64_t *query_line; // [count]
    const spl_hit *hits;        // (count, k), SPL_NO_ROW where there are fewer
    const uint64_t *line;       // [rows searched]
    bool exact;
    uint32_t rows;
    const spl_share_stats *stats; // NULL = what rows share is not known
    const float *query_features;  // (count, width); with `stats`
    const float *features;        // (rows, width); with `stats`
    uint32_t width;
} spl_similar_found;

bool spl_similar_print(const spl_similar_found *found, spl_error *error);
bool spl_similar_print_json(const spl_similar_found *found, spl_error *error);

// CSV: query,rank,line,cosine.
bool spl_similar_write_csv(const char *path, const spl_similar_found *found, spl_error *error);

#endif
