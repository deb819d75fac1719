// SPDX-License-Identifier: MIT
#include "samplit/features.h"

#include "samplit/num.h"

static const double TWO_PI = 6.283185307179586476925286766559;

uint32_t spl_feature_width(const spl_schema *schema, uint32_t i)
{
    switch (schema->kind[i]) {
    case SPL_FEATURE_CATEGORICAL: return schema->category_start[i + 1] - schema->category_start[i] + 1;
    case SPL_FEATURE_CYCLIC: return 2;
    default: return 1;
    }
}

// Booleans are numbers and numbers are booleans; a string is neither.
static const spl_attribute *as_number(const spl_attribute *attribute)
{
    return attribute && attribute->kind != SPL_KIND_STRING ? attribute : NULL;
}

static float clip_unit(double x)
{
    return x > 1 ? 1.0f : x > 0 ? (float)x : 0.0f;
}

static float numeric(const spl_schema *schema, uint32_t i, const spl_attribute *attribute)
{
    if (!attribute) return schema->missing[i];
    double x = attribute->number;
    if (schema->transform[i] == SPL_TRANSFORM_LOG1P) x = x > 0 ? spl_log(1 + x) : 0;
    double lo = schema->lo[i], hi = schema->hi[i];
    return clip_unit((x - lo) / (hi - lo));
}

static void one_hot(const spl_schema *schema, uint32_t i, const spl_attribute *attribute, float *out)
{
    const uint64_t *category = schema->categories + schema->category_start[i];
    uint32_t count = schema->category_start[i + 1] - schema->category_start[i];
    uint32_t hot = count;
    for (uint32_t c = 0; c < count; c++) {
        if (attribute && attribute->key == category[c]) hot = c;
        out[c] = 0;
    }
    out[count] = 0;
    out[hot] = 1;
}

static void cyclic(const spl_schema *schema, uint32_t i, const spl_attribute *attribute, float *out)
{
    if (!attribute) {
        out[0] = out[1] = 0;
        return;
    }
    double angle = TWO_PI * (attribute->number / schema->period[i]);
    out[0] = spl_is_finite(angle) ? (float)spl_sin(angle) : 0;
    out[1] = spl_is_finite(angle) ? (float)spl_cos(angle) : 0;
}

void spl_features(const spl_schema *schema, const spl_context *context, float *out)
{
    for (uint32_t i = 0; i < schema->feature_count; i++) {
        const spl_attribute *attribute = spl_context_find(context, schema->attribute[i]);
        const spl_attribute *number = as_number(attribute);
        switch (schema->kind[i]) {
        case SPL_FEATURE_NUMERIC: *out = numeric(schema, i, number); break;
        case SPL_FEATURE_BOOLEAN: *out = !number ? schema->missing[i] : number->number != 0 ? 1.0f : 0.0f; break;
        case SPL_FEATURE_CATEGORICAL: one_hot(schema, i, attribute, out); break;
        case SPL_FEATURE_CYCLIC: cyclic(schema, i, number, out); break;
        default: break;
        }
        out += spl_feature_width(schema, i);
    }
}
