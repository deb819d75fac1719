// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/encoder/embedding_ensemble.h"

#include <stdlib.h>

#define PART_ROWS 256

typedef struct work {
    const spl_encoder *encoders;
    uint32_t count, n;
    spl_kernel kernel;
    const float *x;
    size_t inputs, width, scratch_floats;
    float *scratch; // (threads, scratch_floats)
    float *out;
} work;

static void embed_part(void *owner, uint32_t part, uint32_t thread)
{
    const work *w = owner;
    uint32_t from = part * PART_ROWS, to = w->n - from < PART_ROWS ? w->n : from + PART_ROWS;
    for (uint32_t r = from; r < to; r++) {
        spl_embed(w->encoders, w->count, w->kernel, w->x + r * w->inputs, w->scratch + thread * w->scratch_floats,
                  w->out + r * w->width);
    }
}

bool spl_ensemble_embed(const spl_encoder *encoders, uint32_t count, const float *x, uint32_t n, spl_pool *pool,
                        float *out, spl_error *error)
{
    if (count == 0 || encoders[0].layer_count == 0) return spl_fail(error, "no encoder");
    work w = {.encoders = encoders,
              .count = count,
              .n = n,
              .kernel = spl_kernel_best(),
              .x = x,
              .inputs = encoders[0].layers[0].inputs,
              .width = spl_encoder_width(encoders),
              .scratch_floats = spl_embed_scratch(encoders, count),
              .out = out};
    w.scratch = malloc(spl_pool_threads(pool) * w.scratch_floats * sizeof(float) + 1);
    if (!w.scratch) return spl_fail(error, "out of memory");
    spl_pool_run(pool, (n + PART_ROWS - 1) / PART_ROWS, embed_part, &w);
    free(w.scratch);
    return true;
}
