// SPDX-License-Identifier: GPL-3.0-or-later
// The default feature schema: 20 entries about a visit to a web page.
#ifndef SAMPLIT_SCHEMA_WEB20_H
#define SAMPLIT_SCHEMA_WEB20_H

#include "samplit/features.h"

// One feature with its names, which the schema itself holds as hashes only.
typedef struct spl_feature_spec {
    const char *attribute;
    spl_feature_kind kind;
    spl_transform transform;
    float lo, hi; // after the transform; numeric only, else 0 and 1
    float period; // cyclic only, else 0
    uint32_t category_count;
    const char *categories[8]; // text values, or "true" and "false"
} spl_feature_spec;

#define SPL_WEB20_FEATURES 9
#define SPL_WEB20_CATEGORIES 9
#define SPL_WEB20_WIDTH 20

extern const spl_feature_spec spl_web20[SPL_WEB20_FEATURES];

// What the schema's views point to.
typedef struct spl_schema_web20 {
    uint64_t attribute[SPL_WEB20_FEATURES];
    uint8_t kind[SPL_WEB20_FEATURES], transform[SPL_WEB20_FEATURES];
    float lo[SPL_WEB20_FEATURES], hi[SPL_WEB20_FEATURES], period[SPL_WEB20_FEATURES], missing[SPL_WEB20_FEATURES];
    uint32_t category_start[SPL_WEB20_FEATURES + 1];
    uint64_t categories[SPL_WEB20_CATEGORIES];
} spl_schema_web20;

// Fills the arrays; the schema returned points into *arrays.
spl_schema spl_schema_web20_fill(spl_schema_web20 *arrays);

#endif
