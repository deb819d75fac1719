// SPDX-License-Identifier: GPL-3.0-or-later
// Which rows train and which judge.
#ifndef SAMPLIT_ENCODER_SPLIT_H
#define SAMPLIT_ENCODER_SPLIT_H

#include "learn/encoder/encoder_train.h"

#define SPL_JUDGED_MAX 2048 // held-out rows that are looked at after each epoch: each is compared with all others

// Row indices, sorted by label.
typedef struct spl_split {
    uint32_t *train, *judge; // [train_count], [judge_count]
    uint32_t train_count, judge_count;
    uint32_t held_out; // rows kept from training, of which judge_count at most are looked at
} spl_split;

// Fails on a value that is not finite.
bool spl_encoder_rows_check(const spl_encoder_rows *rows, uint32_t inputs, const char *what, spl_error *error);

// From every class its share, rounded down, at random by `seed`. Held-out rows that could not judge (no two of a class,
// or no second class) go back into training: then there are none.
bool spl_split_new(const int32_t *label, uint32_t n, double share, uint64_t seed, spl_split *out, spl_error *error);
void spl_split_free(spl_split *split); // a zeroed one is fine

#endif
