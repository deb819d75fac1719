// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/bandit_data.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/cells.h"
#include "events/csv.h"
#include "host/texts.h"
#include "learn/bandit/linear_layer.h"
#include "learn/bandit/linear_schema.h"
#include "samplit/hash.h"

#define ROWS_MAX 4000000u
#define LEFT_OUT_MAX 0.01

typedef struct reading {
    bool header;
    const char *label;
    spl_sheet *sheet;
    spl_context *context;
    spl_named_field fields[SPL_ATTRIBUTES_MAX];
    size_t column_count, label_column; // of the first row; the label's place in it
    char **names;                      // [column_count]
    uint8_t *labels;                   // [room] class in order of first sight
    uint32_t n, room, k;
    char *classes[SPL_VARIANTS_MAX];
    uint64_t left_out;
    spl_error first_bad;
} reading;

static spl_text trim(spl_text text)
{
    while (text.size > 0 && (unsigned char)text.data[0] <= ' ') text.data++, text.size--;
    while (text.size > 0 && (unsigned char)text.data[text.size - 1] <= ' ') text.size--;
    return text;
}

// --- columns ------------------------------------------------------------------------------------------------

static bool find_label(reading *r, spl_error *error)
{
    for (size_t i = 0; i < r->column_count; i++) {
        if (strcmp(r->names[i], r->label) != 0) continue;
        r->label_column = i;
        return true;
    }
    char *end;
    unsigned long number = strtoul(r->label, &end, 10);
    if (end == r->label || *end != '\0' || number < 1 || number > r->column_count)
        return spl_fail_field(error, r->label, "no such column; there are %zu, from %s to %s", r->column_count,
                              r->names[0], r->names[r->column_count - 1]);
    r->label_column = number - 1;
    return true;
}

static bool name_columns(reading *r, const spl_text *fields, size_t count, spl_error *error)
{
    if (count > SPL_ATTRIBUTES_MAX) return spl_fail(error, "more than %d columns", SPL_ATTRIBUTES_MAX);
    r->names = calloc(count, sizeof *r->names);
    if (!r->names) return spl_fail(error, "out of memory");
    for (r->column_count = 0; r->column_count < count; r->column_count++) {
        char number[24];
        int size = snprintf(number, sizeof number, "c%zu", r->column_count + 1);
        spl_text name = r->header ? trim(fields[r->column_count]) : (spl_text){number, (size_t)size};
        if (name.size == 0 || !spl_text_is_utf8(name)) name = (spl_text){number, (size_t)size};
        char *copy = spl_text_copy(name);
        if (!copy) return spl_fail(error, "out of memory");
        r->names[r->column_count] = copy;
        spl_named_field *field = &r->fields[r->column_count];
        field->name = (spl_text){copy, name.size};
        field->field.name = spl_name_hash(field->name);
    }
    return find_label(r, error);
}

// --- rows ---------------------------------------------------------------------------------------------------

static void set_field(spl_field *field, spl_text cell)
{
    double number = 0;
    bool nothing = spl_cell_says_nothing(cell);
    bool is_number = !nothing && spl_cell_number(cell, &number);
    field->kind = nothing ? SPL_KIND_MISSING : is_number ? SPL_KIND_NUMBER : SPL_KIND_STRING;
    field->number = number;
    field->text = cell.data;
    field->size = (uint32_t)(cell.size < SPL_TEXT_MAX ? cell.size : SPL_TEXT_MAX);
}

static bool add_label(reading *r, spl_text text, spl_error *error)
{
    uint32_t c = 0;
    while (c < r->k && (strlen(r->classes[c]) != text.size || memcmp(r->classes[c], text.data, text.size) != 0)) c++;
    if (c == SPL_VARIANTS_MAX)
        return spl_fail_field(error, r->names[r->label_column],
                              "more than %d classes: a bandit has at most so many variants", SPL_VARIANTS_MAX);
    if (c == r->k && !(r->classes[r->k++] = spl_text_copy(text))) return spl_fail(error, "out of memory");
    if (r->n == r->room) {
        uint32_t room = r->room ? 2 * r->room : 4096;
        uint8_t *labels = realloc(r->labels, room);
        if (!labels) return spl_fail(error, "out of memory");
        r->labels = labels;
        r->room = room;
    }
    if (r->n == ROWS_MAX) return spl_fail(error, "more than %u rows", ROWS_MAX);
    r->labels[r->n++] = (uint8_t)c;
    return true;
}

