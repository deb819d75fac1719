// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/bandit/linear_sheet.h"

#include <stdlib.h>
#include <string.h>

#include "host/texts.h"
#include "samplit/hash.h"

#define NAME_SLOTS (2 * SPL_SHEET_MAX)

struct spl_sheet {
    uint64_t row_count, row_room, cell_count, cell_room;
    uint64_t *start; // [row_room + 1] into cells
    spl_sheet_cell *cells;
    uint32_t column_count;
    char *name[SPL_SHEET_MAX];
    uint64_t hash[SPL_SHEET_MAX];
    uint16_t slots[NAME_SLOTS];                   // 1 + column, 0 = free
    uint32_t value_count, value_room, table_size; // a power of two, at least twice value_count
    spl_sheet_value *values;
    uint32_t *table; // 1 + value, 0 = free
    uint64_t *keys;  // [value_room] what the table compares
};

spl_sheet *spl_sheet_new(void)
{
    return calloc(1, sizeof(spl_sheet));
}

void spl_sheet_free(spl_sheet *sheet)
{
    if (!sheet) return;
    for (uint32_t c = 0; c < sheet->column_count; c++) free(sheet->name[c]);
    for (uint32_t v = 0; v < sheet->value_count; v++) free(sheet->values[v].text);
    free(sheet->start);
    free(sheet->cells);
    free(sheet->values);
    free(sheet->table);
    free(sheet->keys);
    free(sheet);
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

// The column of that name, new if need be. SPL_SHEET_MAX: there is no room, or nobody knows its name.
// False when out of memory.
static bool find_column(spl_sheet *sheet, uint64_t hash, const spl_named_field *names, uint32_t count, uint32_t *column)
{
    uint32_t slot = (uint32_t)hash % NAME_SLOTS;
    while (sheet->slots[slot] && sheet->hash[sheet->slots[slot] - 1] != hash) slot = (slot + 1) % NAME_SLOTS;
    *column = sheet->slots[slot] ? sheet->slots[slot] - 1u : SPL_SHEET_MAX;
    if (sheet->slots[slot] || sheet->column_count == SPL_SHEET_MAX) return true;
    spl_text name = name_of(hash, names, count);
    if (name.size == 0) return true;
    char *copy = spl_text_copy(name);
    if (!copy) return false;
    *column = sheet->column_count++;
    sheet->name[*column] = copy;
    sheet->hash[*column] = hash;
    sheet->slots[slot] = (uint16_t)(*column + 1);
    return true;
}

static uint32_t slot_of(const spl_sheet *sheet, uint64_t key)
{
    uint32_t mask = sheet->table_size - 1, slot = (uint32_t)key & mask;
    while (sheet->table[slot] && sheet->keys[sheet->table[slot] - 1] != key) slot = (slot + 1) & mask;
    return slot;
}

static bool widen_table(spl_sheet *sheet)
{
    if (sheet->table_size >= 2 * (sheet->value_count + 1)) return true;
    uint32_t size = sheet->table_size ? 2 * sheet->table_size : 1024;
    uint32_t *table = calloc(size, sizeof *table);
    if (!table) return false;
    free(sheet->table);
    sheet->table = table;
    sheet->table_size = size;
    for (uint32_t v = 0; v < sheet->value_count; v++) sheet->table[slot_of(sheet, sheet->keys[v])] = v + 1;
    return true;
}

static bool make_value_room(spl_sheet *sheet)
{
    uint64_t room = sheet->value_room, same = room;
    void *values = sheet->values, *keys = sheet->keys;
    bool ok = make_room(&values, sheet->value_count, &room, sizeof *sheet->values);
    sheet->values = values;
    ok = ok && make_room(&keys, sheet->value_count, &same, sizeof *sheet->keys);
    sheet->keys = keys;
    if (ok) sheet->value_room = (uint32_t)room;
    return ok && widen_table(sheet);
}

// The index of the text that this attribute has, new if need be.
static bool find_value(spl_sheet *sheet, uint32_t column, const spl_attribute *attribute, uint32_t *value)
{
    if (!make_value_room(sheet)) return false;
    uint64_t key = spl_mix64(attribute->key + column * UINT64_C(0x9E3779B97F4A7C15));
    uint32_t slot = slot_of(sheet, key);
    if (sheet->table[slot] == 0) {
        char *text = spl_text_copy((spl_text){attribute->text, attribute->size});
        if (!text) return false;
        sheet->values[sheet->value_count] = (spl_sheet_value){.column = column, .text = text};
        sheet->keys[sheet->value_count] = key;
        sheet->table[slot] = ++sheet->value_count;
    }
    *value = sheet->table[slot] - 1;
    sheet->values[*value].count++;
    return true;
}

// --- rows ---------------------------------------------------------------------------------------------------

static bool add_cell(spl_sheet *sheet, const spl_attribute *attribute, const spl_named_field *names, uint32_t count)
{
    uint32_t column, value = 0;
    if (!find_column(sheet, attribute->name, names, count, &column)) return false;
    if (column == SPL_SHEET_MAX) return true;
    if (attribute->kind == SPL_KIND_STRING && !find_value(sheet, column, attribute, &value)) return false;
    void *cells = sheet->cells;
    bool ok = make_room(&cells, sheet->cell_count, &sheet->cell_room, sizeof *sheet->cells);
    sheet->cells = cells;
    if (!ok) return false;
    sheet->cells[sheet->cell_count++] =
        (spl_sheet_cell){(uint16_t)column, (uint16_t)attribute->kind, value, attribute->number};
    return true;
}

bool spl_sheet_add(spl_sheet *sheet, const spl_context *context, const spl_named_field *names, uint32_t count)
{
    void *start = sheet->start;
    bool ok = make_room(&start, sheet->row_count + 1, &sheet->row_room, sizeof *sheet->start);
    sheet->start = start;
    if (!ok) return false;
    sheet->start[sheet->row_count] = sheet->cell_count;
    for (uint32_t i = 0; i < context->count; i++) {
        if (!add_cell(sheet, &context->items[i], names, count)) return false;
    }
    sheet->start[++sheet->row_count] = sheet->cell_count;
    return true;
}

uint64_t spl_sheet_rows(const spl_sheet *sheet)
{
    return sheet->row_count;
}

uint32_t spl_sheet_count(const spl_sheet *sheet)
{
    return sheet->column_count;
}

const char *spl_sheet_name(const spl_sheet *sheet, uint32_t column)
{
    return sheet->name[column];
}

const spl_sheet_cell *spl_sheet_row(const spl_sheet *sheet, uint64_t row, uint32_t *count)
{
    *count = (uint32_t)(sheet->start[row + 1] - sheet->start[row]);
    return sheet->cells + sheet->start[row];
}

const spl_sheet_value *spl_sheet_values(const spl_sheet *sheet, uint32_t *count)
{
    *count = sheet->value_count;
    return sheet->values;
}

void spl_sheet_context(const spl_sheet *sheet, uint64_t row, spl_context *out)
{
    spl_field fields[SPL_ATTRIBUTES_MAX];
    uint32_t count;
    const spl_sheet_cell *cells = spl_sheet_row(sheet, row, &count);
    for (uint32_t i = 0; i < count; i++) {
        const char *text = cells[i].kind == SPL_KIND_STRING ? sheet->values[cells[i].value].text : NULL;
        fields[i] = (spl_field){sheet->hash[cells[i].column], cells[i].number, text, text ? (uint32_t)strlen(text) : 0,
                                cells[i].kind};
    }
    spl_context_build(out, fields, count);
}
