// SPDX-License-Identifier: GPL-3.0-or-later
// The inner loops of training: products of matrices, and what is done to each entry or column of one.
//
// Matrices are row-major float32; their rows are padded to a multiple of SPL_MATRIX_LANES. Lanes lie across columns and
// every sum is taken in order of its index, product and sum rounded apart, so the kernels for all processors give
// equal bits; and since each entry of a result is summed by one thread from start to end, so does any number of
// threads. Rejected: a BLAS (its order of sums changes with the processor and with the number of threads, and at these
// sizes calling it costs more than the product).
#ifndef SAMPLIT_MATRIX_H
#define SAMPLIT_MATRIX_H

#include "samplit/encoder.h"

#define SPL_MATRIX_LANES 16

// c (rows, columns) = start + a (rows, inner) * b (inner, columns). Entry (i, p) of a is a[i * a_row + p * a_inner], so
// that a transposed matrix needs no copy. `start`: NULL = zeros, start_row 0 = one row for all (a bias), else a matrix.
typedef struct spl_product {
    uint32_t rows, inner, columns; // columns: a multiple of SPL_MATRIX_LANES
    const float *a;
    size_t a_row, a_inner;
    const float *b;
    size_t b_row;
    const float *start;
    size_t start_row;
    float *c; // overlaps neither a nor b
    size_t c_row;
} spl_product;

// What training asks of batch norm's columns, in one call per column range. `stride` floats from row to row.
typedef struct spl_columns {
    uint32_t rows, from, to; // columns [from, to), multiples of SPL_MATRIX_LANES
    size_t stride;
} spl_columns;

typedef struct spl_adam_step {
    float keep_first, add_first;   // beta1, 1 - beta1
    float keep_second, add_second; // beta2, 1 - beta2
    float rate;                    // learning rate / (1 - beta1^t)
    float root;                    // sqrt(1 - beta2^t)
    float epsilon;
    float shrink; // weights are multiplied by this first: 1 - lr * decay, or 1
    float pull;   // times the weight is added to the gradient: L2 decay, or 0
} spl_adam_step;

typedef struct spl_matrix_kernels {
    void (*product)(const spl_product *product);

    // mean[c] and variance[c] (biased) of each column of z.
    void (*moments)(const spl_columns *columns, const float *z, float *mean, float *variance);

    // h = max(0, z * scale[c] + shift[c]), NaN to 0; then times `boost` where draw >= drop, 0 elsewhere. draw NULL: all
    // entries stay. `count` entries in rows of `stride`.
    void (*activate)(size_t count, size_t stride, const float *z, const float *scale, const float *shift,
                     const uint16_t *draw, uint16_t drop, float boost, float *h);

    // Back through dropout and ReLU, in place: d = h > 0 ? d * boost : 0.
    void (*deactivate)(size_t count, const float *h, float boost, float *d);

    // sum[c] = sum of d; dot[c] = sum of d * (z - mean[c]) * spread[c].
    void (*column_sums)(const spl_columns *columns, const float *d, const float *z, const float *mean,
                        const float *spread, float *sum, float *dot);

    // Back through the batch's normalisation, in place: d = factor[c] * d - offset[c] - slope[c] * (z - mean[c]).
    void (*denormalise)(size_t count, size_t stride, const float *z, const float *mean, const float *factor,
                        const float *offset, const float *slope, float *d);

    // One step of Adam for `count` parameters.
    void (*adam)(size_t count, const spl_adam_step *step, const float *gradient, float *first, float *second,
                 float *parameter);

    // 128 draws of 16 bits: those of the Philox blocks with counters (index + 0..15, unit, stream, step); draw i comes
    // from block i % 64 / 4, word i / 64 * 2 + i % 4 / 2, half i % 2, the low one first.
    void (*draws)(const uint32_t key[2], uint32_t index, uint32_t unit, uint32_t stream, uint32_t step,
                  uint16_t out[128]);

    // The index of the largest of x[n] below `limit` and above minus infinity, the lowest of equal ones; n if there is
    // none. n is a multiple of SPL_MATRIX_LANES; no NaN.
    uint32_t (*largest_below)(uint32_t n, const float *x, float limit);

    // Sum of a * b, and of (a - b)^2, over n entries, a multiple of SPL_MATRIX_LANES.
    float (*dot)(uint32_t n, const float *a, const float *b);
    float (*distance)(uint32_t n, const float *a, const float *b);
} spl_matrix_kernels;

// The kernels for a processor that runs `kernel`. Static storage.
const spl_matrix_kernels *spl_matrix_kernels_of(spl_kernel kernel);

// to (columns, rows) of stride to_row = from (rows, columns) of stride from_row.
void spl_matrix_transpose(uint32_t rows, uint32_t columns, const float *from, size_t from_row, float *to,
                          size_t to_row);

// n rounded up to SPL_MATRIX_LANES.
uint32_t spl_matrix_pad(uint32_t n);

#endif
