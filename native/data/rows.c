// SPDX-License-Identifier: GPL-3.0-or-later
// A row becomes a context and the context becomes features by the functions that decide, so that a vector here has the
// bits of a decision's. Reading twice (once for the schema) costs less than holding what was read.
#include "data/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/cells.h"
#include "data/schema_fit.h"
#include "host/files.h"
#include "host/progress.h"
#include "host/spool.h"
#include "host/texts.h"
#include "samplit/hash.h"

#define NO_COLUMN UINT32_MAX

typedef struct reading {
    const spl_rows_config *config;
    const spl_schema *schema;
    spl_rows *rows;
    size_t capacity; // rows
    spl_table *table;
    spl_context context;
    uint32_t field_count;
    spl_field fields[SPL_ATTRIBUTES_MAX];
    uint32_t index[SPL_ATTRIBUTES_MAX];  // in the table
    bool number[SPL_ATTRIBUTES_MAX];     // the schema asks for a number
    uint64_t unread[SPL_ATTRIBUTES_MAX]; // cells that are none, though the schema asks for one
    uint32_t label_at, group_at;         // in the table
    uint64_t met;                        // rows, of all folds
    spl_classes labels, groups;
} reading;

static spl_text text_of(const char *text)
{
    return (spl_text){text, strlen(text)};
}

// --- Columns

// Whether the schema has the attribute, and asks for numbers of it only.
static bool find_features(const spl_schema *schema, uint64_t name, bool *number)
{
    bool found = false;
    *number = true;
    for (uint32_t i = 0; i < schema->feature_count; i++) {
        if (schema->attribute[i] != name) continue;
        found = true;
        *number &= schema->kind[i] != SPL_FEATURE_CATEGORICAL;
    }
    *number &= found;
    return found;
}

static bool add_field(reading *r, spl_text name, bool number, spl_error *error)
{
    if (r->field_count == SPL_ATTRIBUTES_MAX)
        return spl_fail(error, "more than %d columns would be read", SPL_ATTRIBUTES_MAX);
    r->fields[r->field_count].name = spl_name_hash(name);
    r->number[r->field_count] = number;
    return spl_table_column(r->table, name, &r->index[r->field_count++], error);
}

static bool has_field(const reading *r, uint64_t name)
{
    for (uint32_t i = 0; i < r->field_count; i++) {
        if (r->fields[i].name == name) return true;
    }
    return false;
}

// The columns that the schema asks for, and those that rules of the context read, for they may give the rest.
static bool find_fields(reading *r, spl_error *error)
{
    bool any_raw = false;
    for (size_t i = 0; spl_table_name(r->table, i).data; i++) {
        bool number, raw;
        spl_text name = spl_table_name(r->table, i);
        bool asked = find_features(r->schema, spl_name_hash(name), &number);
        any_raw |= raw = spl_sample_is_raw(name);
        if ((asked || raw) && !add_field(r, name, number && !raw, error)) return false;
    }
    const spl_schema_spec *spec = spl_rows_schema(r->rows, r->config);
    for (uint32_t i = 0; i < r->schema->feature_count; i++) {
        uint32_t unused;
        bool derived = any_raw && spl_known_name(r->schema->attribute[i]).size > 0;
        if (has_field(r, r->schema->attribute[i]) || derived) continue;
        if (!spl_table_column(r->table, text_of(spec->features[i].attribute), &unused, error)) return false;
    }
    return true;
}

// A column that says which rows are alike must not be among what they are compared by.
static bool find_class_column(reading *r, const char *name, const char *what, uint32_t *index, spl_error *error)
{
    bool number;
    *index = NO_COLUMN;
    if (!name) return true;
    if (r->config->schema && find_features(r->schema, spl_name_hash(text_of(name)), &number))
        return spl_fail_field(error, name, "is the %s and also a feature of the schema", what);
    return spl_table_column(r->table, text_of(name), index, error);
}

static bool find_columns(reading *r, spl_error *error)
{
    return find_class_column(r, r->config->label, "label", &r->label_at, error) &&
           find_class_column(r, r->config->group, "group", &r->group_at, error) && find_fields(r, error);
}

// --- Rows

static bool resize(void **array, size_t count, size_t item_bytes)
{
    void *grown = item_bytes ? realloc(*array, (count ? count : 1) * item_bytes) : NULL;
    if (grown) *array = grown;
    return grown != NULL;
}

static bool reserve(reading *r, size_t count, spl_error *error)
{
    spl_rows *rows = r->rows;
    bool ok = resize((void **)&rows->x, count, rows->d * sizeof *rows->x) &&
              resize((void **)&rows->line, count, sizeof *rows->line) &&
              (r->label_at == NO_COLUMN || resize((void **)&rows->label, count, sizeof *rows->label)) &&
              (r->group_at == NO_COLUMN || resize((void **)&rows->group, count, sizeof *rows->group));
    r->capacity = count;
    return ok || spl_fail(error, "out of memory for %zu rows of %u entries", count, rows->d);
}

