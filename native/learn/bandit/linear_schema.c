// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/bandit/linear_schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 64   // kept of one text
#define FEWEST_VALUES 4 // where room is short
#define TAIL 0.01       // share of rows beyond each end of the whole range

// What one attribute held.
typedef struct column_facts {
    uint64_t numbers, truths, texts; // rows per kind; truths: booleans
    double *number;                  // [numbers] sorted; NULL unless all are numbers
    double truth_sum;
    uint32_t value_count;
    const spl_sheet_value **value; // [value_count], the most frequent first
} column_facts;

typedef struct build {
    const spl_sheet *sheet;
    column_facts *facts; // [columns]
    spl_feature_spec *features;
    char **categories; // [VALUES_MAX] behind each categorical feature, one block after the other
    uint32_t count, width;
} build;

static int compare_doubles(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static int compare_values(const void *a, const void *b)
{
    const spl_sheet_value *x = *(const spl_sheet_value *const *)a, *y = *(const spl_sheet_value *const *)b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return strcmp(x->text, y->text);
}

// --- facts --------------------------------------------------------------------------------------------------

static void count_kinds(build *b)
{
    for (uint64_t r = 0; r < spl_sheet_rows(b->sheet); r++) {
        uint32_t count;
        const spl_sheet_cell *cells = spl_sheet_row(b->sheet, r, &count);
        for (uint32_t i = 0; i < count; i++) {
            column_facts *f = &b->facts[cells[i].column];
            f->numbers += cells[i].kind == SPL_KIND_NUMBER;
            f->truths += cells[i].kind == SPL_KIND_BOOLEAN;
            f->texts += cells[i].kind == SPL_KIND_STRING;
            if (cells[i].kind == SPL_KIND_BOOLEAN) f->truth_sum += cells[i].number;
        }
    }
}

static bool gather_numbers(build *b)
{
    uint32_t n = spl_sheet_count(b->sheet);
    for (uint32_t c = 0; c < n; c++) {
        column_facts *f = &b->facts[c];
        if (f->numbers == 0 || f->texts > 0) continue;
        if (!(f->number = malloc(f->numbers * sizeof *f->number))) return false;
        f->numbers = 0;
    }
    for (uint64_t r = 0; r < spl_sheet_rows(b->sheet); r++) {
        uint32_t count;
        const spl_sheet_cell *cells = spl_sheet_row(b->sheet, r, &count);
        for (uint32_t i = 0; i < count; i++) {
            column_facts *f = &b->facts[cells[i].column];
            if (f->number && cells[i].kind == SPL_KIND_NUMBER) f->number[f->numbers++] = cells[i].number;
        }
    }
    for (uint32_t c = 0; c < n; c++) {
        column_facts *f = &b->facts[c];
        if (f->number) qsort(f->number, f->numbers, sizeof *f->number, compare_doubles);
    }
    return true;
}

static bool gather_values(build *b)
{
    uint32_t n;
    const spl_sheet_value *values = spl_sheet_values(b->sheet, &n);
    for (uint32_t v = 0; v < n; v++) b->facts[values[v].column].value_count++;
    for (uint32_t c = 0; c < spl_sheet_count(b->sheet); c++) {
        column_facts *f = &b->facts[c];
        if (f->value_count == 0) continue;
        if (!(f->value = malloc(f->value_count * sizeof(const spl_sheet_value *)))) return false;
        f->value_count = 0;
    }
    for (uint32_t v = 0; v < n; v++) {
        column_facts *f = &b->facts[values[v].column];
        f->value[f->value_count++] = &values[v];
    }
    for (uint32_t c = 0; c < spl_sheet_count(b->sheet); c++) {
        column_facts *f = &b->facts[c];
        if (f->value) qsort((void *)f->value, f->value_count, sizeof(const spl_sheet_value *), compare_values);
    }
    return true;
}

// --- features -----------------------------------------------------------------------------------------------

static spl_feature_spec *take(build *b, uint32_t column, spl_feature_kind kind)
{
    spl_feature_spec *feature = &b->features[b->count++];
    *feature = (spl_feature_spec){.kind = kind, .hi = 1};
    feature->attribute = (char *)(uintptr_t)spl_sheet_name(b->sheet, column);
    return feature;
}

// Where `x` lies in the feature's range, as its entry.
static float entry_of(double x, float lo, float hi)
{
    double entry = (x - (double)lo) / ((double)hi - (double)lo);
    return (float)(entry < 0 ? 0 : entry > 1 ? 1 : entry);
}

// Nothing where single precision cannot tell the ends apart. A missing number counts as the median.
static void add_range(build *b, uint32_t column, double lo, double hi, double median)
{
    float low = (float)lo, high = (float)hi;
    if (!(low < high) || isinf(low) || isinf(high)) return;
    spl_feature_spec *feature = take(b, column, SPL_FEATURE_NUMERIC);
    feature->lo = low;
    feature->hi = high;
    feature->missing = entry_of(median, low, high);
    b->width++;
}

static void add_number(build *b, uint32_t column, const column_facts *f, uint32_t pieces)
{
    const double *x = f->number;
    double last = (double)(f->numbers - 1), median = x[(uint64_t)(last / 2)];
    double lo = x[(uint64_t)(TAIL * last)], hi = x[(uint64_t)((1 - TAIL) * last)];
    if (!(lo < hi)) lo = x[0], hi = x[f->numbers - 1];
    uint32_t whole = b->count;
    add_range(b, column, lo, hi, median);
    double from = x[0];
    for (uint32_t piece = 1; piece <= pieces; piece++) {
        double to = x[(uint64_t)(last * piece / pieces)];
        if (!(from < to)) continue;
        if (b->count == whole || (float)from != b->features[whole].lo || (float)to != b->features[whole].hi)
            add_range(b, column, from, to, median);
        from = to;
    }
}

// A value met once says nothing about others; together such are `other`.
static void add_text(build *b, uint32_t column, const column_facts *f, uint32_t most)
{
    uint32_t kept = 0;
    while (kept < f->value_count && kept < most && f->value[kept]->count > 1) kept++;
    bool varies = f->value_count > kept || kept > 1 || f->texts < spl_sheet_rows(b->sheet);
    if (kept == 0 || !varies) return;
    spl_feature_spec *feature = take(b, column, SPL_FEATURE_CATEGORICAL);
    feature->categories = b->categories + (size_t)column * VALUES_MAX;
    feature->category_count = kept;
    for (uint32_t v = 0; v < kept; v++) feature->categories[v] = f->value[v]->text;
    b->width += kept + 1;
}

static void add_truth(build *b, uint32_t column, const column_facts *f)
{
    bool varies = f->truth_sum > 0 && f->truth_sum < (double)f->truths;
    if (!varies && f->truths == spl_sheet_rows(b->sheet)) return;
    spl_feature_spec *feature = take(b, column, SPL_FEATURE_BOOLEAN);
    feature->missing = (float)(f->truth_sum / (double)f->truths);
    b->width++;
}

// `most` values of a text; so many `pieces` of a number.
static void add_features(build *b, uint32_t most, uint32_t pieces)
{
    b->count = b->width = 0;
    for (uint32_t c = 0; c < spl_sheet_count(b->sheet); c++) {
        const column_facts *f = &b->facts[c];
        if (f->texts > 0) {
            add_text(b, c, f, most);
        } else if (f->numbers > 0) {
            add_number(b, c, f, pieces);
        } else if (f->truths > 0) {
            add_truth(b, c, f);
        }
    }
}

static bool make(build *b, const char *name, spl_schema_spec **out, spl_error *error)
{
    uint32_t most = VALUES_MAX, pieces = SPL_LINEAR_PIECES;
    add_features(b, most, pieces);
    while (b->width > SPL_LINEAR_WIDTH_MAX && (most > FEWEST_VALUES || pieces > 1)) {
        if (most > FEWEST_VALUES) most /= 2;
        if (pieces > 1) pieces /= 2;
        add_features(b, most, pieces);
    }
    if (b->count == 0)
        return spl_fail_field(error, "context", "no attribute varies: there is nothing to tell visitors apart by");
    if (b->width > SPL_LINEAR_WIDTH_MAX)
        return spl_fail_field(error, "context", "%u attributes make %u entries, more than %d: leave some out",
                              spl_sheet_count(b->sheet), b->width, SPL_LINEAR_WIDTH_MAX);
    return spl_schema_spec_make(name, b->features, b->count, out, error);
}

static void free_build(build *b)
{
    for (uint32_t c = 0; b->facts && c < spl_sheet_count(b->sheet); c++) {
        free(b->facts[c].number);
        free((void *)b->facts[c].value);
    }
    free(b->facts);
    free(b->features);
    free(b->categories);
}

bool spl_linear_schema(const spl_sheet *sheet, const char *name, spl_schema_spec **out, spl_error *error)
{
    uint32_t n = spl_sheet_count(sheet) + 1;
    build b = {
        .sheet = sheet,
        .facts = calloc(n, sizeof *b.facts),
        .features = calloc(n * (SPL_LINEAR_PIECES + 1), sizeof *b.features),
        .categories = calloc((size_t)n * VALUES_MAX, sizeof *b.categories),
    };
    bool ok = b.facts && b.features && b.categories;
    if (ok) count_kinds(&b);
    ok = (ok && gather_numbers(&b) && gather_values(&b)) || spl_fail(error, "out of memory");
    ok = ok && make(&b, name, out, error);
    free_build(&b);
    return ok;
}
