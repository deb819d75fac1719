// SPDX-License-Identifier: MIT
#include "bundle_reader.h"
#include "samplit/num.h"

static const char ATTRIBUTE[] = "schema.attribute";

static const spl_view COLUMNS[] = {
    {"schema.kind", SPL_U8, 0, offsetof(spl_schema, kind)},
    {"schema.transform", SPL_U8, 0, offsetof(spl_schema, transform)},
    {"schema.period", SPL_F32, 0, offsetof(spl_schema, period)},
    {"schema.missing", SPL_F32, 0, offsetof(spl_schema, missing)},
    {"normalizer.lo", SPL_F32, 0, offsetof(spl_schema, lo)},
    {"normalizer.hi", SPL_F32, 0, offsetof(spl_schema, hi)},
};

static spl_status read_categories(const spl_bundle_reader *reader, spl_schema *schema)
{
    const spl_tensor *start, *categories;
    const char *name = "schema.category_start";
    spl_status status = spl_read_vector(reader, name, SPL_U32, (uint64_t)schema->feature_count + 1, &start);
    if (status != SPL_OK) return status;
    status = spl_read_vector(reader, "schema.categories", SPL_U64, SPL_ANY, &categories);
    if (status != SPL_OK) return status;
    if (categories->shape[0] > SPL_FEATURES_MAX) {
        return spl_read_fail(reader, SPL_TOO_LARGE, "schema.categories", SPL_FEATURES_MAX, "at most 4096 categories");
    }
    schema->category_start = start->data;
    schema->categories = categories->data;
    return spl_check_starts(reader, name, start->data, schema->feature_count, categories->shape[0]);
}

static spl_status check_distinct(const spl_bundle_reader *reader, const spl_schema *schema, uint32_t i)
{
    for (uint32_t a = schema->category_start[i]; a < schema->category_start[i + 1]; a++) {
        for (uint32_t b = schema->category_start[i]; b < a; b++) {
            if (schema->categories[a] == schema->categories[b]) {
                return spl_read_fail(reader, SPL_BAD_VALUE, "schema.categories", a, "categories that differ");
            }
        }
    }
    return SPL_OK;
}

static spl_status check_feature(const spl_bundle_reader *reader, const spl_schema *schema, uint32_t i)
{
    if (schema->kind[i] > SPL_FEATURE_CYCLIC) {
        return spl_read_fail(reader, SPL_BAD_VALUE, "schema.kind", i, "a kind from 0 to 3");
    }
    if (schema->transform[i] > SPL_TRANSFORM_LOG1P) {
        return spl_read_fail(reader, SPL_BAD_VALUE, "schema.transform", i, "a transform of 0 or 1");
    }
    if (!(schema->missing[i] >= 0 && schema->missing[i] <= 1)) {
        return spl_read_fail(reader, SPL_BAD_VALUE, "schema.missing", i, "an entry in [0, 1]");
    }
    bool finite = spl_is_finitef(schema->lo[i]) && spl_is_finitef(schema->hi[i]);
    if (schema->kind[i] == SPL_FEATURE_NUMERIC && !(finite && schema->lo[i] < schema->hi[i])) {
        return spl_read_fail(reader, SPL_BAD_VALUE, "normalizer.lo", i, "a finite lo below a finite hi");
    }
    if (schema->kind[i] == SPL_FEATURE_CYCLIC && !(spl_is_finitef(schema->period[i]) && schema->period[i] > 0)) {
        return spl_read_fail(reader, SPL_BAD_VALUE, "schema.period", i, "a finite period above 0");
    }
    return check_distinct(reader, schema, i);
}

spl_status spl_read_schema(const spl_bundle_reader *reader, spl_schema *out)
{
    uint32_t parts = spl_count_tensors(reader, "schema.") + spl_count_tensors(reader, "normalizer.");
    if (parts == 0) return SPL_OK;
    const spl_tensor *attribute;
    spl_status status = spl_read_vector(reader, ATTRIBUTE, SPL_U64, SPL_ANY, &attribute);
    if (status != SPL_OK) return status;
    if (attribute->shape[0] > SPL_FEATURES_MAX) {
        return spl_read_fail(reader, SPL_TOO_LARGE, ATTRIBUTE, SPL_FEATURES_MAX, "at most 4096 features");
    }
    spl_schema schema = {.feature_count = (uint32_t)attribute->shape[0], .attribute = attribute->data};
    status = spl_read_views(reader, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, schema.feature_count, &schema);
    if (status == SPL_OK) status = read_categories(reader, &schema);
    for (uint32_t i = 0; status == SPL_OK && i < schema.feature_count; i++) {
        status = check_feature(reader, &schema, i);
        schema.width += spl_feature_width(&schema, i);
    }
    if (status == SPL_OK && schema.width > SPL_FEATURES_MAX) {
        return spl_read_fail(reader, SPL_TOO_LARGE, ATTRIBUTE, schema.width, "features of at most 4096 entries");
    }
    if (status == SPL_OK) *out = schema;
    return status;
}
