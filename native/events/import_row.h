// SPDX-License-Identifier: GPL-3.0-or-later
// One row of a table as an exposure with its outcome.
#ifndef SAMPLIT_IMPORT_ROW_H
#define SAMPLIT_IMPORT_ROW_H

#include "events/import.h"

// The columns of the mapping, as indices into the table.
typedef struct spl_import_columns {
    uint32_t variant, outcome, value, unit, time, propensity;
    uint32_t context[SPL_ATTRIBUTES_MAX];
} spl_import_columns;

// What a row says; the texts are the table's.
typedef struct spl_import_row {
    spl_text variant, unit;
    int64_t time_ms;
    double propensity; // 0 unless a column or a constant gives it
    bool outcome_missing;
    double outcome; // value of the outcome; 0 = there was none
    uint32_t values_cut;
    uint32_t context_count;
    spl_named_field context[SPL_ATTRIBUTES_MAX];
    char unit_buffer[32];
} spl_import_row;

// Finds all columns; the error names the missing one and those that exist.
bool spl_import_find_columns(const spl_import_config *config, spl_table *table, spl_import_columns *out,
                             spl_error *error);

// Reads the table's current row, which is data row `number` (from 1). The error names the column.
bool spl_import_read_row(const spl_import_config *config, const spl_import_columns *columns, const spl_table *table,
                         uint64_t number, spl_import_row *out, spl_error *error);

#endif
