// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers. The ends are the least and the greatest value, but an end is never farther from the 1 % (99 %) quantile than
// these two are from each other: data without outliers keeps its shape, and one wrong cell in a million cannot press
// all others together. Standardising was rejected, for the core's features are in [0, 1]; ranks, for they need a table.
//
// Codes. A whole number may be a quantity or a code, and nothing in a file says which. It is taken as a quantity, which
// no one is surprised by; a schema says otherwise.
#include "data/schema_fit.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/cells.h"
#include "samplit/hash.h"
#include "samplit/num.h"

#define COUNTER_ROWS 100   // a whole number that rises with every row of so many is an identifier
#define IDENTIFIER_ROWS 20 // a text that differs in most of so many rows is one too

// What was found in one column.
typedef struct survey {
    uint32_t numbers, booleans, texts, nothing, missing; // `nothing`: texts such as NA
    bool whole, rising;                                  // of the numbers
    uint64_t digest;                                     // of all values in their order
    double *sorted;                                      // [count] numbers and booleans
    uint32_t count;
} survey;

typedef struct fit {
    spl_sample *sample;
    spl_notes *notes;
    survey now;
    uint64_t *digests;          // [columns] of those that are features
    spl_feature_spec *features; // [columns]
    uint32_t count;
    uint32_t *seen; // [texts] rows of each text, of the present column
} fit;

bool spl_notes_add(spl_notes *notes, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char **texts = realloc(notes->texts, ((size_t)notes->count + 1) * sizeof *texts);
    if (!texts) return false;
    notes->texts = texts;
    texts[notes->count] = strdup(text);
    return texts[notes->count] && ++notes->count;
}

void spl_notes_free(spl_notes *notes)
{
    for (uint32_t i = 0; i < notes->count; i++) free(notes->texts[i]);
    free(notes->texts);
    *notes = (spl_notes){0};
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const spl_sample_value *value_at(const spl_sample *sample, uint32_t row, uint32_t column)
{
    return &sample->values[(size_t)row * sample->column_count + column];
}

static spl_text text_at(const spl_sample *sample, const spl_sample_value *value)
{
    return (spl_text){sample->texts.texts[value->text], sample->texts.size[value->text]};
}

static void see_number(survey *s, double number)
{
    if (number != floor(number)) s->whole = false;
    if (s->count > 0 && number <= s->sorted[s->count - 1]) s->rising = false;
    s->sorted[s->count++] = number;
}

// Texts that are numbers once the column is known to hold numbers ("1e-5") count as such.
static void see(const spl_sample *sample, const spl_sample_value *value, survey *s)
{
    double number = value->number;
    switch (value->kind) {
    case SPL_KIND_NUMBER: s->numbers++; break;
    case SPL_KIND_BOOLEAN: s->booleans++; break;
    case SPL_KIND_MISSING: s->missing++; return;
    default: {
        spl_text text = text_at(sample, value);
        if (spl_cell_number(text, &number)) {
            s->numbers++;
            break;
        }
        if (spl_cell_says_nothing(text))
            s->nothing++;
        else
            s->texts++;
        return;
    }
    }
    see_number(s, number);
}

static void survey_column(fit *f, uint32_t column)
{
    survey *s = &f->now;
    *s = (survey){.sorted = s->sorted, .whole = true, .rising = true};
    for (uint32_t r = 0; r < f->sample->row_count; r++) {
        const spl_sample_value *value = value_at(f->sample, r, column);
        uint64_t bits = value->text;
        if (value->kind != SPL_KIND_STRING) memcpy(&bits, &value->number, sizeof bits);
        s->digest = spl_mix64(s->digest + spl_mix64(bits + value->kind) + 1);
        see(f->sample, value, s);
    }
    qsort(s->sorted, s->count, sizeof *s->sorted, by_size);
}

// --- Numbers

// Skewness by moments; 0 when constant.
static double skewness(const double *x, uint32_t n)
{
    double mean = 0, m2 = 0, m3 = 0;
    for (uint32_t i = 0; i < n; i++) mean += x[i] / n;
    for (uint32_t i = 0; i < n; i++) {
        double d = x[i] - mean;
        m2 += d * d / n;
        m3 += d * d * d / n;
    }
    return m2 > 0 ? m3 / (m2 * sqrt(m2)) : 0;
}

// Puts the logarithms in place of the values, if these are skewed and the logarithms are less than half as much.
static bool take_logarithms(double *x, uint32_t n)
{
    double before = skewness(x, n);
    if (x[0] < 0 || !(before > SPL_FIT_SKEWNESS)) return false;
    double *logs = malloc(n * sizeof *logs);
    if (!logs) return false;
    for (uint32_t i = 0; i < n; i++) logs[i] = spl_log(1 + x[i]);
    bool better = skewness(logs, n) < before / 2;
    if (better) memcpy(x, logs, n * sizeof *logs);
    free(logs);
    return better;
}

static double quantile(const double *x, uint32_t n, double share)
{
    return x[(uint32_t)(share * (n - 1) + 0.5)];
}

static float as_float(double x)
{
    return (float)(x < -FLT_MAX ? -FLT_MAX : x > FLT_MAX ? FLT_MAX : x);
}

static float mean_entry(const double *x, uint32_t n, double lo, double hi)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        double entry = (x[i] - lo) / (hi - lo);
        sum += entry < 0 ? 0 : entry > 1 ? 1 : entry;
    }
    return (float)(sum / n);
}

