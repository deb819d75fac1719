// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE // vasprintf
#include "host/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host/visible.h"

#define GAP 2

struct spl_table {
    size_t columns, count, room;
    char **cells; // [count], row by row
    bool broken;  // memory ran out
    char sides[]; // [columns + 1]
};

spl_table *spl_table_new(const char *sides)
{
    size_t size = strlen(sides) + 1;
    spl_table *table = calloc(1, sizeof *table + size);
    if (!table) return NULL;
    table->columns = size - 1;
    memcpy(table->sides, sides, size);
    return table;
}

void spl_table_free(spl_table *table)
{
    if (!table) return;
    for (size_t i = 0; i < table->count; i++) free(table->cells[i]);
    free(table->cells);
    free(table);
}

static bool make_room(spl_table *table)
{
    if (table->count < table->room) return true;
    size_t room = table->room ? 2 * table->room : 64;
    char **cells = realloc(table->cells, room * sizeof *cells);
    if (!cells) return false;
    table->cells = cells;
    table->room = room;
    return true;
}

void spl_table_cell(spl_table *table, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    bool made = vasprintf(&text, format, arguments) >= 0;
    va_end(arguments);
    if (!made || !make_room(table)) {
        if (made) free(text);
        table->broken = true;
        return;
    }
    table->cells[table->count++] = text;
}

// Width of a column, 0 if only its heading has text.
static size_t width_of(const spl_table *table, size_t column)
{
    size_t width = 0;
    bool used = false;
    for (size_t i = column; i < table->count; i += table->columns) {
        size_t columns = spl_visible_columns(table->cells[i]);
        if (columns > width) width = columns;
        if (columns > 0 && i >= table->columns) used = true;
    }
    return used ? width : 0;
}

// Blanks are owed until text follows, so that no line ends in them.
static void print_row(const spl_table *table, const size_t *widths, size_t row, FILE *out)
{
    size_t owed = 0;
    bool first = true;
    for (size_t c = 0; c < table->columns; c++) {
        if (widths[c] == 0) continue;
        const char *text = table->cells[row * table->columns + c];
        size_t size = spl_visible_columns(text), spare = widths[c] - size;
        if (!first) owed += GAP;
        first = false;
        if (size > 0) {
            if (table->sides[c] == 'r') owed += spare;
            fprintf(out, "%*s%s", (int)owed, "", text);
            owed = table->sides[c] == 'r' ? 0 : spare;
        } else {
            owed += spare;
        }
    }
    fputc('\n', out);
}

bool spl_table_print(const spl_table *table, FILE *out)
{
    if (table->broken) return false;
    size_t *widths = calloc(table->columns + 1, sizeof *widths);
    if (!widths) return false;
    for (size_t c = 0; c < table->columns; c++) widths[c] = width_of(table, c);
    for (size_t row = 0; (row + 1) * table->columns <= table->count; row++) print_row(table, widths, row, out);
    free(widths);
    return true;
}
