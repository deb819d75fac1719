// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/similar_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/given_file.h"
#include "cli/options.h"
#include "host/files.h"
#include "learn/encoder/embedding_ensemble.h"
#include "json/number.h"

static bool embed(const spl_bundle *model, spl_pool *pool, spl_similar_rows *out, spl_error *error)
{
    if (!model || model->encoder_count == 0) return true;
    out->d = spl_encoder_width(&model->encoders[0]);
    out->embeddings = malloc((size_t)out->n * out->d * sizeof *out->embeddings);
    out->x = out->embeddings;
    if (!out->embeddings) return spl_fail(error, "out of memory");
    return spl_ensemble_embed(model->encoders, model->encoder_count, out->rows->x, out->n, pool, out->embeddings,
                              error);
}

bool spl_similar_rows_read(const char *command, const char *path, const spl_rows_config *config,
                           const spl_bundle *model, spl_pool *pool, spl_similar_rows *out, spl_error *error)
{
    *out = (spl_similar_rows){0};
    if (!spl_rows_read(path, config, &out->rows, error)) return false;
    spl_given_rows_warn(command, out->rows);
    out->schema = spl_rows_schema(out->rows, config);
    out->n = out->rows->n;
    out->d = out->rows->d;
    out->x = out->rows->x;
    if (embed(model, pool, out, error)) return true;
    spl_similar_rows_free(out);
    *out = (spl_similar_rows){0};
    return false;
}

void spl_similar_rows_free(spl_similar_rows *rows)
{
    spl_rows_free(rows->rows);
    free(rows->embeddings);
}

bool spl_similar_numbers(const char *path, const uint32_t *numbers, uint32_t n, spl_error *error)
{
    spl_writer *writer;
    if (!spl_writer_open(path, &writer, error)) return false;
    for (uint32_t i = 0; i < n; i++) {
        char line[24];
        size_t size = spl_number_write_u64(numbers[i], line);
        line[size++] = '\n';
        spl_writer_put(writer, line, size);
    }
    return spl_writer_close(writer, error);
}
