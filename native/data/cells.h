// SPDX-License-Identifier: GPL-3.0-or-later
// What a cell of a table says. The same value must become the same field whether it stands in a table, in an imported
// event or in a page, so cells are read as `samplit import` reads them; only where a column is known to hold
// numbers, more spellings are understood.
#ifndef SAMPLIT_CELLS_H
#define SAMPLIT_CELLS_H

#include "events/table.h"

// A number as programs write it: JSON's, and also "+1", ".5", "5.".
bool spl_cell_number(spl_text text, double *out);

// Whether the text says that there is no number: empty, NA, N/A, NaN, null, None, ?, inf, infinity, in any case
// and with any sign.
bool spl_cell_says_nothing(spl_text text);

// Sets kind and value of *field; its name stays. true and false are BOOLEAN, a plain decimal is a NUMBER, all else
// a STRING of the cell's bytes. With `number`, exponents and the spellings above are numbers too, and what says nothing
// is MISSING.
void spl_cell_field(const spl_cell *cell, bool number, spl_field *field);

#endif
