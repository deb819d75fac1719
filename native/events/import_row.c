// SPDX-License-Identifier: GPL-3.0-or-later
#include "events/import_row.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "events/event_stamp.h"
#include "host/texts.h"
#include "samplit/hash.h"
#include "json/number.h"

#define VARIANT_MAX 256                    // bytes, as in an event
#define FIRST_ROW_MS INT64_C(946684800000) // 2000-01-01, where rows without a time begin
#define WHOLE_MAX 9007199254740992.0       // 2^53: larger whole numbers are names, not quantities
#define SECONDS_MAX 1e11                   // a bare time above this is in milliseconds

bool spl_import_find_columns(const spl_import_config *config, spl_table *table, spl_import_columns *out,
                             spl_error *error)
{
    const struct {
        spl_text name;
        uint32_t *index;
    } wanted[] = {{config->variant, &out->variant}, {config->outcome, &out->outcome},
                  {config->value, &out->value},     {config->unit, &out->unit},
                  {config->time, &out->time},       {config->propensity_column, &out->propensity}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (wanted[i].name.size > 0 && !spl_table_column(table, wanted[i].name, wanted[i].index, error)) return false;
    }
    for (uint32_t i = 0; i < config->context_count; i++) {
        if (!spl_table_column(table, config->context[i].column, &out->context[i], error)) return false;
    }
    return true;
}

static bool fail_column(spl_error *error, spl_text column, const char *text, spl_text shown)
{
    char name[96];
    spl_text cut = spl_text_cut(column, sizeof name - 1);
    snprintf(name, sizeof name, "%.*s", (int)cut.size, cut.data);
    shown = spl_text_cut(shown, 60);
    if (shown.size == 0 || !spl_text_is_utf8(shown)) return spl_fail_field(error, name, "%s", text);
    return spl_fail_field(error, name, "%s, not \"%.*s\"", text, (int)shown.size, shown.data);
}

// Text as it stands in the table, whatever its type; empty for a missing cell.
static spl_text cell_text(const spl_cell *cell)
{
    return cell->kind == SPL_KIND_MISSING ? (spl_text){0} : cell->text;
}

static bool read_name(const spl_cell *cell, spl_text column, size_t max, spl_text *out, spl_error *error)
{
    spl_text text = cell_text(cell);
    if (text.size == 0) return fail_column(error, column, "is empty", text);
    if (text.size > max) return fail_column(error, column, "is longer than a name may be", text);
    if (!spl_text_is_utf8(text)) return fail_column(error, column, "is not valid UTF-8", (spl_text){0});
    *out = text;
    return true;
}

static bool is_missing_word(spl_text text)
{
    return text.size == 0 || spl_text_is_word(text, "NA") || spl_text_is_word(text, "NaN") ||
           spl_text_is_word(text, "null") || spl_text_is_word(text, "None");
}

static bool truth_of(spl_text text, double *out)
{
    bool yes = spl_text_is_word(text, "true") || spl_text_is_word(text, "yes"),
         no = spl_text_is_word(text, "false") || spl_text_is_word(text, "no");
    if (yes || no) *out = yes;
    return yes || no;
}

static bool number_of(const spl_cell *cell, double *out)
{
    if (cell->kind == SPL_KIND_NUMBER || cell->kind == SPL_KIND_BOOLEAN) {
        *out = cell->number;
        return true;
    }
    return spl_number_read(cell->text, out);
}

// A quantity: a number that an event can hold, or true/false and yes/no as 1 and 0.
static bool read_quantity(const spl_cell *cell, spl_text column, double *out, bool *missing, spl_error *error)
{
    spl_text text = cell_text(cell);
    *missing = is_missing_word(text);
    *out = 0;
    if (*missing || truth_of(text, out)) return true;
    if (!number_of(cell, out)) return fail_column(error, column, "must be a number, true or false", text);
    return fabs(*out) <= SPL_EVENT_VALUE_MAX || fail_column(error, column, "must be from -1e100 to 1e100", text);
}

// A time by RFC 3339; a date and time without an offset (UTC); a date; or Unix time, in seconds or,
// from 1e11 on, in milliseconds.
static bool time_of(const spl_cell *cell, int64_t *out)
{
    spl_text text = cell->text;
    double number;
    char longer[64];
    if (spl_time_read(text, out)) return true;
    if (number_of(cell, &number)) {
        double ms = fabs(number) >= SECONDS_MAX ? number : number * 1000;
        if (ms < (double)SPL_TIME_MIN || ms > (double)SPL_TIME_MAX) return false;
        *out = (int64_t)floor(ms);
        return true;
    }
    if (text.size == 0 || text.size > 40) return false;
    int size =
        snprintf(longer, sizeof longer, "%.*s%s", (int)text.size, text.data, text.size == 10 ? "T00:00:00Z" : "Z");
    return spl_time_read((spl_text){longer, (size_t)size}, out);
}

