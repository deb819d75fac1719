// SPDX-License-Identifier: GPL-3.0-or-later
// The contexts of a log or a table, kept as compact rows of attributes, so that a schema can be fitted to all of them
// before the first is turned into features. An attribute is whatever the core makes of the raw fields, so what is
// learned from is what a decision will see.
#ifndef SAMPLIT_LINEAR_COLUMNS_H
#define SAMPLIT_LINEAR_COLUMNS_H

#include "events/event.h"
#include "samplit/context.h"

#define SPL_COLUMNS_MAX 1024 // attributes of different names; later ones are left out

typedef struct spl_columns spl_columns;

// One attribute of one row: 16 bytes.
typedef struct spl_column_cell {
    uint16_t column;
    uint16_t kind;  // spl_kind, never MISSING
    uint32_t value; // STRING: index into spl_columns_value
    double number;  // NUMBER, BOOLEAN
} spl_column_cell;

// A text that an attribute had.
typedef struct spl_column_value {
    uint32_t column;
    uint64_t count; // rows that have it
    char *text;     // UTF-8
} spl_column_value;

spl_columns *spl_columns_new(void); // NULL when out of memory
void spl_columns_free(spl_columns *columns);

// One more row. `names` gives the names of attributes that the core does not know itself. Rows are numbered from 0.
// False when out of memory.
bool spl_columns_add(spl_columns *columns, const spl_context *context, const spl_named_field *names, uint32_t count);

uint64_t spl_columns_rows(const spl_columns *columns);
uint32_t spl_columns_count(const spl_columns *columns);
const char *spl_columns_name(const spl_columns *columns, uint32_t column);
const spl_column_cell *spl_columns_row(const spl_columns *columns, uint64_t row, uint32_t *count);
const spl_column_value *spl_columns_values(const spl_columns *columns, uint32_t *count);

// The context of a row again, as the core sees it. Its texts live as long as `columns`.
void spl_columns_context(const spl_columns *columns, uint64_t row, spl_context *out);

#endif
