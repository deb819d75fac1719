// SPDX-License-Identifier: GPL-3.0-or-later
// The contexts of a log or a table, kept as compact rows of attributes, so that a schema can be fitted to all of them
// before the first is turned into features. An attribute is whatever the core makes of the raw fields, so what is
// learned from is what a decision will see.
#ifndef SAMPLIT_LINEAR_SHEET_H
#define SAMPLIT_LINEAR_SHEET_H

#include "events/event.h"
#include "samplit/context.h"

#define SPL_SHEET_MAX 1024 // attributes of different names; later ones are left out

typedef struct spl_sheet spl_sheet;

// One attribute of one row: 16 bytes.
typedef struct spl_sheet_cell {
    uint16_t column;
    uint16_t kind;  // spl_kind, never MISSING
    uint32_t value; // STRING: index into spl_sheet_value
    double number;  // NUMBER, BOOLEAN
} spl_sheet_cell;

// A text that an attribute had.
typedef struct spl_sheet_value {
    uint32_t column;
    uint64_t count; // rows that have it
    char *text;     // UTF-8
} spl_sheet_value;

spl_sheet *spl_sheet_new(void); // NULL when out of memory
void spl_sheet_free(spl_sheet *sheet);

// One more row. `names` gives the names of attributes that the core does not know itself. Rows are numbered from 0.
// False when out of memory.
bool spl_sheet_add(spl_sheet *sheet, const spl_context *context, const spl_named_field *names, uint32_t count);

uint64_t spl_sheet_rows(const spl_sheet *sheet);
uint32_t spl_sheet_count(const spl_sheet *sheet);
const char *spl_sheet_name(const spl_sheet *sheet, uint32_t column);
const spl_sheet_cell *spl_sheet_row(const spl_sheet *sheet, uint64_t row, uint32_t *count);
const spl_sheet_value *spl_sheet_values(const spl_sheet *sheet, uint32_t *count);

// The context of a row again, as the core sees it. Its texts live as long as the sheet.
void spl_sheet_context(const spl_sheet *sheet, uint64_t row, spl_context *out);

#endif
