// SPDX-License-Identifier: GPL-3.0-or-later
// Many rows through one or several encoders of the core: the embeddings that a decision would see, bit for bit.
#ifndef SAMPLIT_EMBEDDING_ENSEMBLE_H
#define SAMPLIT_EMBEDDING_ENSEMBLE_H

#include "host/error.h"
#include "host/pool.h"
#include "samplit/encoder.h"

// out (n, width of the last layer) = spl_embed of each row of x (n, inputs).
bool spl_ensemble_embed(const spl_encoder *encoders, uint32_t count, const float *x, uint32_t n, spl_pool *pool,
                        float *out, spl_error *error);

#endif
