// SPDX-License-Identifier: MIT
#include "stats_reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/table.h"
#include "scratch.h"
#include "testing.h"

struct reference {
    spl_table *table;
    uint32_t index[REFERENCE_COLUMNS_MAX];
    char text[REFERENCE_COLUMNS_MAX][128];
    int count;
};

static void ask_for(reference *r, const char *columns)
{
    for (const char *at = columns; *at;) {
        size_t size = strcspn(at, ",");
        spl_error error = {0};
        if (r->count == REFERENCE_COLUMNS_MAX ||
            !spl_table_column(r->table, (spl_text){at, size}, &r->index[r->count++], &error)) {
            fail_msg("%s", error.text);
        }
        at += size + (at[size] == ',');
    }
}

reference *reference_open(const char *name, const char *columns)
{
    char file[256];
    snprintf(file, sizeof file, "stats_reference/%s", name);
    const char *path = scratch_data(file);
    if (!path) return NULL;
    reference *r = calloc(1, sizeof *r);
    assert_non_null(r);
    spl_error error = {0};
    if (!spl_table_open(path, SPL_TABLE_CSV, ',', &r->table, &error)) fail_msg("%s", error.text);
    ask_for(r, columns);
    return r;
}

bool reference_next(reference *r)
{
    spl_error error = {0};
    if (spl_table_row(r->table, &error) != SPL_ROW_GOOD) {
        spl_table_close(r->table);
        free(r);
        return false;
    }
    for (int i = 0; i < r->count; i++) {
        spl_text text = spl_table_cell(r->table, r->index[i])->text;
        snprintf(r->text[i], sizeof r->text[i], "%.*s", (int)text.size, text.data);
    }
    return true;
}

const char *reference_text(const reference *r, int column)
{
    return r->text[column];
}

double reference_number(const reference *r, int column)
{
    char *end;
    double value = strtod(r->text[column], &end);
    return end == r->text[column] || *end ? NAN : value;
}

void reference_near(const reference *r, const char *what, double value, double expected, double margin, double floor)
{
    if (isnan(expected) ? isnan(value) : value == expected) return;
    if (fabs(value - expected) <= margin * fmax(fabs(expected), floor)) return;
    fail_msg("line %llu (%s): %s is %.17g, not %.17g within %g", (unsigned long long)spl_table_line(r->table),
             r->text[0], what, value, expected, margin);
}
