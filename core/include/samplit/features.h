// SPDX-License-Identifier: MIT
// From attributes to numbers: the schema says which attribute becomes which entries of the
// feature vector. It comes with the bundle; nothing about a site is compiled in.
#ifndef SAMPLIT_FEATURES_H
#define SAMPLIT_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#include "samplit/context.h"

// Values are append-only: they stand in bundles.
typedef enum spl_feature_kind {
    SPL_FEATURE_NUMERIC = 0,     // 1 entry: transform, min-max to [0, 1], clip
    SPL_FEATURE_BOOLEAN = 1,     // 1 entry: 0 or 1
    SPL_FEATURE_CATEGORICAL = 2, // categories + 1 entries: one-hot, the last is `other`
    SPL_FEATURE_CYCLIC = 3,      // 2 entries: sin and cos of 2 pi x / period
} spl_feature_kind;

typedef enum spl_transform {
    SPL_TRANSFORM_NONE = 0,
    SPL_TRANSFORM_LOG1P = 1, // ln(1 + x), x below 0 taken as 0
} spl_transform;

#define SPL_FEATURES_MAX 4096 // entries of a feature vector

// Views into a checked bundle, or arrays of the caller. f features give `width` entries.
typedef struct spl_schema {
    uint32_t feature_count;         // f
    uint32_t width;                 // entries of the vector, sum over features
    const uint64_t *attribute;      // [f] name hashes
    const uint8_t *kind;            // [f] spl_feature_kind
    const uint8_t *transform;       // [f] spl_transform; numeric only
    const float *lo, *hi;           // [f] after the transform, lo < hi; numeric only
    const float *period;            // [f] > 0; cyclic only
    const float *missing;           // [f] in [0, 1]: the entry of a missing numeric or boolean value
    const uint32_t *category_start; // [f + 1] into categories
    const uint64_t *categories;     // [category_start[f]] value keys
} spl_schema;

// Entries of feature i.
uint32_t spl_feature_width(const spl_schema *schema, uint32_t i);

// out[width] = the features of the context. A value of the wrong kind counts as missing, except
// that a boolean is also a number and a number is also a boolean (x != 0). A missing categorical
// sets `other`; a missing cyclic value gives (0, 0). Entries are in [0, 1], cyclic in [-1, 1].
// Float results are single roundings of double arithmetic. O(width + categories).
void spl_features(const spl_schema *schema, const spl_context *context, float *out);

#endif
