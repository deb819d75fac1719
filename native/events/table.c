// SPDX-License-Identifier: GPL-3.0-or-later
#include "events/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "json/json_line.h"

typedef struct column {
    char *name; // owned, with a terminator
    size_t name_size;
    size_t position; // CSV: of the field in a row
} column;

struct spl_table {
    bool csv_format;
    // CSV
    spl_csv *csv;
    char *header; // owned: the names, one after the other
    spl_text *names;
    size_t name_count;
    // NDJSON
    spl_reader *lines;
    spl_json_line json;
    spl_text line;
    char *first; // owned: the first line, read ahead for its keys and given again as a row
    size_t first_size;
    bool first_given;
    uint32_t next_column; // where the search for a key goes on

    column columns[SPL_TABLE_COLUMNS_MAX];
    spl_cell cells[SPL_TABLE_COLUMNS_MAX];
    uint32_t column_count;
};

// Sets *csv_format by what the file begins with.
static bool sniff(const char *path, bool *csv_format, spl_error *error)
{
    spl_reader *input;
    char head[256];
    if (!spl_reader_open(path, &input, error)) return false;
    long size = spl_reader_bytes(input, head, sizeof head, error), at = 0;
    spl_reader_close(input);
    if (size >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0) at = 3;
    while (at < size && strchr(" \t\r\n", head[at]) && head[at] != '\0') at++;
    *csv_format = at >= size || head[at] != '{';
    return size >= 0;
}

// Keeps the header's names beyond the row.
static bool keep_header(spl_table *table, const spl_text *fields, size_t count, spl_error *error)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (!spl_text_is_utf8(fields[i])) return spl_fail(error, "column %zu of the header is not valid UTF-8", i + 1);
        bytes += fields[i].size;
    }
    table->header = malloc(bytes + 1);
    table->names = calloc(count, sizeof *table->names);
    if (!table->header || !table->names) return spl_fail(error, "out of memory");
    char *to = table->header;
    for (size_t i = 0; i < count; i++) {
        if (fields[i].size > 0) memcpy(to, fields[i].data, fields[i].size);
        table->names[i] = (spl_text){to, fields[i].size};
        to += fields[i].size;
    }
    table->name_count = count;
    return true;
}

static bool open_csv(spl_table *table, const char *path, char delimiter, spl_error *error)
{
    const spl_text *fields;
    size_t count;
    if (!spl_csv_open(path, delimiter, &table->csv, error)) return false;
    switch (spl_csv_row(table->csv, &fields, &count, error)) {
    case SPL_ROW_GOOD: return keep_header(table, fields, count, error);
    case SPL_ROW_END: return spl_fail(error, "the file is empty; its first line must name the columns");
    default: return false;
    }
}

// A line that is too long is bad and passed over; nothing can be read after any other failure.
static spl_row_status read_line(spl_table *table, spl_error *error)
{
    spl_error local = {0};
    int got;
    do got = spl_reader_line(table->lines, &table->line, &local);
    while (got > 0 && spl_line_is_blank(table->line));
    if (got >= 0) return got ? SPL_ROW_GOOD : SPL_ROW_END;
    table->line = (spl_text){0};
    if (error) *error = local;
    return local.line > 0 ? SPL_ROW_BAD : SPL_ROW_FAILED;
}

static bool open_ndjson(spl_table *table, const char *path, spl_error *error)
{
    if (!spl_reader_open(path, &table->lines, error)) return false;
    spl_row_status status = read_line(table, error);
    if (status == SPL_ROW_END) return spl_fail(error, "the file is empty");
    if (status != SPL_ROW_GOOD) return false;
    if (!spl_json_line_read(&table->json, table->line, error))
        return spl_fail_at(error, path, spl_reader_line_number(table->lines));
    table->first_size = table->line.size;
    table->first = malloc(table->first_size + 1);
    if (!table->first) return spl_fail(error, "out of memory");
    memcpy(table->first, table->line.data, table->first_size);
    return true;
}

bool spl_table_open(const char *path, spl_table_format format, char delimiter, spl_table **out, spl_error *error)
{
    spl_table *table = calloc(1, sizeof *table);
    if (!table) return spl_fail(error, "out of memory");
    table->csv_format = format == SPL_TABLE_CSV;
    bool done = format != SPL_TABLE_AUTO || sniff(path, &table->csv_format, error);
    if (done) done = table->csv_format ? open_csv(table, path, delimiter, error) : open_ndjson(table, path, error);
    if (!done) {
        spl_table_close(table);
        return spl_fail_at(error, path, 0);
    }
    *out = table;
    return true;
}

void spl_table_close(spl_table *table)
{
    if (!table) return;
    for (uint32_t i = 0; i < table->column_count; i++) free(table->columns[i].name);
    spl_csv_close(table->csv);
    free(table->header);
    free(table->names);
    spl_reader_close(table->lines);
    spl_json_line_free(&table->json);
    free(table->first);
    free(table);
}

spl_text spl_table_name(const spl_table *table, size_t i)
{
    if (table->csv_format) return i < table->name_count ? table->names[i] : (spl_text){0};
    uint32_t at = 1;
    if (i >= table->json.tokens[0].count) return (spl_text){0};
    for (; i > 0; i--) at = spl_json_after(&table->json, at);
    return spl_json_raw(&table->json, at);
}

