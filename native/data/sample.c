// SPDX-License-Identifier: GPL-3.0-or-later
// A row stays in the sample while the hash of its number is below a limit that halves whenever the sample is full. So
// the sample is even, needs no random state, and the same file always gives the same one.
#include "data/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/cells.h"
#include "host/progress.h"
#include "samplit/hash.h"

static const char *const derived[] = {"channel",  "source", "medium", "campaign",   "term",
                                      "content",  "device", "os",     "browser",    "country",
                                      "language", "hour",   "dow",    "is_weekend", "is_bot"};
#define DERIVED_COUNT (sizeof derived / sizeof *derived)

typedef struct reading {
    const spl_sample_config *config;
    spl_sample *sample;
    spl_table *table;
    spl_context context;
    spl_field *fields; // [field_count] one per column that is read
    uint32_t *index;   // [field_count] in the table
    uint32_t field_count;
    uint64_t limit; // rows whose hash is at most this are kept
} reading;

bool spl_sample_is_raw(spl_text name)
{
    static const char text[] = "Mozilla";
    spl_context context;
    spl_field field = {spl_name_hash(name), 0, text, sizeof text - 1, SPL_KIND_STRING};
    spl_context_build(&context, &field, 1);
    const spl_attribute *attribute = spl_context_find(&context, field.name);
    return !attribute || attribute->text != text;
}

static bool is_left_out(const spl_sample_config *config, spl_text name)
{
    for (uint32_t i = 0; i < config->leave_out_count; i++) {
        const char *other = config->leave_out[i];
        if (other && spl_text_equal(name, (spl_text){other, strlen(other)})) return true;
    }
    return false;
}

static bool has_column(const spl_sample *sample, uint64_t hash)
{
    for (uint32_t i = 0; i < sample->column_count; i++) {
        if (sample->columns[i].hash == hash) return true;
    }
    return false;
}

static bool add_column(spl_sample *sample, spl_text name, bool is_derived)
{
    uint64_t hash = spl_name_hash(name);
    if (has_column(sample, hash)) return true;
    char *copy = malloc(name.size + 1);
    if (!copy) return false;
    memcpy(copy, name.data, name.size);
    copy[name.size] = '\0';
    sample->columns[sample->column_count++] = (spl_sample_column){copy, hash, is_derived};
    return true;
}

// Every column that is not left out is a field; those that no rule reads are attributes to fit, and so is what
// rules derive from the others.
static bool find_columns(reading *r, size_t names, spl_error *error)
{
    bool any_raw = false;
    for (size_t i = 0; i < names; i++) {
        spl_text name = spl_table_name(r->table, i);
        if (is_left_out(r->config, name)) continue;
        if (name.size == 0 || name.size > 255)
            return spl_fail(error, "column %zu has %s name", i + 1, name.size ? "too long a" : "no");
        if (r->field_count == SPL_ATTRIBUTES_MAX)
            return spl_fail(error, "there are more than %d columns; leave some out, or give a schema",
                            SPL_ATTRIBUTES_MAX);
        bool raw = spl_sample_is_raw(name);
        any_raw |= raw;
        if (!raw && !add_column(r->sample, name, false)) return spl_fail(error, "out of memory");
        r->fields[r->field_count].name = spl_name_hash(name);
        if (!spl_table_column(r->table, name, &r->index[r->field_count++], error)) return false;
    }
    for (size_t i = 0; any_raw && i < DERIVED_COUNT; i++) {
        if (!add_column(r->sample, (spl_text){derived[i], strlen(derived[i])}, true))
            return spl_fail(error, "out of memory");
    }
    return true;
}

