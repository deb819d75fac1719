// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/schema_spec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/hash.h"

static spl_text text_of(const char *text)
{
    return (spl_text){text, strlen(text)};
}

static bool fail(spl_error *error, uint32_t feature, const char *member, const char *text)
{
    char field[96];
    snprintf(field, sizeof field, "features[%u].%s", feature, member);
    return spl_fail_field(error, field, "%s", text);
}

static bool check_name(const char *name, uint32_t i, const char *member, spl_error *error)
{
    spl_text text = text_of(name);
    if (text.size == 0 || text.size > SPL_SCHEMA_NAME_MAX) return fail(error, i, member, "expected 1 to 255 bytes");
    return spl_text_is_utf8(text) || fail(error, i, member, "expected UTF-8");
}

static bool check_categories(const spl_feature_spec *feature, uint32_t i, spl_error *error)
{
    for (uint32_t a = 0; a < feature->category_count; a++) {
        if (!check_name(feature->categories[a], i, "categories", error)) return false;
        for (uint32_t b = 0; b < a; b++) {
            if (strcmp(feature->categories[a], feature->categories[b]) != 0) continue;
            return fail(error, i, "categories", "expected categories that differ");
        }
    }
    return true;
}

static bool check_feature(const spl_feature_spec *feature, uint32_t i, spl_error *error)
{
    if (!check_name(feature->attribute, i, "attribute", error)) return false;
    switch (feature->kind) {
    case SPL_FEATURE_CATEGORICAL: return check_categories(feature, i, error);
    case SPL_FEATURE_CYCLIC:
        return (isfinite(feature->period) && feature->period > 0) ||
               fail(error, i, "period", "expected a finite number above 0");
    case SPL_FEATURE_NUMERIC:
        if (!isfinite(feature->lo) || !isfinite(feature->hi) || !(feature->lo < feature->hi))
            return fail(error, i, "lo", "expected a finite lo below a finite hi, as single-precision numbers");
        break;
    default: break;
    }
    return (feature->missing >= 0 && feature->missing <= 1) ||
           fail(error, i, "missing", "expected a number from 0 to 1");
}

// The same attribute twice as the same kind would count double; but of a number each range is a feature of its own.
static bool check_distinct(const spl_feature_spec *features, uint32_t i, spl_error *error)
{
    const spl_feature_spec *a = &features[i];
    for (uint32_t j = 0; j < i; j++) {
        const spl_feature_spec *b = &features[j];
        if (a->kind != b->kind || strcmp(a->attribute, b->attribute) != 0) continue;
        bool range =
            a->kind == SPL_FEATURE_NUMERIC && (a->lo != b->lo || a->hi != b->hi || a->transform != b->transform);
        if (!range) return fail(error, i, "attribute", "stands twice as a feature of the same kind and range");
    }
    return true;
}

static uint32_t width_of(const spl_feature_spec *feature)
{
    if (feature->kind == SPL_FEATURE_CATEGORICAL) return feature->category_count + 1;
    return feature->kind == SPL_FEATURE_CYCLIC ? 2 : 1;
}

static bool check(const spl_feature_spec *features, uint32_t count, spl_error *error)
{
    uint64_t width = 0;
    if (count == 0) return spl_fail_field(error, "features", "a schema needs at least one feature");
    if (count > SPL_FEATURES_MAX)
        return spl_fail_field(error, "features", "has %u features; at most %d are allowed", count, SPL_FEATURES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        width += width_of(&features[i]); // first, for checking categories takes the square of their number
        if (width > SPL_FEATURES_MAX)
            return spl_fail_field(error, "features", "make a vector of more than %d entries", SPL_FEATURES_MAX);
        if (!check_feature(&features[i], i, error) || !check_distinct(features, i, error)) return false;
    }
    return true;
}

// One feature, its texts copied. False when out of memory.
static bool copy_feature(const spl_feature_spec *from, spl_feature_spec *to)
{
    *to = (spl_feature_spec){.kind = from->kind, .hi = 1, .attribute = strdup(from->attribute)};
    if (!to->attribute) return false;
    if (from->kind == SPL_FEATURE_NUMERIC) {
        to->transform = from->transform;
        to->lo = from->lo;
        to->hi = from->hi;
    }
    if (from->kind == SPL_FEATURE_NUMERIC || from->kind == SPL_FEATURE_BOOLEAN) to->missing = from->missing;
    if (from->kind == SPL_FEATURE_CYCLIC) to->period = from->period;
    if (from->kind != SPL_FEATURE_CATEGORICAL) return true;
    to->categories = calloc((size_t)from->category_count + 1, sizeof *to->categories);
    if (!to->categories) return false;
    for (; to->category_count < from->category_count; to->category_count++) {
        to->categories[to->category_count] = strdup(from->categories[to->category_count]);
        if (!to->categories[to->category_count]) return false;
    }
    return true;
}