static void fit_numeric(survey *s, spl_feature_spec *out)
{
    double *x = s->sorted, low, high;
    uint32_t n = s->count;
    out->kind = SPL_FEATURE_NUMERIC;
    out->transform = take_logarithms(x, n) ? SPL_TRANSFORM_LOG1P : SPL_TRANSFORM_NONE;
    low = quantile(x, n, 0.01);
    high = quantile(x, n, 0.99);
    bool spread = low < high;
    out->lo = as_float(spread ? fmax(x[0], low - (high - low)) : x[0]);
    out->hi = as_float(spread ? fmin(x[n - 1], high + (high - low)) : x[n - 1]);
    if (out->lo < out->hi) out->missing = mean_entry(x, n, (double)out->lo, (double)out->hi);
}

// The period of a column that is a cycle by its name and by its values; 0 = none.
static float period_of(const char *name, const survey *s)
{
    static const struct {
        const char *name;
        double least, most;
        float period;
    } cycles[] = {{"hour", 0, 24, 24}, {"dow", 0, 7, 7}, {"day_of_week", 0, 7, 7}, {"month", 1, 12, 12}};
    for (size_t i = 0; i < sizeof cycles / sizeof *cycles; i++) {
        bool fits = s->sorted[0] >= cycles[i].least && s->sorted[s->count - 1] <= cycles[i].most;
        if (strcasecmp(name, cycles[i].name) == 0 && s->whole && fits) return cycles[i].period;
    }
    return 0;
}

// Whether the numbers make a feature; why not, is a note.
static bool fit_numbers(fit *f, const char *name, spl_feature_spec *out)
{
    survey *s = &f->now;
    double least = s->sorted[0], most = s->sorted[s->count - 1];
    if (least == most) {
        spl_notes_add(f->notes, "%s is left out: it is the same in every row", name);
        return false;
    }
    if (s->whole && s->rising && s->count >= COUNTER_ROWS && s->missing + s->nothing == 0) {
        spl_notes_add(f->notes, "%s is left out: it rises with every row, as an identifier does", name);
        return false;
    }
    out->period = period_of(name, s);
    if (out->period > 0) {
        out->kind = SPL_FEATURE_CYCLIC;
    } else if (s->numbers == 0 || (least == 0 && most == 1 && s->whole)) {
        out->kind = SPL_FEATURE_BOOLEAN;
        out->missing = mean_entry(s->sorted, s->count, 0, 1);
    } else {
        fit_numeric(s, out);
        if (out->lo < out->hi) return true;
        spl_notes_add(f->notes, "%s is left out: its values differ by less than single precision tells", name);
        return false;
    }
    return true;
}

// --- Categories

// The text of a value as a segment has it; SPL_NO_CLASS for a missing one, or when out of memory.
static uint32_t category_of(spl_sample *sample, const spl_sample_value *value)
{
    char digits[SPL_NUMBER_TEXT_MAX];
    if (value->kind == SPL_KIND_STRING) return value->text;
    if (value->kind == SPL_KIND_BOOLEAN)
        return spl_classes_add(&sample->texts, value->number != 0 ? SPL_TEXT("true") : SPL_TEXT("false"));
    if (value->kind != SPL_KIND_NUMBER) return SPL_NO_CLASS;
    size_t size = spl_number_text(value->number, digits);
    return spl_classes_add(&sample->texts, (spl_text){digits, size});
}

// Room for another text, as numbers become texts while counting.
static bool reserve_seen(fit *f, uint32_t *room)
{
    if (f->sample->texts.count <= *room) return true;
    uint32_t more = 2 * f->sample->texts.count;
    uint32_t *seen = realloc(f->seen, more * sizeof *seen);
    if (!seen) return false;
    memset(seen + *room, 0, (more - *room) * sizeof *seen);
    f->seen = seen;
    *room = more;
    return true;
}

// Counts the rows of each text of the column; sets the number of different ones. False when out of memory.
static bool count_texts(fit *f, uint32_t column, uint32_t *distinct)
{
    uint32_t room = 0;
    free(f->seen);
    f->seen = NULL;
    *distinct = 0;
    if (!reserve_seen(f, &room)) return false;
    for (uint32_t r = 0; r < f->sample->row_count; r++) {
        uint32_t text = category_of(f->sample, value_at(f->sample, r, column));
        if (text == SPL_NO_CLASS) continue;
        if (!reserve_seen(f, &room)) return false;
        *distinct += f->seen[text]++ == 0;
    }
    return true;
}

