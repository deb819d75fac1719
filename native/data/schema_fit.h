// SPDX-License-Identifier: GPL-3.0-or-later
// A schema for rows that come without one. docs/data.md states the rules for people; they are chosen so that
// nothing has to be tuned, and so that what is left out is said.
#ifndef SAMPLIT_SCHEMA_FIT_H
#define SAMPLIT_SCHEMA_FIT_H

#include "data/sample.h"
#include "data/schema_spec.h"

#define SPL_FIT_CATEGORIES 16      // of one feature at most; the rest are `other`
#define SPL_FIT_CATEGORY_SHARE 200 // a category holds at least one row in so many
#define SPL_FIT_SKEWNESS 2.0       // above it log1p is tried

// Sentences about the columns that were left out.
typedef struct spl_notes {
    uint32_t count;
    char **texts; // [count], owned
} spl_notes;

__attribute__((format(printf, 2, 3))) bool spl_notes_add(spl_notes *notes, const char *format, ...); // false: no memory
void spl_notes_free(spl_notes *notes);

// `name` is that of the schema. Fails when no column can be a feature. O(cells * log rows).
bool spl_schema_fit(spl_sample *sample, const char *name, spl_notes *notes, spl_schema_spec **out, spl_error *error);

#endif
