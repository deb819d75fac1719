// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/linear_columns.h"

#include <stdlib.h>
#include <string.h>

#include "samplit/hash.h"

#define NAME_SLOTS (2 * SPL_COLUMNS_MAX)

struct spl_columns {
    uint64_t row_count, row_room, cell_count, cell_room;
    uint64_t *start; // [row_room + 1] into cells
    spl_column_cell *cells;
    uint32_t column_count;
    char *name[SPL_COLUMNS_MAX];
    uint64_t hash[SPL_COLUMNS_MAX];
    uint16_t slots[NAME_SLOTS];                   // 1 + column, 0 = free
    uint32_t value_count, value_room, table_size; // a power of two, at least twice value_count
    spl_column_value *values;
    uint32_t *table; // 1 + value, 0 = free
    uint64_t *keys;  // [value_room] what the table compares
};

spl_columns *spl_columns_new(void)
{
    return calloc(1, sizeof(spl_columns));
}

void spl_columns_free(spl_columns *columns)
{
    if (!columns) return;
    for (uint32_t c = 0; c < columns->column_count; c++) free(columns->name[c]);
    for (uint32_t v = 0; v < columns->value_count; v++) free(columns->values[v].text);
    free(columns->start);
    free(columns->cells);
    free(columns->values);
    free(columns->table);
    free(columns->keys);
    free(columns);
}

static char *copy_text(const char *data, size_t size)
{
    char *copy = malloc(size + 1);
    if (!copy) return NULL;
    if (size > 0) memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

// Grows *items to hold one more than `used`; false when out of memory.
static bool make_room(void **items, uint64_t used, uint64_t *room, size_t size)
{
    if (used < *room) return true;
    uint64_t more = *room ? *room + *room / 2 : 1024;
    void *grown = realloc(*items, more * size);
    if (!grown) return false;
    *items = grown;
    *room = more;
    return true;
}

// --- names and values ---------------------------------------------------------------------------------------

static spl_text name_of(uint64_t hash, const spl_named_field *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (names[i].field.name == hash) return names[i].name;
    }
    return spl_known_name(hash);
}

// The column of that name, new if need be. SPL_COLUMNS_MAX: there is no room, or nobody knows its name.
// False when out of memory.
static bool find_column(spl_columns *columns, uint64_t hash, const spl_named_field *names, uint32_t count,
                        uint32_t *column)
{
    uint32_t slot = (uint32_t)hash % NAME_SLOTS;
    while (columns->slots[slot] && columns->hash[columns->slots[slot] - 1] != hash) slot = (slot + 1) % NAME_SLOTS;
    *column = columns->slots[slot] ? columns->slots[slot] - 1u : SPL_COLUMNS_MAX;
    if (columns->slots[slot] || columns->column_count == SPL_COLUMNS_MAX) return true;
    spl_text name = name_of(hash, names, count);
    if (name.size == 0) return true;
    char *copy = copy_text(name.data, name.size);
    if (!copy) return false;
    *column = columns->column_count++;
    columns->name[*column] = copy;
    columns->hash[*column] = hash;
    columns->slots[slot] = (uint16_t)(*column + 1);
    return true;
}

static uint32_t slot_of(const spl_columns *columns, uint64_t key)
{
    uint32_t mask = columns->table_size - 1, slot = (uint32_t)key & mask;
    while (columns->table[slot] && columns->keys[columns->table[slot] - 1] != key) slot = (slot + 1) & mask;
    return slot;
}

static bool widen_table(spl_columns *columns)
{
    if (columns->table_size >= 2 * (columns->value_count + 1)) return true;
    uint32_t size = columns->table_size ? 2 * columns->table_size : 1024;
    uint32_t *table = calloc(size, sizeof *table);
    if (!table) return false;
    free(columns->table);
    columns->table = table;
    columns->table_size = size;
    for (uint32_t v = 0; v < columns->value_count; v++) columns->table[slot_of(columns, columns->keys[v])] = v + 1;
    return true;
}

