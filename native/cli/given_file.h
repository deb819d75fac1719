// SPDX-License-Identifier: GPL-3.0-or-later
// Files that several commands are given: schemas, the weights and the time of rows, and what a file is known by.
#ifndef SAMPLIT_GIVEN_FILE_H
#define SAMPLIT_GIVEN_FILE_H

#include "bundle/bundle_file.h"
#include "data/rows.h"

// A schema: JSON, or that of a bundle.
bool spl_given_schema(const char *path, spl_schema_spec **out, spl_error *error);

// The schema that rows are read by: that of `schema`, or of the bundle `encoder`, which is opened as *file and must
// have an encoder. Where both are NULL, *out is left alone: a schema is fitted to the rows.
bool spl_given_row_schema(const char *schema, const char *encoder, spl_bundle_file *file, spl_schema_spec **out,
                          spl_error *error);

// What a person should know of the rows, on standard error in the name of `command`.
void spl_given_rows_warn(const char *command, const spl_rows *rows);

// The column that was read as the rows' groups, whose texts are numbers, as weights above 0, or from 0 on; [rows->n]
// from malloc. The error names the column, and the line of `path`.
bool spl_given_weights(const char *path, const char *column, const spl_rows *rows, bool zero_too, double **out,
                       spl_error *error);

// BLAKE2b-256 of the bytes, unpacked where they are gzip.
bool spl_given_digest(const char *path, char hex[65], spl_error *error);

// A date, 2026-01-05, or a time, 2026-01-05T12:00:00Z, as Unix ms. False if it is none.
bool spl_given_time(const char *text, int64_t *out);

// The time of rows, which have none of their own: the one given, or now if that is INT64_MIN. Unix ms.
int64_t spl_given_or_now(int64_t time_ms);

#endif
