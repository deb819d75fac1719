// SPDX-License-Identifier: MIT
// The values that other programs computed: stats_reference among the data sets.
#ifndef SAMPLIT_TEST_REFERENCE_H
#define SAMPLIT_TEST_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#define REFERENCE_COLUMNS_MAX 16

typedef struct reference reference;

// Opens stats_reference/`name` with these columns (comma-separated). NULL, after a loud message, where there are no
// data sets.
reference *reference_open(const char *name, const char *columns);
bool reference_next(reference *r); // false at the end; the file is then closed

double reference_number(const reference *r, int column); // NaN for NA; Inf and -Inf are read as such
const char *reference_text(const reference *r, int column);

// |value - expected| <= margin * max(|expected|, floor): relative, or absolute in units of the floor. NaN matches NaN,
// infinity infinity. Fails the test with `what` and the row's line.
void reference_near(const reference *r, const char *what, double value, double expected, double margin, double floor);

#endif
