// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of named cells, whether the file is CSV or NDJSON (one flat object per line).
#ifndef SAMPLIT_TABLE_H
#define SAMPLIT_TABLE_H

#include "events/csv.h"
#include "samplit/context.h"

typedef enum spl_table_format { SPL_TABLE_AUTO, SPL_TABLE_CSV, SPL_TABLE_NDJSON } spl_table_format;

#define SPL_TABLE_COLUMNS_MAX 320 // that one reader asks for

// A cell of CSV is always a STRING; MISSING is an empty one, JSON's null, or an absent key.
typedef struct spl_cell {
    spl_kind kind;
    double number; // NUMBER, BOOLEAN
    spl_text text; // STRING, and the raw text of a NUMBER
} spl_cell;

typedef struct spl_table spl_table;

// AUTO: NDJSON if the first byte that is not blank is an opening brace, else CSV; the file is then
// opened twice, so it must not be a pipe (host/spool.h). `delimiter` as in spl_csv_open.
bool spl_table_open(const char *path, spl_table_format format, char delimiter, spl_table **out, spl_error *error);
void spl_table_close(spl_table *table); // NULL is fine

// Name i of the columns that exist, as the error below lists them; an empty text with data NULL after the last.
// Valid until the first row.
spl_text spl_table_name(const spl_table *table, size_t i);

// Asks for a column; all are asked for before the first row. The error lists the columns that exist:
// those of the header, or the keys of the first object. Asking twice gives the same index.
bool spl_table_column(spl_table *table, spl_text name, uint32_t *index, spl_error *error);

// The next row. A bad one has another number of fields than the header, or is not JSON.
spl_row_status spl_table_row(spl_table *table, spl_error *error);

// Of the last row, by the index that spl_table_column gave; valid until the next row.
const spl_cell *spl_table_cell(const spl_table *table, uint32_t index);
uint64_t spl_table_line(const spl_table *table);
spl_text spl_table_raw(const spl_table *table);
double spl_table_fraction(const spl_table *table);

#endif
