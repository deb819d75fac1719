// SPDX-License-Identifier: GPL-3.0-or-later
// Which rows make a batch. A triplet needs two rows of a class and one of another, so batches are balanced: at most
// batch / 4 classes (all, if there are no more), each with about as many rows as the others. Where classes have fewer
// rows than that, the others have more, and a batch of small classes only is a smaller one.
//
// Classes, and rows within each, are taken in shuffled order, all of them before one comes again; so a small class
// comes round more often in an epoch than a large one. Rows that are alone in their class stand in one group together:
// they serve as negatives. The order within an epoch depends on seed and epoch only, so that a resumed training goes on
// as if it had not stopped.
#ifndef SAMPLIT_ENCODER_BATCHES_H
#define SAMPLIT_ENCODER_BATCHES_H

#include "host/error.h"

#define SPL_BATCH_MIN 4

typedef struct spl_batches spl_batches;

// rows[count]: the rows to draw from, sorted by label (spl_sort_by_label). Fails when no row has both a mate and a
// stranger.
bool spl_batches_new(const uint32_t *rows, uint32_t count, const int32_t *label, uint32_t batch, uint64_t seed,
                     spl_batches **out, spl_error *error);
void spl_batches_free(spl_batches *batches); // NULL is fine

uint32_t spl_batches_per_epoch(const spl_batches *batches); // count / batch, rounded up
void spl_batches_start(spl_batches *batches, uint32_t epoch);

// The next batch's rows, those of one class together, in out[batch]; returns how many.
uint32_t spl_batches_next(spl_batches *batches, uint32_t *out);

// Sorts row indices by label, then by index.
bool spl_sort_by_label(uint32_t *rows, uint32_t count, const int32_t *label, spl_error *error);

#endif