static bool no_such_column(const spl_table *table, spl_text name, spl_error *error)
{
    char list[400], field[96];
    size_t used = 0;
    spl_text other;
    for (size_t i = 0; (other = spl_table_name(table, i)).data; i++) {
        if (used + other.size + 8 > sizeof list) {
            used += (size_t)snprintf(list + used, sizeof list - used, ", …");
            break;
        }
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.*s", i ? ", " : "", (int)other.size, other.data);
    }
    list[used] = '\0';
    spl_text cut = spl_text_cut(name, sizeof field - 1);
    snprintf(field, sizeof field, "%.*s", (int)cut.size, cut.data);
    return spl_fail_field(error, field, "no such column; there are: %s", used ? list : "none");
}

static bool find_column(const spl_table *table, spl_text name, size_t *position, spl_error *error)
{
    size_t found = 0;
    spl_text other;
    for (size_t i = 0; (other = spl_table_name(table, i)).data; i++) {
        if (!spl_text_equal(other, name)) continue;
        if (found++ == 0) *position = i;
    }
    if (found == 0) return no_such_column(table, name, error);
    return found == 1 || spl_fail(error, "%zu columns are named %.*s", found, (int)name.size, name.data);
}

bool spl_table_column(spl_table *table, spl_text name, uint32_t *index, spl_error *error)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (!spl_text_equal(name, (spl_text){table->columns[i].name, table->columns[i].name_size})) continue;
        *index = i;
        return true;
    }
    size_t position = 0;
    if (table->column_count == SPL_TABLE_COLUMNS_MAX)
        return spl_fail(error, "more than %d columns are asked for", SPL_TABLE_COLUMNS_MAX);
    if (!find_column(table, name, &position, error)) return false;
    char *copy = malloc(name.size + 1);
    if (!copy) return spl_fail(error, "out of memory");
    if (name.size > 0) memcpy(copy, name.data, name.size);
    copy[name.size] = '\0';
    table->columns[table->column_count] = (column){copy, name.size, position};
    *index = table->column_count++;
    return true;
}

static spl_row_status csv_row(spl_table *table, spl_error *error)
{
    const spl_text *fields;
    size_t count;
    spl_row_status status = spl_csv_row(table->csv, &fields, &count, error);
    if (status != SPL_ROW_GOOD) return status;
    if (count != table->name_count) {
        spl_fail(error, "the row has %zu fields, the header %zu", count, table->name_count);
        return SPL_ROW_BAD;
    }
    for (uint32_t i = 0; i < table->column_count; i++) {
        spl_text text = fields[table->columns[i].position];
        table->cells[i] = (spl_cell){text.size ? SPL_KIND_STRING : SPL_KIND_MISSING, 0, text};
    }
    return SPL_ROW_GOOD;
}

// The column of that key, or column_count; keys mostly come in one order, so it looks on from the last.
static uint32_t key_column(spl_table *table, spl_text key)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        uint32_t at = (table->next_column + i) % table->column_count;
        const column *c = &table->columns[at];
        if (!spl_text_equal(key, (spl_text){c->name, c->name_size})) continue;
        table->next_column = at + 1;
        return at;
    }
    return table->column_count;
}

static bool read_cell(spl_table *table, uint32_t token, spl_cell *cell)
{
    spl_json_line *json = &table->json;
    bool truth;
    *cell = (spl_cell){.kind = SPL_KIND_MISSING, .text = spl_json_raw(json, token)};
    if (spl_json_is_null(json, token)) return true;
    if (spl_json_string(json, token, &cell->text)) {
        cell->kind = cell->text.size ? SPL_KIND_STRING : SPL_KIND_MISSING;
        return true;
    }
    if (spl_json_boolean(json, token, &truth)) {
        cell->kind = SPL_KIND_BOOLEAN;
        cell->number = truth;
        return true;
    }
    cell->kind = SPL_KIND_NUMBER;
    return spl_json_number(json, token, &cell->number);
}

static spl_row_status json_row(spl_table *table, spl_error *error)
{
    bool again = !table->first_given;
    spl_row_status status = again ? SPL_ROW_GOOD : read_line(table, error);
    if (again) table->line = (spl_text){table->first, table->first_size};
    table->first_given = true;
    if (status != SPL_ROW_GOOD) return status;
    if (!spl_json_line_read(&table->json, table->line, error)) return SPL_ROW_BAD;
    for (uint32_t i = 0; i < table->column_count; i++) table->cells[i] = (spl_cell){.kind = SPL_KIND_MISSING};
    uint32_t at = 1, fields = table->json.tokens[0].count;
    for (uint32_t i = 0; i < fields; i++, at = spl_json_after(&table->json, at)) {
        uint32_t c = key_column(table, spl_json_raw(&table->json, at));
        if (c == table->column_count || read_cell(table, at + 1, &table->cells[c])) continue;
        spl_fail_field(error, table->columns[c].name, "must be a string, a number, true, false or null");
        return SPL_ROW_BAD;
    }
    return SPL_ROW_GOOD;
}

spl_row_status spl_table_row(spl_table *table, spl_error *error)
{
    spl_row_status status = table->csv_format ? csv_row(table, error) : json_row(table, error);
    if (status == SPL_ROW_BAD) spl_fail_at(error, NULL, spl_table_line(table));
    return status;
}

const spl_cell *spl_table_cell(const spl_table *table, uint32_t index)
{
    return &table->cells[index];
}

uint64_t spl_table_line(const spl_table *table)
{
    return table->csv_format ? spl_csv_line_number(table->csv) : spl_reader_line_number(table->lines);
}

spl_text spl_table_raw(const spl_table *table)
{
    return table->csv_format ? spl_csv_raw(table->csv) : table->line;
}

double spl_table_fraction(const spl_table *table)
{
    return table->csv_format ? spl_csv_fraction(table->csv) : spl_reader_fraction(table->lines);
}