static bool read_time(const spl_import_config *config, const spl_cell *cell, uint64_t number, int64_t *out,
                      spl_error *error)
{
    if (config->time.size == 0) {
        *out = FIRST_ROW_MS + (int64_t)(number - 1) * 1000;
        return true;
    }
    return (cell->kind != SPL_KIND_MISSING && time_of(cell, out)) ||
           fail_column(error, config->time, "must be a time, as in 2026-11-21T07:45:00Z", cell_text(cell));
}

static bool read_propensity(const spl_import_config *config, const spl_cell *cell, double *out, spl_error *error)
{
    *out = config->propensity == SPL_IMPORT_CONSTANT ? config->propensity_constant : 0;
    if (config->propensity != SPL_IMPORT_COLUMN) return true;
    bool good = cell->kind != SPL_KIND_MISSING && number_of(cell, out) && *out > 0 && *out <= 1;
    return good ||
           fail_column(error, config->propensity_column, "must be a number above 0 and at most 1", cell_text(cell));
}

// Whether the text is a plain decimal: digits, one point, no exponent. "1e5" is more often a name.
static bool is_plain_decimal(spl_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == 'e' || text.data[i] == 'E') return false;
    }
    return true;
}

static bool read_field(const spl_cell *cell, spl_field *field, uint32_t *values_cut)
{
    double number;
    spl_text text = cell->text;
    if (cell->kind == SPL_KIND_NUMBER || cell->kind == SPL_KIND_BOOLEAN) {
        field->kind = cell->kind;
        field->number = cell->number;
        return true;
    }
    if (!spl_text_is_utf8(text)) return false;
    if (spl_text_is_word(text, "true") || spl_text_is_word(text, "false")) {
        field->kind = SPL_KIND_BOOLEAN;
        field->number = spl_text_is_word(text, "true");
    } else if (is_plain_decimal(text) && spl_number_read(text, &number) && fabs(number) < WHOLE_MAX) {
        field->kind = SPL_KIND_NUMBER;
        field->number = number;
    } else {
        spl_text cut = spl_text_cut(text, SPL_TEXT_MAX);
        *values_cut += cut.size < text.size;
        field->kind = SPL_KIND_STRING;
        field->text = cut.data;
        field->size = (uint32_t)cut.size;
    }
    return true;
}

static bool read_context(const spl_import_config *config, const spl_import_columns *columns, const spl_table *table,
                         spl_import_row *out, spl_error *error)
{
    for (uint32_t i = 0; i < config->context_count; i++) {
        const spl_cell *cell = spl_table_cell(table, columns->context[i]);
        if (cell->kind == SPL_KIND_MISSING) continue;
        spl_named_field *entry = &out->context[out->context_count];
        entry->name = config->context[i].attribute;
        entry->field = (spl_field){.name = spl_name_hash(entry->name)};
        if (!read_field(cell, &entry->field, &out->values_cut))
            return fail_column(error, config->context[i].column, "is not valid UTF-8", (spl_text){0});
        out->context_count++;
    }
    return true;
}

static bool read_unit(const spl_import_config *config, const spl_cell *cell, uint64_t number, spl_import_row *out,
                      spl_error *error)
{
    if (config->unit.size > 0) return read_name(cell, config->unit, SPL_EVENT_UNIT_MAX, &out->unit, error);
    memcpy(out->unit_buffer, "row-", 4);
    out->unit = (spl_text){out->unit_buffer, 4 + spl_number_write_u64(number, out->unit_buffer + 4)};
    return true;
}

static bool read_outcome(const spl_import_config *config, const spl_import_columns *columns, const spl_table *table,
                         spl_import_row *out, spl_error *error)
{
    bool missing;
    const spl_cell *cell = spl_table_cell(table, columns->outcome);
    if (!read_quantity(cell, config->outcome, &out->outcome, &out->outcome_missing, error)) return false;
    if (config->value.size == 0 || out->outcome == 0) return true;
    if (!read_quantity(spl_table_cell(table, columns->value), config->value, &out->outcome, &missing, error))
        return false;
    return !missing || fail_column(error, config->value, "is missing where there is an outcome", (spl_text){0});
}

bool spl_import_read_row(const spl_import_config *config, const spl_import_columns *columns, const spl_table *table,
                         uint64_t number, spl_import_row *out, spl_error *error)
{
    out->context_count = 0;
    out->values_cut = 0;
    return read_name(spl_table_cell(table, columns->variant), config->variant, VARIANT_MAX, &out->variant, error) &&
           read_unit(config, spl_table_cell(table, columns->unit), number, out, error) &&
           read_time(config, spl_table_cell(table, columns->time), number, &out->time_ms, error) &&
           read_propensity(config, spl_table_cell(table, columns->propensity), &out->propensity, error) &&
           read_outcome(config, columns, table, out, error) && read_context(config, columns, table, out, error);
}
