// SPDX-License-Identifier: GPL-3.0-or-later
// A plain table for people: columns as wide as their widest cell, two blanks between. A column in
// which nothing stands below the heading is left out.
#ifndef SAMPLIT_GRID_H
#define SAMPLIT_GRID_H

#include <stdbool.h>
#include <stdio.h>

typedef struct spl_grid spl_grid;

// One letter per column: 'l' or 'r', the side its cells are set to. NULL: out of memory.
spl_grid *spl_grid_new(const char *sides);
void spl_grid_free(spl_grid *grid); // NULL is fine

// The next cell, row by row from left to right; the first row is the heading. The text is copied and
// must be visible (host/visible.h).
__attribute__((format(printf, 2, 3))) void spl_grid_cell(spl_grid *grid, const char *format, ...);

// Cells as they are, up to a NULL.
void spl_grid_cells(spl_grid *grid, const char *const *texts);

// Prints all rows. False if memory ran out on the way; nothing is printed then.
bool spl_grid_print(const spl_grid *grid, FILE *out);

#endif
