// SPDX-License-Identifier: GPL-3.0-or-later
// What rows have in common, in words: values that they share, those that few other rows have first.
#ifndef SAMPLIT_SIMILAR_SHARE_H
#define SAMPLIT_SIMILAR_SHARE_H

#include "data/rows.h"

#define SPL_SHARE_MAX 3 // values that are told
#define SPL_SHARE_TEXT_MAX 160

typedef struct spl_share_stats spl_share_stats;

// How common values are among the rows (an even sample of many). `rows` and `schema` are borrowed.
bool spl_share_stats_make(const spl_rows *rows, const spl_schema_spec *schema, spl_share_stats **out, spl_error *error);
void spl_share_stats_free(spl_share_stats *stats); // NULL is fine

// What the feature vector `query` and all of others[count], count >= 1, share; returns how many texts were set. A text
// is cut to fit and holds names as they stand in the file.
uint32_t spl_share_of(const spl_share_stats *stats, const float *query, const float *const *others, uint32_t count,
                      char texts[SPL_SHARE_MAX][SPL_SHARE_TEXT_MAX]);

#endif
