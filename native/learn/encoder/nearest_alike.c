// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/encoder/nearest_alike.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/embedding_ensemble.h"

#define PART_ROWS 64

bool spl_labelled_sample(const float *x, const int32_t *label, uint32_t n, uint32_t d, uint32_t most, spl_labelled *out)
{
    uint64_t known = 0, met = 0;
    for (uint32_t i = 0; i < n; i++) known += label[i] >= 0;
    uint64_t kept = known < most ? known : most;
    *out = (spl_labelled){.d = d, .x = malloc((kept * d + 1) * sizeof *x), .label = malloc((kept + 1) * sizeof *label)};
    if (!out->x || !out->label) {
        spl_labelled_free(out);
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (label[i] < 0 || met++ * kept / known < out->n || out->n == kept) continue;
        memcpy(out->x + (size_t)out->n * d, x + (size_t)i * d, d * sizeof *x);
        out->label[out->n++] = label[i];
    }
    return true;
}

void spl_labelled_free(spl_labelled *rows)
{
    free(rows->x);
    free(rows->label);
    *rows = (spl_labelled){0};
}

typedef struct work {
    const spl_labelled *rows;
    const float *embedding; // (n, width)
    uint32_t width;
    uint8_t *hit;
} work;

static float distance(const float *a, const float *b, uint32_t width)
{
    float sum = 0;
    for (uint32_t i = 0; i < width; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

static void find_nearest(void *owner, uint32_t part, uint32_t thread)
{
    const work *w = owner;
    uint32_t from = part * PART_ROWS, n = w->rows->n, to = n - from < PART_ROWS ? n : from + PART_ROWS;
    (void)thread;
    for (uint32_t i = from; i < to; i++) {
        float best = INFINITY;
        for (uint32_t j = 0; j < n; j++) {
            if (j == i) continue;
            float d = distance(w->embedding + (size_t)i * w->width, w->embedding + (size_t)j * w->width, w->width);
            if (!(d < best)) continue;
            best = d;
            w->hit[i] = w->rows->label[i] == w->rows->label[j];
        }
    }
}

bool spl_nearest_alike(const spl_bundle *bundle, const spl_labelled *rows, spl_pool *pool, uint8_t *hit, double *share,
                       spl_error *error)
{
    if (rows->n < 2) return spl_fail(error, "fewer than two labelled rows to judge an encoder by");
    uint32_t width = spl_encoder_width(bundle->encoders);
    float *embedding = malloc((size_t)rows->n * width * sizeof *embedding);
    if (!embedding) return spl_fail(error, "out of memory");
    memset(hit, 0, rows->n);
    bool ok = spl_ensemble_embed(bundle->encoders, bundle->encoder_count, rows->x, rows->n, pool, embedding, error);
    work w = {rows, embedding, width, hit};
    if (ok) spl_pool_run(pool, (rows->n + PART_ROWS - 1) / PART_ROWS, find_nearest, &w);
    *share = 0;
    for (uint32_t i = 0; i < rows->n; i++) *share += (double)hit[i] / rows->n;
    free(embedding);
    return ok;
}