static bool make_value_room(spl_columns *columns)
{
    uint64_t room = columns->value_room, same = room;
    void *values = columns->values, *keys = columns->keys;
    bool ok = make_room(&values, columns->value_count, &room, sizeof *columns->values);
    columns->values = values;
    ok = ok && make_room(&keys, columns->value_count, &same, sizeof *columns->keys);
    columns->keys = keys;
    if (ok) columns->value_room = (uint32_t)room;
    return ok && widen_table(columns);
}

// The index of the text that this attribute has, new if need be.
static bool find_value(spl_columns *columns, uint32_t column, const spl_attribute *attribute, uint32_t *value)
{
    if (!make_value_room(columns)) return false;
    uint64_t key = spl_mix64(attribute->key + column * UINT64_C(0x9E3779B97F4A7C15));
    uint32_t slot = slot_of(columns, key);
    if (columns->table[slot] == 0) {
        char *text = copy_text(attribute->text, attribute->size);
        if (!text) return false;
        columns->values[columns->value_count] = (spl_column_value){.column = column, .text = text};
        columns->keys[columns->value_count] = key;
        columns->table[slot] = ++columns->value_count;
    }
    *value = columns->table[slot] - 1;
    columns->values[*value].count++;
    return true;
}

// --- rows ---------------------------------------------------------------------------------------------------

static bool add_cell(spl_columns *columns, const spl_attribute *attribute, const spl_named_field *names, uint32_t count)
{
    uint32_t column, value = 0;
    if (!find_column(columns, attribute->name, names, count, &column)) return false;
    if (column == SPL_COLUMNS_MAX) return true;
    if (attribute->kind == SPL_KIND_STRING && !find_value(columns, column, attribute, &value)) return false;
    void *cells = columns->cells;
    bool ok = make_room(&cells, columns->cell_count, &columns->cell_room, sizeof *columns->cells);
    columns->cells = cells;
    if (!ok) return false;
    columns->cells[columns->cell_count++] =
        (spl_column_cell){(uint16_t)column, (uint16_t)attribute->kind, value, attribute->number};
    return true;
}

bool spl_columns_add(spl_columns *columns, const spl_context *context, const spl_named_field *names, uint32_t count)
{
    void *start = columns->start;
    bool ok = make_room(&start, columns->row_count + 1, &columns->row_room, sizeof *columns->start);
    columns->start = start;
    if (!ok) return false;
    columns->start[columns->row_count] = columns->cell_count;
    for (uint32_t i = 0; i < context->count; i++) {
        if (!add_cell(columns, &context->items[i], names, count)) return false;
    }
    columns->start[++columns->row_count] = columns->cell_count;
    return true;
}

uint64_t spl_columns_rows(const spl_columns *columns)
{
    return columns->row_count;
}

uint32_t spl_columns_count(const spl_columns *columns)
{
    return columns->column_count;
}

const char *spl_columns_name(const spl_columns *columns, uint32_t column)
{
    return columns->name[column];
}

const spl_column_cell *spl_columns_row(const spl_columns *columns, uint64_t row, uint32_t *count)
{
    *count = (uint32_t)(columns->start[row + 1] - columns->start[row]);
    return columns->cells + columns->start[row];
}

const spl_column_value *spl_columns_values(const spl_columns *columns, uint32_t *count)
{
    *count = columns->value_count;
    return columns->values;
}

void spl_columns_context(const spl_columns *columns, uint64_t row, spl_context *out)
{
    spl_field fields[SPL_ATTRIBUTES_MAX];
    uint32_t count;
    const spl_column_cell *cells = spl_columns_row(columns, row, &count);
    for (uint32_t i = 0; i < count; i++) {
        const char *text = cells[i].kind == SPL_KIND_STRING ? columns->values[cells[i].value].text : NULL;
        fields[i] = (spl_field){columns->hash[cells[i].column], cells[i].number, text,
                                text ? (uint32_t)strlen(text) : 0, cells[i].kind};
    }
    spl_context_build(out, fields, count);
}
