// SPDX-License-Identifier: GPL-3.0-or-later
// What went wrong, with enough around it to mend it: file, line, field, what was expected.
// Fallible native functions return false and fill the error; outputs are then unchanged.
#ifndef SAMPLIT_ERROR_H
#define SAMPLIT_ERROR_H

#include <stdbool.h>
#include <stdint.h>

typedef struct spl_error {
    char file[256]; // path as the user gave it, or empty
    uint64_t line;  // from 1; 0 = none
    char field[96]; // column, JSON field, tensor or flag, or empty
    char text[512]; // the sentence
} spl_error;

// Sets the sentence (printf rules) and clears the rest; always returns false, so that a function
// can `return spl_fail(error, …)`. `error` may be NULL.
__attribute__((format(printf, 2, 3))) bool spl_fail(spl_error *error, const char *format, ...);

// The same, about one field.
__attribute__((format(printf, 3, 4))) bool spl_fail_field(spl_error *error, const char *field, const char *format, ...);

// Adds where it happened, if that is not yet set; always returns false. The file "-" is called
// standard input.
bool spl_fail_at(spl_error *error, const char *file, uint64_t line);

// "file:line: field: text" with the parts that are set, made visible (host/visible.h), for names and
// cells come from files of strangers; cut to fit. Returns `out`.
char *spl_error_format(const spl_error *error, char *out, int size);

#endif
