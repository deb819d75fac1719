// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE // vasprintf
#include "host/grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host/visible.h"

#define GAP 2

struct spl_grid {
    size_t columns, count, room;
    char **cells; // [count], row by row
    bool broken;  // memory ran out
    char sides[]; // [columns + 1]
};

spl_grid *spl_grid_new(const char *sides)
{
    size_t size = strlen(sides) + 1;
    spl_grid *grid = calloc(1, sizeof *grid + size);
    if (!grid) return NULL;
    grid->columns = size - 1;
    memcpy(grid->sides, sides, size);
    return grid;
}

void spl_grid_free(spl_grid *grid)
{
    if (!grid) return;
    for (size_t i = 0; i < grid->count; i++) free(grid->cells[i]);
    free(grid->cells);
    free(grid);
}

static bool make_room(spl_grid *grid)
{
    if (grid->count < grid->room) return true;
    size_t room = grid->room ? 2 * grid->room : 64;
    char **cells = realloc(grid->cells, room * sizeof *cells);
    if (!cells) return false;
    grid->cells = cells;
    grid->room = room;
    return true;
}

void spl_grid_cell(spl_grid *grid, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    bool made = vasprintf(&text, format, arguments) >= 0;
    va_end(arguments);
    if (!made || !make_room(grid)) {
        if (made) free(text);
        grid->broken = true;
        return;
    }
    grid->cells[grid->count++] = text;
}

// Width of a column, 0 if only its heading has text.
static size_t width_of(const spl_grid *grid, size_t column)
{
    size_t width = 0;
    bool used = false;
    for (size_t i = column; i < grid->count; i += grid->columns) {
        size_t columns = spl_visible_columns(grid->cells[i]);
        if (columns > width) width = columns;
        if (columns > 0 && i >= grid->columns) used = true;
    }
    return used ? width : 0;
}

// Blanks are owed until text follows, so that no line ends in them.
static void print_row(const spl_grid *grid, const size_t *widths, size_t row, FILE *out)
{
    size_t owed = 0;
    bool first = true;
    for (size_t c = 0; c < grid->columns; c++) {
        if (widths[c] == 0) continue;
        const char *text = grid->cells[row * grid->columns + c];
        size_t size = spl_visible_columns(text), spare = widths[c] - size;
        if (!first) owed += GAP;
        first = false;
        if (size > 0) {
            if (grid->sides[c] == 'r') owed += spare;
            fprintf(out, "%*s%s", (int)owed, "", text);
            owed = grid->sides[c] == 'r' ? 0 : spare;
        } else {
            owed += spare;
        }
    }
    fputc('\n', out);
}

void spl_grid_cells(spl_grid *grid, const char *const *texts)
{
    for (; *texts; texts++) spl_grid_cell(grid, "%s", *texts);
}

bool spl_grid_print(const spl_grid *grid, FILE *out)
{
    if (grid->broken) return false;
    size_t *widths = calloc(grid->columns + 1, sizeof *widths);
    if (!widths) return false;
    for (size_t c = 0; c < grid->columns; c++) widths[c] = width_of(grid, c);
    for (size_t row = 0; (row + 1) * grid->columns <= grid->count; row++) print_row(grid, widths, row, out);
    free(widths);
    return true;
}
