// SPDX-License-Identifier: GPL-3.0-or-later
// A file of rows (CSV or NDJSON, .gz accepted, "-" is standard input) as a matrix of features: what encoder, cluster,
// similar and ward start from. One reader, so that all of them see the same numbers as a decision does.
#ifndef SAMPLIT_ROWS_H
#define SAMPLIT_ROWS_H

#include "data/schema_spec.h"
#include "events/fold.h"

// Told of every row: its context, and its features. False ends the reading: out of memory.
typedef bool spl_row_visit(void *owner, const spl_context *context, const float *features);

typedef struct spl_rows_config {
    const spl_schema_spec *schema; // NULL = fit one to the file: see spl_rows.fitted
    const char *label;             // column that says which rows are alike; NULL = none
    const char *group;             // column to split by or report by (`--split-by`); NULL = none
    const char *const *leave_out;  // [leave_out_count] columns that a fitted schema must not use
    uint32_t leave_out_count;
    double max_bad;       // share of bad rows above which reading fails; 0.01 is usual
    spl_fold fold;        // of rows, by their number from 0 as text; zeroed = all. A schema is fitted to all of them
    spl_row_visit *visit; // NULL = none
    void *owner;          // of `visit`
} spl_rows_config;

// Row-major. A column that is constant, or NaN and infinite cells, never give a NaN: docs/data.md says what
// becomes of each.
typedef struct spl_rows {
    uint32_t n, d;           // rows, width of the schema
    float *x;                // (n, d)
    uint64_t *line;          // [n] line in the file, for messages
    int32_t *label;          // [n] class, -1 where missing; NULL without a label column
    uint32_t class_count;    // distinct labels
    char **classes;          // [class_count] their texts, in order of bytes
    int32_t *group;          // as label
    uint32_t group_count;    //
    char **groups;           //
    spl_schema_spec *fitted; // owned; the schema used when none was given, else NULL
    uint32_t warning_count;  // what a person should know: columns left out, cells that could not be read
    char **warnings;         // [warning_count] sentences
    uint64_t bad_rows;       // left out
    spl_error first_bad;
} spl_rows;

// Memory: n * (d + 4) * 4 bytes and the texts of labels. Fails on a file without rows, a column that is not there
// (the error lists those that are), or too many bad rows.
bool spl_rows_read(const char *path, const spl_rows_config *config, spl_rows **out, spl_error *error);
void spl_rows_free(spl_rows *rows); // NULL is fine

// The schema the matrix was made with: the fitted one, or that of the configuration.
const spl_schema_spec *spl_rows_schema(const spl_rows *rows, const spl_rows_config *config);

#endif
