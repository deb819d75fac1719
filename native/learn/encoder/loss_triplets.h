// SPDX-License-Identifier: GPL-3.0-or-later
// Which rows of a batch an anchor is compared with (mining), and what that costs (the loss and its gradient).
#ifndef SAMPLIT_LOSS_TRIPLETS_H
#define SAMPLIT_LOSS_TRIPLETS_H

#include "learn/encoder/encoder_train.h"
#include "learn/encoder/matrix.h"

typedef struct spl_triplet {
    uint32_t anchor, positive, negative; // rows of the batch
} spl_triplet;

// A batch: embeddings (rows, stride), padded with zeros, rows of one class standing together.
typedef struct spl_embedded {
    uint32_t rows;
    size_t stride;
    const float *e;
    const int32_t *label; // [rows]
} spl_embedded;

// Floats of scratch that spl_triplets_pick needs.
size_t spl_triplets_scratch(spl_mining mining, uint32_t rows, size_t stride);

// One triplet per row that has another of its class and one of a different class, in order of rows; returns how many.
// Random choices depend on seed, step and row only.
uint32_t spl_triplets_pick(const spl_embedded *batch, spl_mining mining, const spl_matrix_kernels *kernels,
                           uint64_t seed, uint32_t step, float *scratch, spl_triplet *out);

typedef struct spl_loss_sum {
    double loss;     // mean over the triplets
    uint32_t active; // triplets with a loss above 0
} spl_loss_sum;

double spl_loss_margin(const spl_encoder_config *config); // the one set, or the loss's own

// `gradient` (rows, stride; may be NULL) gets the gradient of the mean added. Where two embeddings coincide the
// contrastive loss has no direction to push them apart, and the gradient is 0.
spl_loss_sum spl_loss_of(const spl_embedded *batch, spl_loss loss, double margin, const spl_matrix_kernels *kernels,
                         const spl_triplet *triplets, uint32_t count, float *gradient);

#endif
