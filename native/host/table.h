// SPDX-License-Identifier: GPL-3.0-or-later
// A plain table for people: columns as wide as their widest cell, two blanks between. A column in
// which nothing stands below the heading is left out.
#ifndef SAMPLIT_TABLE_H
#define SAMPLIT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

typedef struct spl_table spl_table;

// One letter per column: 'l' or 'r', the side its cells are set to. NULL: out of memory.
spl_table *spl_table_new(const char *sides);
void spl_table_free(spl_table *table); // NULL is fine

// The next cell, row by row from left to right; the first row is the heading. The text is copied and
// must be visible (host/visible.h).
__attribute__((format(printf, 2, 3))) void spl_table_cell(spl_table *table, const char *format, ...);

// Prints all rows. False if memory ran out on the way; nothing is printed then.
bool spl_table_print(const spl_table *table, FILE *out);

#endif
