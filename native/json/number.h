// SPDX-License-Identifier: GPL-3.0-or-later
// JSON numbers, both ways, exactly: what is written reads back as the same double, in as few digits
// as that takes.
#ifndef SAMPLIT_NUMBER_H
#define SAMPLIT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "samplit/text.h"

// The double nearest to a number in JSON's grammar. False if the text is not exactly one such
// number, or too large for a double; *out is then unchanged.
bool spl_number_read(spl_text text, double *out);

// The same for the number that begins at `at`, whatever follows it; returns where it ends, or NULL.
const char *spl_number_scan(const char *at, const char *end, double *out);

// The shortest decimal text that reads back as `value`, which must be finite. Returns its length,
// at most SPL_NUMBER_MAX; no terminator.
#define SPL_NUMBER_MAX 32
size_t spl_number_write(double value, char out[SPL_NUMBER_MAX]);

// A whole number in decimal; returns its length, at most 20.
size_t spl_number_write_u64(uint64_t value, char *out);

#endif