static bool add_row(reading *r, const spl_text *cells, spl_error *error)
{
    spl_field fields[SPL_ATTRIBUTES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < r->column_count; i++) {
        if (i == r->label_column) continue;
        set_field(&r->fields[i].field, trim(cells[i]));
        fields[count++] = r->fields[i].field;
    }
    spl_context_build(r->context, fields, count);
    if (!spl_sheet_add(r->sheet, r->context, r->fields, (uint32_t)r->column_count))
        return spl_fail(error, "out of memory");
    return add_label(r, trim(cells[r->label_column]), error);
}

static void leave_out(reading *r, const char *path, uint64_t line, spl_error *why)
{
    spl_fail_at(why, path, line);
    if (r->left_out++ == 0) r->first_bad = *why;
}

static bool take_row(reading *r, const char *path, const spl_csv *csv, const spl_text *cells, size_t count,
                     spl_error *error)
{
    spl_error why = {0};
    if (count != r->column_count) {
        spl_fail(&why, "%zu cells where there are %zu columns", count, r->column_count);
    } else if (spl_cell_says_nothing(trim(cells[r->label_column]))) {
        spl_fail_field(&why, r->names[r->label_column], "no label");
    } else {
        return add_row(r, cells, error);
    }
    leave_out(r, path, spl_csv_line_number(csv), &why);
    return true;
}

static bool read_rows(reading *r, const char *path, spl_csv *csv, spl_error *error)
{
    const spl_text *cells;
    size_t count;
    for (bool first = true;; first = false) {
        spl_error why = {0};
        spl_row_status status = spl_csv_row(csv, &cells, &count, &why);
        if (status == SPL_ROW_END) return true;
        if (status == SPL_ROW_FAILED) {
            *error = why;
            return false;
        }
        if (status == SPL_ROW_BAD) {
            leave_out(r, path, spl_csv_line_number(csv), &why);
            continue;
        }
        if (first && !r->names && !name_columns(r, cells, count, error)) return false;
        if (first && r->header) continue;
        if (!take_row(r, path, csv, cells, count, error)) return false;
    }
}

static bool read_file(reading *r, const char *path, spl_error *error)
{
    spl_csv *csv;
    if (!spl_csv_open(path, 0, &csv, error)) return false;
    bool ok = read_rows(r, path, csv, error) || spl_fail_at(error, path, spl_csv_line_number(csv));
    spl_csv_close(csv);
    return ok;
}

// --- from rows to contexts ----------------------------------------------------------------------------------

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// Classes in order of their names, so that the order of rows changes nothing.
static bool put_in_order(reading *r, spl_bandit_data *out)
{
    uint8_t rank[SPL_VARIANTS_MAX];
    out->classes = calloc(r->k, sizeof *out->classes);
    if (!out->classes) return false;
    memcpy(out->classes, r->classes, r->k * sizeof *out->classes);
    qsort(out->classes, r->k, sizeof *out->classes, compare_names);
    for (uint32_t c = 0; c < r->k; c++) {
        for (uint32_t i = 0; i < r->k; i++) {
            if (out->classes[i] == r->classes[c]) rank[c] = (uint8_t)i;
        }
    }
    for (uint32_t i = 0; i < r->n; i++) r->labels[i] = rank[r->labels[i]];
    out->label = r->labels;
    out->n = r->n;
    out->k = r->k;
    r->labels = NULL;
    r->k = 0; // the names have a new owner
    return true;
}

