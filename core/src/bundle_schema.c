// SPDX-License-Identifier: MIT
#include "bundle_reader.h"
#include "samplit/num.h"

#define STARTS "schema.category_start"
static const char ATTRIBUTE[] = "schema.attribute", CATEGORIES[] = "schema.categories";

static const spl_view COLUMNS[] = {
    {"schema.kind", SPL_U8, 0, SPL_VECTOR, offsetof(spl_schema, kind)},
    {"schema.transform", SPL_U8, 0, SPL_VECTOR, offsetof(spl_schema, transform)},
    {"schema.period", SPL_F32, 0, SPL_VECTOR, offsetof(spl_schema, period)},
    {"schema.missing", SPL_F32, 0, SPL_VECTOR, offsetof(spl_schema, missing)},
    {"normalizer.lo", SPL_F32, 0, SPL_VECTOR, offsetof(spl_schema, lo)},
    {"normalizer.hi", SPL_F32, 0, SPL_VECTOR, offsetof(spl_schema, hi)},
    {STARTS, SPL_U32, 1, SPL_VECTOR, offsetof(spl_schema, category_start)},
};

static void check_distinct(const spl_bundle_reader *reader, const spl_schema *schema, uint32_t i)
{
    for (uint32_t a = schema->category_start[i]; a < schema->category_start[i + 1]; a++) {
        for (uint32_t b = schema->category_start[i]; b < a; b++)
            if (schema->categories[a] == schema->categories[b])
                SPL_CHECK(reader, false, SPL_BAD_VALUE, CATEGORIES, a, "categories that differ");
    }
}

static void check_feature(const spl_bundle_reader *reader, const spl_schema *schema, uint32_t i)
{
    uint32_t kind = schema->kind[i];
    float lo = schema->lo[i], hi = schema->hi[i], period = schema->period[i], missing = schema->missing[i];
    bool spread = spl_is_finitef(lo) && spl_is_finitef(hi) && lo < hi, cycle = spl_is_finitef(period) && period > 0;
    SPL_CHECK(reader, kind <= SPL_FEATURE_CYCLIC, SPL_BAD_VALUE, "schema.kind", i, "a kind from 0 to 3");
    SPL_CHECK(reader, schema->transform[i] <= SPL_TRANSFORM_LOG1P, SPL_BAD_VALUE, "schema.transform", i,
              "a transform of 0 or 1");
    SPL_CHECK(reader, missing >= 0 && missing <= 1, SPL_BAD_VALUE, "schema.missing", i, "an entry in [0, 1]");
    SPL_CHECK(reader, kind != SPL_FEATURE_NUMERIC || spread, SPL_BAD_VALUE, "normalizer.lo", i,
              "a finite lo below a finite hi");
    SPL_CHECK(reader, kind != SPL_FEATURE_CYCLIC || cycle, SPL_BAD_VALUE, "schema.period", i,
              "a finite period above 0");
    check_distinct(reader, schema, i);
}

// A vector of at most 4096 elements.
static const spl_tensor *read_few(const spl_bundle_reader *reader, const char *name)
{
    const spl_tensor *tensor = spl_read_tensor(reader, name, SPL_U64, SPL_ANY, SPL_VECTOR);
    SPL_CHECK(reader, tensor->shape[0] <= SPL_FEATURES_MAX, SPL_TOO_LARGE, name, SPL_FEATURES_MAX,
              "at most 4096 features, and categories");
    return tensor;
}

void spl_read_schema(const spl_bundle_reader *reader, spl_schema *out)
{
    if (spl_count_tensors(reader, "schema.") + spl_count_tensors(reader, "normalizer.") == 0) return;
    const spl_tensor *attribute = read_few(reader, ATTRIBUTE);
    uint32_t count = (uint32_t)attribute->shape[0];
    spl_read_views(reader, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, count, out);
    const spl_tensor *categories = read_few(reader, CATEGORIES);
    spl_check_starts(reader, STARTS, out->category_start, count, categories->shape[0]);
    out->feature_count = count;
    out->attribute = attribute->data;
    out->categories = categories->data;
    for (uint32_t i = 0; !spl_read_failed(reader) && i < count; i++) {
        check_feature(reader, out, i);
        out->width += spl_feature_width(out, i);
    }
    SPL_CHECK(reader, out->width <= SPL_FEATURES_MAX, SPL_TOO_LARGE, ATTRIBUTE, out->width,
              "features of at most 4096 entries");
}