static bool prepare(reading *r, spl_error *error)
{
    size_t names = 0;
    while (spl_table_name(r->table, names).data) names++;
    spl_sample *sample = r->sample;
    r->fields = calloc(names + 1, sizeof *r->fields);
    r->index = calloc(names + 1, sizeof *r->index);
    sample->columns = calloc(names + DERIVED_COUNT, sizeof *sample->columns);
    if (!r->fields || !r->index || !sample->columns) return spl_fail(error, "out of memory");
    if (!find_columns(r, names, error)) return false;
    if (sample->column_count == 0) return spl_fail(error, "there is no column left to make features of");
    uint32_t room = SPL_SAMPLE_CELLS_MAX / sample->column_count;
    sample->row_capacity = room < SPL_SAMPLE_ROWS_MAX ? room : SPL_SAMPLE_ROWS_MAX;
    sample->row = malloc(sample->row_capacity * sizeof *sample->row);
    sample->values = malloc((size_t)sample->row_capacity * sample->column_count * sizeof *sample->values);
    return (sample->row && sample->values) || spl_fail(error, "out of memory");
}

static uint64_t row_hash(uint64_t row)
{
    return spl_mix64(row + 0x9E3779B97F4A7C15u);
}

static void thin_out(reading *r)
{
    spl_sample *sample = r->sample;
    uint32_t kept = 0, width = sample->column_count;
    r->limit /= 2;
    for (uint32_t i = 0; i < sample->row_count; i++) {
        if (row_hash(sample->row[i]) > r->limit) continue;
        sample->row[kept] = sample->row[i];
        memmove(sample->values + (size_t)kept++ * width, sample->values + (size_t)i * width,
                width * sizeof *sample->values);
    }
    sample->row_count = kept;
}

static bool keep_value(spl_sample *sample, const spl_attribute *attribute, spl_sample_value *out)
{
    *out = (spl_sample_value){.kind = SPL_KIND_MISSING};
    if (!attribute) return true;
    out->kind = attribute->kind;
    out->number = attribute->number;
    if (attribute->kind == SPL_KIND_STRING)
        out->text = spl_classes_add(&sample->texts, (spl_text){attribute->text, attribute->size});
    return out->text != SPL_NO_CLASS;
}

static bool keep_row(reading *r, uint64_t number)
{
    spl_sample *sample = r->sample;
    for (uint32_t i = 0; i < r->field_count; i++)
        spl_cell_field(spl_table_cell(r->table, r->index[i]), false, &r->fields[i]);
    spl_context_build(&r->context, r->fields, r->field_count);
    if (sample->row_count == sample->row_capacity) thin_out(r);
    spl_sample_value *values = sample->values + (size_t)sample->row_count * sample->column_count;
    for (uint32_t c = 0; c < sample->column_count; c++) {
        if (!keep_value(sample, spl_context_find(&r->context, sample->columns[c].hash), &values[c])) return false;
    }
    sample->row[sample->row_count++] = number;
    return true;
}

static bool read_rows(reading *r, spl_error *error)
{
    spl_progress progress = spl_progress_start("looking at the columns");
    spl_row_status status;
    bool ok = true;
    while (ok && (status = spl_table_row(r->table, error)) != SPL_ROW_END) {
        if (status == SPL_ROW_FAILED) break;
        if (status == SPL_ROW_BAD) continue;
        uint64_t number = r->sample->rows++;
        if (row_hash(number) <= r->limit) ok = keep_row(r, number) || spl_fail(error, "out of memory");
        spl_progress_step(&progress, number, spl_table_fraction(r->table));
    }
    spl_progress_end(&progress);
    return ok && status == SPL_ROW_END;
}

bool spl_sample_read(const char *path, const spl_sample_config *config, spl_sample *out, spl_error *error)
{
    reading *r = calloc(1, sizeof *r);
    spl_sample sample = {0};
    if (!r) return spl_fail(error, "out of memory");
    r->config = config;
    r->sample = &sample;
    r->limit = UINT64_MAX;
    bool ok = spl_table_open(path, SPL_TABLE_AUTO, 0, &r->table, error) && prepare(r, error) && read_rows(r, error);
    spl_table_close(r->table);
    free(r->fields);
    free(r->index);
    free(r);
    if (ok)
        *out = sample;
    else
        spl_sample_free(&sample);
    return ok || spl_fail_at(error, path, 0);
}

void spl_sample_free(spl_sample *sample)
{
    for (uint32_t i = 0; i < sample->column_count; i++) free(sample->columns[i].name);
    free(sample->columns);
    free(sample->values);
    free(sample->row);
    spl_classes_free(&sample->texts);
    *sample = (spl_sample){0};
}