static bool embed(spl_bandit_data *out, const spl_entry_moments *moments, uint64_t seed, spl_error *error)
{
    spl_encoder encoder;
    void *memory = NULL;
    if (!spl_linear_layer(out->schema, moments, seed, SPL_LINEAR_UNITS, &encoder, &memory, error)) return false;
    out->wide = encoder.layers[1].outputs;
    out->embedding = malloc((size_t)out->n * out->wide * sizeof *out->embedding);
    float *scratch = malloc(spl_encode_scratch(&encoder) * sizeof *scratch);
    bool ok = out->embedding && scratch;
    spl_kernel kernel = spl_kernel_best();
    for (uint32_t i = 0; ok && i < out->n; i++) {
        spl_encode(&encoder, kernel, out->features + (size_t)i * out->width, scratch,
                   out->embedding + (size_t)i * out->wide);
    }
    free(scratch);
    free(memory);
    return ok || spl_fail(error, "out of memory");
}

static bool make_contexts(reading *r, spl_bandit_data *out, uint64_t seed, spl_error *error)
{
    if (!spl_linear_schema(r->sheet, "bandit", &out->schema, error)) return false;
    out->width = out->schema->schema.width;
    out->features = malloc((size_t)out->n * out->width * sizeof *out->features);
    spl_entry_moments moments;
    if (!spl_entry_moments_init(&moments, out->width)) return spl_fail(error, "out of memory");
    for (uint32_t i = 0; out->features && i < out->n; i++) {
        float *x = out->features + (size_t)i * out->width;
        spl_sheet_context(r->sheet, i, r->context);
        spl_features(&out->schema->schema, r->context, x);
        spl_entry_moments_add(&moments, x, out->width);
    }
    bool ok = out->features ? embed(out, &moments, seed, error) : spl_fail(error, "out of memory");
    spl_entry_moments_free(&moments);
    return ok;
}

static bool check(const reading *r, const char *path, spl_error *error)
{
    if (r->n == 0 && r->left_out == 0) {
        spl_fail(error, "no rows");
        return spl_fail_at(error, path, 0);
    }
    if ((double)r->left_out <= LEFT_OUT_MAX * (double)(r->n + r->left_out)) return true;
    *error = r->first_bad;
    size_t at = strlen(error->text);
    snprintf(error->text + at, sizeof error->text - at, " (the first of %" PRIu64 " bad rows of %" PRIu64 ")",
             r->left_out, r->n + r->left_out);
    return false;
}

static void free_reading(reading *r)
{
    for (size_t i = 0; i < r->column_count; i++) free(r->names[i]);
    for (uint32_t c = 0; c < r->k; c++) free(r->classes[c]);
    free(r->names);
    free(r->labels);
    free(r->context);
    spl_sheet_free(r->sheet);
    free(r);
}

bool spl_bandit_data_read(const char *const *paths, uint32_t path_count, bool header, const char *label, uint64_t seed,
                          spl_bandit_data *out, spl_error *error)
{
    reading *r = calloc(1, sizeof *r);
    if (!r) return spl_fail(error, "out of memory");
    spl_bandit_data made = {0};
    r->header = header;
    r->label = label;
    r->sheet = spl_sheet_new();
    r->context = malloc(sizeof *r->context);
    bool ok = (r->sheet && r->context) || spl_fail(error, "out of memory");
    for (uint32_t i = 0; ok && i < path_count; i++) ok = read_file(r, paths[i], error);
    ok = ok && check(r, paths[0], error);
    ok = ok && (put_in_order(r, &made) || spl_fail(error, "out of memory")) && make_contexts(r, &made, seed, error);
    made.left_out = r->left_out;
    made.first_bad = r->first_bad;
    free_reading(r);
    if (ok) {
        *out = made;
    } else {
        spl_bandit_data_free(&made);
    }
    return ok;
}

void spl_bandit_data_free(spl_bandit_data *data)
{
    for (uint32_t c = 0; c < data->k; c++) free(data->classes[c]);
    free(data->classes);
    free(data->label);
    free(data->features);
    free(data->embedding);
    spl_schema_spec_free(data->schema);
    *data = (spl_bandit_data){0};
}
