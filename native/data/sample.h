// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a file to fit a schema to: all of a small file, an even sample of a large one. Values are those of the
// attributes that a decision would see, so a column `user_agent` appears as `device`, `browser` and `os`.
#ifndef SAMPLIT_SAMPLE_H
#define SAMPLIT_SAMPLE_H

#include "data/classes.h"
#include "host/error.h"
#include "samplit/context.h"

#define SPL_SAMPLE_ROWS_MAX 131072u // of 32 columns; fewer of more
#define SPL_SAMPLE_CELLS_MAX (SPL_SAMPLE_ROWS_MAX * 32)

typedef struct spl_sample_value {
    double number; // NUMBER, BOOLEAN
    uint32_t text; // STRING: index into texts
    uint32_t kind; // spl_kind
} spl_sample_value;

typedef struct spl_sample_column {
    char *name; // of the attribute
    uint64_t hash;
    bool derived; // by the rules of the context, not a column of the file
} spl_sample_column;

typedef struct spl_sample {
    uint32_t column_count, row_count, row_capacity;
    spl_sample_column *columns;
    spl_sample_value *values; // (row_count, column_count), in the order of the file
    uint64_t *row;            // [row_count] number in the file, from 0
    uint64_t rows;            // good rows of the file
    spl_classes texts;        // of all columns; texts that are not UTF-8 are "unknown" as they are to the core
} spl_sample;

typedef struct spl_sample_config {
    const char *const *leave_out; // [leave_out_count] columns not to be read; NULL entries are fine
    uint32_t leave_out_count;
} spl_sample_config;

// Rows that are malformed are passed over. `path` is not a stream.
bool spl_sample_read(const char *path, const spl_sample_config *config, spl_sample *out, spl_error *error);
void spl_sample_free(spl_sample *sample);

// Whether a field of that name is read by a rule of the context, and does not simply become an attribute.
bool spl_sample_is_raw(spl_text name);

#endif