// Whether text a stands before text b: seen more often, or equally often and first by its bytes.
static bool is_before(const fit *f, uint32_t a, uint32_t b)
{
    if (f->seen[a] != f->seen[b]) return f->seen[a] > f->seen[b];
    return strcmp(f->sample->texts.texts[a], f->sample->texts.texts[b]) < 0;
}

// top[0..returned) = the most frequent texts that are frequent enough to be categories.
static uint32_t most_frequent(const fit *f, uint32_t top[SPL_FIT_CATEGORIES])
{
    uint32_t count = 0, rows = f->sample->row_count;
    for (uint32_t t = 0; t < f->sample->texts.count; t++) {
        uint32_t size = f->sample->texts.size[t];
        bool enough = (uint64_t)f->seen[t] * SPL_FIT_CATEGORY_SHARE >= rows && f->seen[t] > 0;
        if (!enough || size == 0 || size > SPL_SCHEMA_NAME_MAX || strlen(f->sample->texts.texts[t]) != size) continue;
        if (count == SPL_FIT_CATEGORIES && !is_before(f, t, top[count - 1])) continue;
        uint32_t at = count < SPL_FIT_CATEGORIES ? count++ : count - 1;
        for (; at > 0 && is_before(f, t, top[at - 1]); at--) top[at] = top[at - 1];
        top[at] = t;
    }
    return count;
}

static bool fit_categories(fit *f, uint32_t column, spl_feature_spec *out)
{
    const char *name = f->sample->columns[column].name, *why = NULL;
    uint32_t distinct, top[SPL_FIT_CATEGORIES], present = f->sample->row_count - f->now.missing;
    if (!count_texts(f, column, &distinct)) return false;
    uint32_t count = most_frequent(f, top);
    if (distinct == 1 && f->now.missing == 0)
        why = "it is the same in every row";
    else if (present >= IDENTIFIER_ROWS && distinct > present / 2)
        why = "it differs in most rows, as an identifier does";
    else if (count == 0)
        why = "none of its values is frequent";
    if (why) return spl_notes_add(f->notes, "%s is left out: %s", name, why) && false;
    out->kind = SPL_FEATURE_CATEGORICAL;
    out->categories = calloc(count, sizeof *out->categories);
    if (!out->categories) return false;
    out->category_count = count;
    for (uint32_t i = 0; i < count; i++) out->categories[i] = f->sample->texts.texts[top[i]]; // borrowed
    return true;
}

// --- The whole

// The feature whose column holds the same values, or NULL.
static const char *twin_of(const fit *f)
{
    for (uint32_t i = 0; i < f->count; i++) {
        if (f->digests[i] == f->now.digest) return f->features[i].attribute;
    }
    return NULL;
}

static bool fit_column(fit *f, uint32_t column, spl_feature_spec *out)
{
    const spl_sample_column *c = &f->sample->columns[column];
    *out = (spl_feature_spec){.attribute = c->name, .hi = 1};
    survey_column(f, column);
    if (f->now.count + f->now.texts == 0) {
        if (!c->derived) spl_notes_add(f->notes, "%s is left out: it has no value", c->name);
        return false;
    }
    const char *twin = twin_of(f);
    if (twin) return spl_notes_add(f->notes, "%s is left out: it equals %s in every row", c->name, twin) && false;
    return f->now.texts == 0 ? fit_numbers(f, c->name, out) : fit_categories(f, column, out);
}

static bool allocate(fit *f)
{
    size_t n = f->sample->column_count;
    f->now.sorted = malloc(((size_t)f->sample->row_count + 1) * sizeof *f->now.sorted);
    f->digests = calloc(n, sizeof *f->digests);
    f->features = calloc(n, sizeof *f->features);
    return f->now.sorted && f->digests && f->features;
}

bool spl_schema_fit(spl_sample *sample, const char *name, spl_notes *notes, spl_schema_spec **out, spl_error *error)
{
    fit f = {.sample = sample, .notes = notes};
    bool ok = allocate(&f) || spl_fail(error, "out of memory");
    for (uint32_t c = 0; ok && c < sample->column_count; c++) {
        if (!fit_column(&f, c, &f.features[f.count])) continue;
        f.digests[f.count++] = f.now.digest;
    }
    if (ok && f.count == 0)
        ok = spl_fail(error, "no column can be a feature%s%s", notes->count ? "; " : "",
                      notes->count ? notes->texts[0] : "");
    ok = ok && spl_schema_spec_make(name, f.features, f.count, out, error);
    for (uint32_t i = 0; i < f.count; i++) free(f.features[i].categories);
    free(f.features);
    free(f.digests);
    free(f.seen);
    free(f.now.sorted);
    return ok;
}
