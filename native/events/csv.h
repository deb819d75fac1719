// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a CSV file by RFC 4180: quoted fields may hold delimiters, line endings and doubled
// quotes. Lines end in LF or CRLF, blank lines are left out, and so is a byte order mark.
#ifndef SAMPLIT_CSV_H
#define SAMPLIT_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "host/error.h"
#include "samplit/text.h"

#define SPL_CSV_ROW_MAX (16u << 20) // bytes

typedef enum spl_row_status {
    SPL_ROW_FAILED = -1, // the input cannot be read on; the error says why
    SPL_ROW_END = 0,
    SPL_ROW_GOOD = 1,
    SPL_ROW_BAD = 2, // this row is malformed; the next call goes on after it
} spl_row_status;

typedef struct spl_csv spl_csv;

// `delimiter` 0: the one of , ; tab | that the first row holds most of (commas first).
bool spl_csv_open(const char *path, char delimiter, spl_csv **out, spl_error *error);
void spl_csv_close(spl_csv *csv); // NULL is fine

// The next row as fields[0..count), unquoted, valid until the next call. A row whose quotes make no
// sense is bad, and ends where its first line ends; so an open quote costs one line, not the file.
spl_row_status spl_csv_row(spl_csv *csv, const spl_text **fields, size_t *count, spl_error *error);

uint64_t spl_csv_line_number(const spl_csv *csv); // on which the last row began, from 1
spl_text spl_csv_raw(const spl_csv *csv);         // its bytes, without the line ending
double spl_csv_fraction(const spl_csv *csv);      // of the file read so far; below 0 if unknown

#endif
