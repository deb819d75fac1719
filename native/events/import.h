// SPDX-License-Identifier: GPL-3.0-or-later
// Turns a table of what happened (one row per unit shown a variant) into events: an exposure per
// row, and an outcome where there was one. docs/import.md is the guide.
#ifndef SAMPLIT_IMPORT_H
#define SAMPLIT_IMPORT_H

#include "events/event.h"
#include "events/table.h"

typedef enum spl_import_propensity {
    SPL_IMPORT_UNIFORM,  // 1 / number of variants
    SPL_IMPORT_OBSERVED, // the variant's share of the rows
    SPL_IMPORT_CONSTANT,
    SPL_IMPORT_COLUMN,
} spl_import_propensity;

typedef struct spl_import_context {
    spl_text attribute; // name in the event
    spl_text column;
} spl_import_context;

typedef struct spl_import_config {
    const char *input, *output; // "-": standard input, standard output
    const char *rejects;        // NULL: bad rows are only counted
    spl_table_format format;
    char delimiter; // of CSV; 0: by the first row
    spl_text experiment;
    spl_text variant, outcome;  // columns
    spl_text value, unit, time; // columns; empty: the outcome's own, "row-N", one second per row from 2000 on
    spl_import_propensity propensity;
    double propensity_constant;
    spl_text propensity_column;
    double max_bad; // share of bad rows above which nothing is written; default 0.01
    uint32_t context_count;
    spl_import_context context[SPL_ATTRIBUTES_MAX];
} spl_import_config;

// experiment "default", max_bad 0.01, everything else zero.
spl_import_config spl_import_config_default(void);

typedef struct spl_import_variant {
    char name[257];
    uint64_t rows;
} spl_import_variant;

#define SPL_IMPORT_BAD_SHOWN 5

typedef struct spl_import_report {
    uint64_t rows, bad; // data rows; those of them left out
    uint64_t exposures, outcomes;
    uint64_t outcomes_missing; // empty, NA, NaN, null or None
    uint64_t values_cut;       // context values longer than SPL_TEXT_MAX bytes
    uint32_t variant_count;
    spl_import_variant variants[SPL_VARIANTS_MAX]; // in order of first appearance
    bool uneven;       // uniform propensities, but the counts are not uniform at the 0.1 % level
    double chi_square; // of the counts against equal shares
    uint32_t bad_shown;
    spl_error bad_rows[SPL_IMPORT_BAD_SHOWN]; // the first few
} spl_import_report;

// On failure *report still says what was read. No output appears if too many rows are bad, and no file
// unless all went well; the rejects appear in any case.
bool spl_import_run(const spl_import_config *config, spl_import_report *report, spl_error *error);

#endif
