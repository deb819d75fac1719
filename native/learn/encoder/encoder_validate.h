// SPDX-License-Identifier: GPL-3.0-or-later
// How good embeddings are on rows that were not trained on.
#ifndef SAMPLIT_ENCODER_VALIDATE_H
#define SAMPLIT_ENCODER_VALIDATE_H

#include "host/pool.h"
#include "learn/encoder/loss_triplets.h"

// recall@1: the share of rows whose nearest other row is of their class, averaged over the classes (so that a rare
// class counts as much as a common one) with two rows or more; NaN if there is none. `batch` has rows sorted by label.
bool spl_recall_at_1(const spl_embedded *batch, spl_pool *pool, double *out, spl_error *error);

// The loss on one triplet per row, drawn at random by `seed`: the same ones each time.
bool spl_fixed_loss(const spl_embedded *batch, spl_loss loss, double margin, uint64_t seed, double *out,
                    spl_error *error);

#endif
