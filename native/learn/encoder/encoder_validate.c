// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/encoder/encoder_validate.h"

#include <math.h>
#include <stdlib.h>

#define PART_ROWS 64

typedef struct search {
    const spl_embedded *batch;
    const spl_matrix_kernels *kernels;
    uint32_t wide;  // rows, padded
    float *columns; // (stride, wide): the embeddings transposed
    float *cosines; // (threads, PART_ROWS, wide)
    uint8_t *found; // [rows] whether the nearest other row is of the class
} search;

static void search_part(void *owner, uint32_t part, uint32_t thread)
{
    search *s = owner;
    const spl_embedded *batch = s->batch;
    uint32_t from = part * PART_ROWS, rows = batch->rows - from < PART_ROWS ? batch->rows - from : PART_ROWS;
    float *cosines = s->cosines + (size_t)thread * PART_ROWS * s->wide;
    s->kernels->product(&(spl_product){.rows = rows,
                                       .inner = (uint32_t)batch->stride,
                                       .columns = s->wide,
                                       .a = batch->e + from * batch->stride,
                                       .a_row = batch->stride,
                                       .a_inner = 1,
                                       .b = s->columns,
                                       .b_row = s->wide,
                                       .c = cosines,
                                       .c_row = s->wide});
    for (uint32_t r = 0; r < rows; r++) {
        float *row = cosines + (size_t)r * s->wide;
        row[from + r] = -INFINITY;
        for (uint32_t c = batch->rows; c < s->wide; c++) row[c] = -INFINITY;
        uint32_t nearest = s->kernels->largest_below(s->wide, row, INFINITY);
        s->found[from + r] = nearest < batch->rows && batch->label[nearest] == batch->label[from + r];
    }
}

static double mean_over_classes(const spl_embedded *batch, const uint8_t *found)
{
    double sum = 0;
    uint32_t classes = 0;
    for (uint32_t from = 0, to; from < batch->rows; from = to) {
        uint32_t hits = found[from];
        for (to = from + 1; to < batch->rows && batch->label[to] == batch->label[from]; to++) hits += found[to];
        if (to - from < 2) continue;
        sum += (double)hits / (to - from);
        classes++;
    }
    return classes ? sum / classes : NAN;
}

bool spl_recall_at_1(const spl_embedded *batch, spl_pool *pool, double *out, spl_error *error)
{
    uint32_t wide = spl_matrix_pad(batch->rows);
    size_t threads = spl_pool_threads(pool);
    search s = {.batch = batch, .kernels = spl_matrix_kernels_of(spl_kernel_best()), .wide = wide};
    s.columns = calloc(batch->stride * wide + 1, sizeof(float));
    s.cosines = malloc(threads * PART_ROWS * wide * sizeof(float) + 1);
    s.found = malloc(batch->rows + 1);
    bool done = (s.columns && s.cosines && s.found) || spl_fail(error, "out of memory");
    if (done) {
        spl_matrix_transpose(batch->rows, (uint32_t)batch->stride, batch->e, batch->stride, s.columns, wide);
        spl_pool_run(pool, (batch->rows + PART_ROWS - 1) / PART_ROWS, search_part, &s);
        *out = mean_over_classes(batch, s.found);
    }
    free(s.columns);
    free(s.cosines);
    free(s.found);
    return done;
}

bool spl_fixed_loss(const spl_embedded *batch, spl_loss loss, double margin, uint64_t seed, double *out,
                    spl_error *error)
{
    const spl_matrix_kernels *kernels = spl_matrix_kernels_of(spl_kernel_best());
    spl_triplet *triplets = malloc((batch->rows + 1) * sizeof *triplets);
    if (!triplets) return spl_fail(error, "out of memory");
    uint32_t count = spl_triplets_pick(batch, SPL_MINING_RANDOM, kernels, seed, 0, NULL, triplets);
    *out = count ? spl_loss_of(batch, loss, margin, kernels, triplets, count, NULL).loss : NAN;
    free(triplets);
    return true;
}
