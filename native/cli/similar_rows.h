// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a file as vectors to compare: embeddings where a model has an encoder, else features. For `similar` and
// `ward`.
#ifndef SAMPLIT_SIMILAR_ROWS_H
#define SAMPLIT_SIMILAR_ROWS_H

#include "data/rows.h"
#include "host/pool.h"

typedef struct spl_similar_rows {
    uint32_t n, d;
    const float *x; // (n, d)
    spl_rows *rows; // owned; its x are the features
    const spl_schema_spec *schema;
    float *embeddings; // owned; NULL without an encoder
} spl_similar_rows;

// Reads the file with `config`, and embeds its rows with the encoders of `model` (NULL = none). Warnings about rows go
// to standard error in the name of `command`. On failure *out is zeroed, which spl_similar_rows_free takes.
bool spl_similar_rows_read(const char *command, const char *path, const spl_rows_config *config,
                           const spl_bundle *model, spl_pool *pool, spl_similar_rows *out, spl_error *error);
void spl_similar_rows_free(spl_similar_rows *rows);

// Writes one number per line.
bool spl_similar_numbers(const char *path, const uint32_t *numbers, uint32_t n, spl_error *error);

#endif