// Sets *out to the class of the cell, -1 where it says none. False when out of memory or not UTF-8.
static bool class_of(reading *r, uint32_t column, spl_classes *classes, const char *name, int32_t *out,
                     spl_error *error)
{
    const spl_cell *cell = spl_table_cell(r->table, column);
    *out = -1;
    if (cell->kind == SPL_KIND_MISSING || spl_cell_says_nothing(cell->text)) return true;
    if (!spl_text_is_utf8(cell->text)) return spl_fail_field(error, name, "is not valid UTF-8");
    uint32_t number = spl_classes_add(classes, cell->text);
    if (number > INT32_MAX) return spl_fail(error, "out of memory");
    *out = (int32_t)number;
    return true;
}

static bool is_in_fold(reading *r)
{
    char number[24];
    int size = snprintf(number, sizeof number, "%llu", (unsigned long long)r->met++);
    return spl_fold_holds(r->config->fold, (spl_text){number, (size_t)size});
}

static bool take_row(reading *r, spl_error *error)
{
    spl_rows *rows = r->rows;
    int32_t label = -1, group = -1;
    if (!is_in_fold(r)) return true;
    if (r->label_at != NO_COLUMN && !class_of(r, r->label_at, &r->labels, r->config->label, &label, error))
        return false;
    if (r->group_at != NO_COLUMN && !class_of(r, r->group_at, &r->groups, r->config->group, &group, error))
        return false;
    for (uint32_t i = 0; i < r->field_count; i++) {
        spl_cell_field(spl_table_cell(r->table, r->index[i]), r->number[i], &r->fields[i]);
        r->unread[i] += r->number[i] && r->fields[i].kind == SPL_KIND_STRING;
    }
    spl_context_build(&r->context, r->fields, r->field_count);
    spl_features(r->schema, &r->context, rows->x + (size_t)rows->n * rows->d);
    rows->line[rows->n] = spl_table_line(r->table);
    if (rows->label) rows->label[rows->n] = label;
    if (rows->group) rows->group[rows->n] = group;
    rows->n++;
    return true;
}

static bool tell(const reading *r)
{
    const spl_rows *rows = r->rows;
    return !r->config->visit ||
           r->config->visit(r->config->owner, &r->context, rows->x + (size_t)(rows->n - 1) * rows->d);
}

static bool read_rows(reading *r, spl_error *error)
{
    spl_progress progress = spl_progress_start("reading rows");
    spl_rows *rows = r->rows;
    spl_error bad = {0};
    spl_row_status status;
    bool ok = true;
    while (ok && (status = spl_table_row(r->table, &bad)) > SPL_ROW_END) {
        uint32_t before = rows->n;
        if (rows->n == r->capacity) ok = reserve(r, 2 * r->capacity, error);
        if (ok && rows->n == UINT32_MAX) ok = spl_fail(error, "has more than %u rows", UINT32_MAX);
        if (ok && (status == SPL_ROW_BAD || !take_row(r, &bad))) {
            spl_fail_at(&bad, NULL, spl_table_line(r->table));
            if (rows->bad_rows++ == 0) rows->first_bad = bad;
        }
        if (ok && rows->n > before && !tell(r)) ok = spl_fail(error, "out of memory");
        spl_progress_step(&progress, rows->n, spl_table_fraction(r->table));
    }
    spl_progress_end(&progress);
    if (ok && status == SPL_ROW_FAILED && error) *error = bad;
    return ok && status == SPL_ROW_END;
}

static bool check_rows(const reading *r, spl_error *error)
{
    const spl_rows *rows = r->rows;
    double all = (double)rows->n + (double)rows->bad_rows;
    if ((double)rows->bad_rows > r->config->max_bad * all) {
        if (error) *error = rows->first_bad;
        char text[512];
        memcpy(text, rows->first_bad.text, sizeof text);
        if (error)
            snprintf(error->text, sizeof error->text, "%.400s (and so on: %llu of %.0f rows are bad)", text,
                     (unsigned long long)rows->bad_rows, all);
        return false;
    }
    return rows->n > 0 || spl_fail(error, "has no rows");
}

// --- What is left when all is read

static bool number_classes(spl_classes *classes, int32_t *of_row, uint32_t n, uint32_t *count, char ***texts)
{
    uint32_t *rank = spl_classes_sort(classes);
    if (!rank) return false;
    for (uint32_t i = 0; i < n; i++) {
        if (of_row[i] >= 0) of_row[i] = (int32_t)rank[of_row[i]];
    }
    free(rank);
    *count = classes->count;
    *texts = classes->texts;
    classes->texts = NULL; // the rows own them now
    classes->count = 0;
    return true;
}

static bool note_unread(const reading *r, spl_notes *notes)
{
    const spl_schema_spec *spec = spl_rows_schema(r->rows, r->config);
    for (uint32_t i = 0; i < r->field_count; i++) {
        for (uint32_t j = 0; r->unread[i] > 0 && j < spec->feature_count; j++) {
            if (spec->schema.attribute[j] != r->fields[i].name) continue;
            if (!spl_notes_add(notes, "%s: %llu of %u cells are no numbers and count as missing",
                               spec->features[j].attribute, (unsigned long long)r->unread[i], r->rows->n))
                return false;
            break;
        }
    }
    return true;
}

