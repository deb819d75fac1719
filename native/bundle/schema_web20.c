// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/schema_web20.h"

#include <string.h>

#include "samplit/hash.h"

// Upper ends: ln(1 + 50) page views, ln(1 + 3600) seconds. More is as good as that.
const spl_feature_spec spl_web20[SPL_WEB20_FEATURES] = {
    {"pageviews", SPL_FEATURE_NUMERIC, SPL_TRANSFORM_LOG1P, 0, 3.9318256F, 0, 0, {0}},
    {"session_seconds", SPL_FEATURE_NUMERIC, SPL_TRANSFORM_LOG1P, 0, 8.1889671F, 0, 0, {0}},
    {"is_returning", SPL_FEATURE_BOOLEAN, SPL_TRANSFORM_NONE, 0, 1, 0, 0, {0}},
    {"device", SPL_FEATURE_CATEGORICAL, SPL_TRANSFORM_NONE, 0, 1, 0, 3, {"mobile", "tablet", "desktop"}},
    {"source", SPL_FEATURE_CATEGORICAL, SPL_TRANSFORM_NONE, 0, 1, 0, 4, {"google", "instagram", "facebook", "direct"}},
    {"country", SPL_FEATURE_CATEGORICAL, SPL_TRANSFORM_NONE, 0, 1, 0, 2, {"US", "GB"}},
    {"hour", SPL_FEATURE_CYCLIC, SPL_TRANSFORM_NONE, 0, 1, 24, 0, {0}},
    {"dow", SPL_FEATURE_CYCLIC, SPL_TRANSFORM_NONE, 0, 1, 7, 0, {0}},
    {"is_weekend", SPL_FEATURE_BOOLEAN, SPL_TRANSFORM_NONE, 0, 1, 0, 0, {0}},
};

static uint64_t hash_of(const char *text)
{
    return spl_name_hash((spl_text){text, strlen(text)});
}

spl_schema spl_schema_web20_fill(spl_schema_web20 *arrays)
{
    uint32_t categories = 0;
    for (uint32_t i = 0; i < SPL_WEB20_FEATURES; i++) {
        const spl_feature_spec *feature = &spl_web20[i];
        arrays->attribute[i] = hash_of(feature->attribute);
        arrays->kind[i] = (uint8_t)feature->kind;
        arrays->transform[i] = (uint8_t)feature->transform;
        arrays->lo[i] = feature->lo;
        arrays->hi[i] = feature->hi;
        arrays->period[i] = feature->period;
        arrays->missing[i] = 0;
        arrays->category_start[i] = categories;
        for (uint32_t c = 0; c < feature->category_count; c++) {
            arrays->categories[categories++] = hash_of(feature->categories[c]);
        }
    }
    arrays->category_start[SPL_WEB20_FEATURES] = categories;
    return (spl_schema){
        .feature_count = SPL_WEB20_FEATURES,
        .width = SPL_WEB20_WIDTH,
        .attribute = arrays->attribute,
        .kind = arrays->kind,
        .transform = arrays->transform,
        .lo = arrays->lo,
        .hi = arrays->hi,
        .period = arrays->period,
        .missing = arrays->missing,
        .category_start = arrays->category_start,
        .categories = arrays->categories,
    };
}