// The arrays behind the core's view, widest elements first in one block.
static bool make_view(spl_schema_spec *spec)
{
    size_t f = spec->feature_count, c = 0;
    for (size_t i = 0; i < f; i++) c += spec->features[i].category_count;
    uint8_t *at = spec->memory = calloc(1, 8 * (f + c + 1) + 4 * (5 * f + 1) + 2 * f);
    if (!at) return false;
    uint64_t *attribute = (uint64_t *)(void *)at, *categories = attribute + f;
    float *lo = (float *)(void *)(categories + c + 1), *hi = lo + f, *period = hi + f, *missing = period + f;
    uint32_t *start = (uint32_t *)(void *)(missing + f);
    uint8_t *kind = (uint8_t *)(start + f + 1), *transform = kind + f;
    spec->schema = (spl_schema){(uint32_t)f, 0, attribute, kind, transform, lo, hi, period, missing, start, categories};
    for (size_t i = 0; i < f; i++) {
        const spl_feature_spec *feature = &spec->features[i];
        attribute[i] = spl_name_hash(text_of(feature->attribute));
        kind[i] = (uint8_t)feature->kind;
        transform[i] = (uint8_t)feature->transform;
        lo[i] = feature->lo;
        hi[i] = feature->hi;
        period[i] = feature->period;
        missing[i] = feature->missing;
        start[i + 1] = start[i] + feature->category_count;
        for (uint32_t k = 0; k < feature->category_count; k++)
            categories[start[i] + k] = spl_name_hash(text_of(feature->categories[k]));
        spec->schema.width += width_of(feature);
    }
    return true;
}

bool spl_schema_spec_make(const char *name, const spl_feature_spec *features, uint32_t count, spl_schema_spec **out,
                          spl_error *error)
{
    if (!check(features, count, error)) return false;
    spl_schema_spec *spec = calloc(1, sizeof *spec);
    bool ok = spec && (spec->name = strdup(name)) && (spec->features = calloc(count, sizeof *spec->features));
    for (; ok && spec->feature_count < count; spec->feature_count++)
        ok = copy_feature(&features[spec->feature_count], &spec->features[spec->feature_count]);
    if (!ok || !make_view(spec)) {
        spl_schema_spec_free(spec);
        return spl_fail(error, "out of memory");
    }
    *out = spec;
    return true;
}

void spl_schema_spec_free(spl_schema_spec *spec)
{
    if (!spec) return;
    for (uint32_t i = 0; spec->features && i < spec->feature_count; i++) {
        spl_feature_spec *feature = &spec->features[i];
        for (uint32_t c = 0; c < feature->category_count; c++) free(feature->categories[c]);
        free(feature->categories);
        free(feature->attribute);
    }
    free(spec->features);
    free(spec->name);
    free(spec->memory);
    free(spec);
}

bool spl_schema_spec_web20(spl_schema_spec **out, spl_error *error)
{
    static char *devices[] = {"mobile", "tablet", "desktop"}, *countries[] = {"US", "GB"},
                *sources[] = {"google", "instagram", "facebook", "direct"};
    // Upper ends: ln(1 + 50) page views, ln(1 + 3600) seconds. More is as good as that.
    static const spl_feature_spec features[] = {
        {"pageviews", SPL_FEATURE_NUMERIC, SPL_TRANSFORM_LOG1P, 0, 3.9318256F, 0, 0, 0, NULL},
        {"session_seconds", SPL_FEATURE_NUMERIC, SPL_TRANSFORM_LOG1P, 0, 8.1889671F, 0, 0, 0, NULL},
        {"is_returning", SPL_FEATURE_BOOLEAN, SPL_TRANSFORM_NONE, 0, 1, 0, 0, 0, NULL},
        {"device", SPL_FEATURE_CATEGORICAL, SPL_TRANSFORM_NONE, 0, 1, 0, 0, 3, devices},
        {"source", SPL_FEATURE_CATEGORICAL, SPL_TRANSFORM_NONE, 0, 1, 0, 0, 4, sources},
        {"country", SPL_FEATURE_CATEGORICAL, SPL_TRANSFORM_NONE, 0, 1, 0, 0, 2, countries},
        {"hour", SPL_FEATURE_CYCLIC, SPL_TRANSFORM_NONE, 0, 1, 24, 0, 0, NULL},
        {"dow", SPL_FEATURE_CYCLIC, SPL_TRANSFORM_NONE, 0, 1, 7, 0, 0, NULL},
        {"is_weekend", SPL_FEATURE_BOOLEAN, SPL_TRANSFORM_NONE, 0, 1, 0, 0, 0, NULL},
    };
    return spl_schema_spec_make("web-20", features, sizeof features / sizeof *features, out, error);
}