static bool finish(reading *r, spl_notes *notes, spl_error *error)
{
    spl_rows *rows = r->rows;
    bool ok = reserve(r, rows->n, error) && note_unread(r, notes);
    if (ok && rows->label) ok = number_classes(&r->labels, rows->label, rows->n, &rows->class_count, &rows->classes);
    if (ok && rows->group) ok = number_classes(&r->groups, rows->group, rows->n, &rows->group_count, &rows->groups);
    return ok || spl_fail(error, "out of memory");
}

// --- The whole

static const char *name_of(const char *path)
{
    return spl_path_is_dash(path) ? "rows" : spl_path_name(path);
}

static bool fit_schema(const char *path, const char *name, const spl_rows_config *config, spl_rows *rows,
                       spl_notes *notes, size_t *expected, spl_error *error)
{
    const char **leave_out = malloc(((size_t)config->leave_out_count + 2) * sizeof *leave_out);
    if (!leave_out) return spl_fail(error, "out of memory");
    for (uint32_t i = 0; i < config->leave_out_count; i++) leave_out[i] = config->leave_out[i];
    leave_out[config->leave_out_count] = config->label;
    leave_out[config->leave_out_count + 1] = config->group;
    spl_sample_config sampling = {leave_out, config->leave_out_count + 2};
    spl_sample sample;
    bool ok = spl_sample_read(path, &sampling, &sample, error);
    free(leave_out);
    if (!ok) return false;
    *expected = sample.rows;
    ok = (sample.row_count > 0 || spl_fail(error, "has no rows")) &&
         spl_schema_fit(&sample, name_of(name), notes, &rows->fitted, error);
    spl_sample_free(&sample);
    return ok;
}

static bool has_column(const spl_table *table, spl_text wanted)
{
    for (size_t i = 0; spl_table_name(table, i).data; i++) {
        if (spl_text_equal(spl_table_name(table, i), wanted)) return true;
    }
    return false;
}

// A name that is misspelt would leave its column in. Label and group have errors of their own.
static bool check_left_out(const reading *r, spl_error *error)
{
    const spl_rows_config *config = r->config;
    for (uint32_t i = 0; i < config->leave_out_count && !config->schema; i++) {
        const char *name = config->leave_out[i];
        bool other =
            (config->label && strcmp(name, config->label) == 0) || (config->group && strcmp(name, config->group) == 0);
        if (!other && !has_column(r->table, text_of(name)))
            return spl_fail_field(error, "leave-out", "there is no column \"%s\"", name);
    }
    return true;
}

static bool read_all(reading *r, const char *path, const char *name, spl_notes *notes, spl_error *error)
{
    size_t expected = 1024;
    if (!r->config->schema && !fit_schema(path, name, r->config, r->rows, notes, &expected, error)) return false;
    r->schema = &spl_rows_schema(r->rows, r->config)->schema;
    r->rows->d = r->schema->width;
    return spl_table_open(path, SPL_TABLE_AUTO, 0, &r->table, error) && check_left_out(r, error) &&
           find_columns(r, error) && reserve(r, expected ? expected : 1, error) && read_rows(r, error) &&
           check_rows(r, error) && finish(r, notes, error);
}

bool spl_rows_read(const char *path, const spl_rows_config *config, spl_rows **out, spl_error *error)
{
    spl_spool spool;
    if (!spl_spool_open(path, &spool, error)) return false;
    spl_notes notes = {0};
    reading *r = calloc(1, sizeof *r);
    spl_rows *rows = calloc(1, sizeof *rows);
    bool ok = (r && rows) || spl_fail(error, "out of memory");
    if (ok) {
        r->config = config;
        r->rows = rows;
        ok = read_all(r, spl_spool_path(&spool), path, &notes, error) ||
             (spl_fail_at(error, spl_spool_path(&spool), 0), spl_spool_blame(&spool, error));
        rows->warnings = notes.texts;
        rows->warning_count = notes.count;
        spl_table_close(r->table);
        spl_classes_free(&r->labels);
        spl_classes_free(&r->groups);
    }
    free(r);
    spl_spool_close(&spool);
    if (ok)
        *out = rows;
    else
        spl_rows_free(rows);
    return ok;
}

void spl_rows_free(spl_rows *rows)
{
    if (!rows) return;
    spl_texts_free(rows->classes, rows->class_count);
    spl_texts_free(rows->groups, rows->group_count);
    spl_texts_free(rows->warnings, rows->warning_count);
    spl_schema_spec_free(rows->fitted);
    free(rows->x);
    free(rows->line);
    free(rows->label);
    free(rows->group);
    free(rows);
}

const spl_schema_spec *spl_rows_schema(const spl_rows *rows, const spl_rows_config *config)
{
    return config->schema ? config->schema : rows->fitted;
}
