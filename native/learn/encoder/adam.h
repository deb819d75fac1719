// SPDX-License-Identifier: GPL-3.0-or-later
// Adam (Kingma & Ba 2015) with either weight decay, in the arithmetic of PyTorch's Adam and AdamW, and the schedule of
// its learning rate.
#ifndef SAMPLIT_ADAM_H
#define SAMPLIT_ADAM_H

#include "learn/encoder/encoder_train.h"
#include "learn/encoder/matrix.h"

typedef struct spl_adam {
    size_t count;
    float *first, *second; // [count] running means of the gradient and of its square
    uint64_t step;         // steps taken
} spl_adam;

bool spl_adam_new(size_t count, spl_adam *out, spl_error *error);
void spl_adam_free(spl_adam *adam); // a zeroed one is fine

// One step for parameters [from, count).
void spl_adam_update(spl_adam *adam, const spl_matrix_kernels *kernels, const spl_encoder_config *config, double rate,
                     size_t from, const float *gradient, float *parameters);

// The learning rate of step `step` (from 0) of `steps`, with `per_epoch` of them in an epoch.
double spl_learning_rate(const spl_encoder_config *config, uint64_t step, uint64_t steps, uint64_t per_epoch);

#endif
