// SPDX-License-Identifier: GPL-3.0-or-later
// Labelled rows as a bandit's contexts: classes are the variants, and a context is whatever a decision would make of
// the row's cells.
#ifndef SAMPLIT_BANDIT_DATA_H
#define SAMPLIT_BANDIT_DATA_H

#include "data/schema_spec.h"
#include "samplit/policy.h"

typedef struct spl_bandit_data {
    uint32_t n, k;           // rows; classes, at most SPL_VARIANTS_MAX
    uint8_t *label;          // [n] class
    char **classes;          // [k] names, in order of bytes
    spl_schema_spec *schema; // fitted to all rows (learn/bandit/linear_schema.h), without the labels
    uint32_t width;          // of the features
    float *features;         // (n, width)
    uint32_t wide;           // of the embedding
    float *embedding;        // (n, wide): of a layer of random units with the seed given
    uint64_t left_out;       // rows that are malformed or without a label
    spl_error first_bad;
} spl_bandit_data;

// Reads the files one after the other (CSV, .gz, "-"). With `header` the first row of each names the columns, else they
// are called c1, c2, … `label` is a column's name, or its number from 1. Fails on a missing column, no rows, more
// than 64 classes, or when more than one row in a hundred is left out.
bool spl_bandit_data_read(const char *const *paths, uint32_t path_count, bool header, const char *label, uint64_t seed,
                          spl_bandit_data *out, spl_error *error);
void spl_bandit_data_free(spl_bandit_data *data);

#endif
