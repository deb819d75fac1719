// SPDX-License-Identifier: GPL-3.0-or-later
// The schema as JSON: read from a file, written into a manifest, and found again in a bundle. One writer, so that the
// `schema` member of any manifest is a file that --schema reads.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/manifest_read.h"
#include "data/schema_spec.h"
#include "host/files.h"
#include "samplit/hash.h"
#include "json/json_place.h"

static const char *const kinds[] = {"numeric", "boolean", "categorical", "cyclic"};
static const char *const transforms[] = {"none", "log1p"};

#define WORDS(list) (list), (sizeof(list) / sizeof *(list))

// --- Writing

static bool add_feature(cJSON *list, const spl_feature_spec *feature)
{
    cJSON *out = cJSON_CreateObject();
    bool ok = cJSON_AddItemToArray(list, out);
    ok = ok && cJSON_AddStringToObject(out, "attribute", feature->attribute);
    ok = ok && cJSON_AddStringToObject(out, "kind", kinds[feature->kind]);
    if (feature->kind == SPL_FEATURE_NUMERIC) {
        ok = ok && cJSON_AddStringToObject(out, "transform", transforms[feature->transform]);
        ok = ok && cJSON_AddNumberToObject(out, "lo", (double)feature->lo);
        ok = ok && cJSON_AddNumberToObject(out, "hi", (double)feature->hi);
    }
    if (feature->kind == SPL_FEATURE_CYCLIC) {
        return ok && cJSON_AddNumberToObject(out, "period", (double)feature->period);
    }
    if (feature->kind == SPL_FEATURE_CATEGORICAL) {
        const char *const *texts = (const char *const *)feature->categories;
        return ok &&
               cJSON_AddItemToObject(out, "categories", cJSON_CreateStringArray(texts, (int)feature->category_count));
    }
    return ok && cJSON_AddNumberToObject(out, "missing", (double)feature->missing);
}

cJSON *spl_schema_spec_json(const spl_schema_spec *spec)
{
    cJSON *out = cJSON_CreateObject();
    bool ok =
        cJSON_AddStringToObject(out, "name", spec->name) && cJSON_AddNumberToObject(out, "width", spec->schema.width);
    cJSON *features = cJSON_AddArrayToObject(out, "features");
    for (uint32_t i = 0; ok && i < spec->feature_count; i++) ok = add_feature(features, &spec->features[i]);
    if (ok && features) return out;
    cJSON_Delete(out);
    return NULL;
}

char *spl_schema_spec_text(const spl_schema_spec *spec)
{
    cJSON *root = spl_schema_spec_json(spec);
    char *text = root ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    return text;
}

// --- Reading. What is read lies in `features` until spl_schema_spec_make has copied it.

typedef struct draft {
    uint32_t count;
    spl_feature_spec *features; // categories from malloc, each text too; the rest points into the document
} draft;

static void free_draft(draft *d)
{
    for (uint32_t i = 0; i < d->count; i++) {
        for (uint32_t c = 0; c < d->features[i].category_count; c++) free(d->features[i].categories[c]);
        free(d->features[i].categories);
    }
    free(d->features);
}

static bool read_word(const spl_place *at, const char *const *words, size_t count, uint32_t *out, spl_error *error)
{
    spl_text text;
    char list[64] = "";
    if (!spl_place_text(at, 64, &text, error)) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(text.data, words[i]) == 0) {
            *out = i;
            return true;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", words[i]);
    }
    return spl_fail_field(error, at->path, "expected one of %s, found \"%s\"", list, text.data);
}

// An optional number; *out stays as it is where there is none.
static bool read_float(const spl_place *in, const char *name, bool needed, float *out, spl_error *error)
{
    double value;
    spl_place at = spl_place_field(in, name);
    if (!at.json && !needed) return true;
    if (!spl_place_number(&at, -3.4e38, 3.4e38, &value, error)) return false;
    *out = (float)value;
    return true;
}

// A category as text; numbers and booleans have the text that their value has in a segment key.
static char *category_text(const cJSON *item)
{
    char digits[SPL_NUMBER_TEXT_MAX];
    if (cJSON_IsString(item)) return strdup(item->valuestring);
    if (cJSON_IsBool(item)) return strdup(cJSON_IsTrue(item) ? "true" : "false");
    return strndup(digits, spl_number_text(item->valuedouble, digits));
}

static bool read_categories(const spl_place *in, spl_feature_spec *feature, spl_error *error)
{
    uint32_t count;
    spl_place at = spl_place_field(in, "categories");
    if (!spl_place_is_array(&at, 0, SPL_FEATURES_MAX - 1, &count, error)) return false;
    feature->categories = calloc((size_t)count + 1, sizeof *feature->categories);
    if (!feature->categories) return spl_fail(error, "out of memory");
    const cJSON *item;
    cJSON_ArrayForEach(item, at.json)
    {
        if (!cJSON_IsString(item) && !cJSON_IsNumber(item) && !cJSON_IsBool(item)) {
            spl_place place = spl_place_item(&at, item, feature->category_count);
            return spl_fail_field(error, place.path, "expected a string, a number, true or false");
        }
        char *text = category_text(item);
        if (!text) return spl_fail(error, "out of memory");
        feature->categories[feature->category_count++] = text;
    }
    return true;
}

static const char *members_of(spl_feature_kind kind)
{
    switch (kind) {
    case SPL_FEATURE_NUMERIC: return "attribute kind transform lo hi missing";
    case SPL_FEATURE_CATEGORICAL: return "attribute kind categories";
    case SPL_FEATURE_CYCLIC: return "attribute kind period";
    default: return "attribute kind missing";
    }
}

static bool read_feature(const spl_place *at, spl_feature_spec *out, spl_error *error)
{
    spl_text name;
    uint32_t kind, transform = 0;
    spl_place attribute = spl_place_field(at, "attribute"), kind_at = spl_place_field(at, "kind");
    spl_place transform_at = spl_place_field(at, "transform");
    if (!spl_place_text(&attribute, SPL_SCHEMA_NAME_MAX, &name, error)) return false;
    if (!read_word(&kind_at, WORDS(kinds), &kind, error)) return false;
    if (!spl_place_is_object(at, members_of((spl_feature_kind)kind), error)) return false;
    if (transform_at.json && !read_word(&transform_at, WORDS(transforms), &transform, error)) return false;
    bool numeric = kind == SPL_FEATURE_NUMERIC;
    out->attribute = (char *)(uintptr_t)name.data; // copied, never written to
    out->kind = (spl_feature_kind)kind;
    out->transform = (spl_transform)transform;
    return read_float(at, "lo", numeric, &out->lo, error) && read_float(at, "hi", numeric, &out->hi, error) &&
           read_float(at, "missing", false, &out->missing, error) &&
           read_float(at, "period", kind == SPL_FEATURE_CYCLIC, &out->period, error) &&
           (kind != SPL_FEATURE_CATEGORICAL || read_categories(at, out, error));
}

static bool read_features(const spl_place *root, draft *d, spl_error *error)
{
    uint32_t count;
    spl_place list = spl_place_field(root, "features");
    if (!spl_place_is_array(&list, 1, SPL_FEATURES_MAX, &count, error)) return false;
    d->features = calloc(count, sizeof *d->features);
    if (!d->features) return spl_fail(error, "out of memory");
    const cJSON *item;
    cJSON_ArrayForEach(item, list.json)
    {
        spl_place at = spl_place_item(&list, item, d->count);
        if (!read_feature(&at, &d->features[d->count++], error)) return false;
    }
    return true;
}

// `width` may be left out; where it stands, it must be right.
static bool check_width(const spl_place *root, const spl_schema_spec *spec, spl_error *error)
{
    double width;
    spl_place at = spl_place_field(root, "width");
    if (!at.json) return true;
    if (!spl_place_number(&at, 1, SPL_FEATURES_MAX, &width, error)) return false;
    return width == spec->schema.width ||
           spl_fail_field(error, "width", "is %g, but the features make %u entries", width, spec->schema.width);
}

static bool read_root(const spl_place *root, const char *origin, spl_schema_spec **out, spl_error *error)
{
    draft d = {0};
    spl_text name = {origin, strlen(origin)};
    spl_place name_at = spl_place_field(root, "name");
    if (!spl_place_is_object(root, "name width features", error)) return false;
    if (name_at.json && !spl_place_text(&name_at, SPL_SCHEMA_NAME_MAX, &name, error)) return false;
    spl_schema_spec *spec = NULL;
    bool ok = read_features(root, &d, error) && spl_schema_spec_make(name.data, d.features, d.count, &spec, error) &&
              check_width(root, spec, error);
    free_draft(&d);
    if (ok)
        *out = spec;
    else
        spl_schema_spec_free(spec);
    return ok;
}

bool spl_schema_spec_parse(const char *json, size_t size, const char *origin, spl_schema_spec **out, spl_error *error)
{
    const char *end = NULL;
    spl_place root = {.json = cJSON_ParseWithLengthOpts(json, size, &end, false)};
    bool ok = root.json ? read_root(&root, origin, out, error)
                        : spl_fail(error, "is no JSON document (the first fault is at byte %zu)",
                                   end && end >= json ? (size_t)(end - json) : 0);
    cJSON_Delete((cJSON *)(uintptr_t)root.json);
    return ok || spl_fail_at(error, origin, 0);
}

bool spl_schema_spec_read(const char *path, spl_schema_spec **out, spl_error *error)
{
    uint8_t *data;
    size_t size;
    if (!spl_file_read(path, &data, &size, error)) return false;
    bool ok = spl_schema_spec_parse((const char *)data, size, path, out, error);
    free(data);
    return ok;
}

// --- From a bundle

// The text in `list` whose hash that is, or NULL.
static const char *named(const cJSON *list, uint64_t hash)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && spl_name_hash((spl_text){item->valuestring, strlen(item->valuestring)}) == hash)
            return item->valuestring;
    }
    return NULL;
}

static char *name_or_hash(const char *name, uint64_t hash)
{
    char hex[24];
    spl_text known = spl_known_name(hash);
    if (name) return strdup(name);
    if (known.size > 0) return strndup(known.data, known.size);
    snprintf(hex, sizeof hex, "#%016" PRIx64, hash);
    return strdup(hex);
}

static bool feature_of(const spl_schema *schema, uint32_t i, const cJSON *json, spl_feature_spec *out)
{
    const cJSON *attribute = cJSON_GetObjectItemCaseSensitive(json, "attribute");
    const cJSON *categories = cJSON_GetObjectItemCaseSensitive(json, "categories");
    const char *name = cJSON_IsString(attribute) ? attribute->valuestring : "";
    bool right = spl_name_hash((spl_text){name, strlen(name)}) == schema->attribute[i];
    *out = (spl_feature_spec){
        .attribute = name_or_hash(right ? name : NULL, schema->attribute[i]),
        .kind = (spl_feature_kind)schema->kind[i],
        .transform = (spl_transform)schema->transform[i],
        .lo = schema->lo[i],
        .hi = schema->hi[i],
        .period = schema->period[i],
        .missing = schema->missing[i],
    };
    uint32_t count = schema->category_start[i + 1] - schema->category_start[i];
    out->categories = calloc((size_t)count + 1, sizeof *out->categories);
    if (!out->attribute || !out->categories) return false;
    for (; out->category_count < count; out->category_count++) {
        uint64_t hash = schema->categories[schema->category_start[i] + out->category_count];
        out->categories[out->category_count] = name_or_hash(named(categories, hash), hash);
        if (!out->categories[out->category_count]) return false;
    }
    return true;
}

// A name that is only a hash's digits hashes to something else: what decides is the bundle's own.
static void restore_hashes(const spl_schema *from, spl_schema_spec *spec)
{
    uint32_t f = from->feature_count;
    memcpy(spec->memory, from->attribute, f * sizeof *from->attribute);
    memcpy((uint64_t *)spec->memory + f, from->categories, from->category_start[f] * sizeof *from->categories);
}

static bool spec_of(const spl_schema *schema, const cJSON *json, spl_schema_spec **out, spl_error *error)
{
    draft d = {0, calloc(schema->feature_count, sizeof *d.features)};
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(json, "name");
    const cJSON *features = cJSON_GetObjectItemCaseSensitive(json, "features");
    bool ok = d.features != NULL;
    for (; ok && d.count < schema->feature_count; d.count++)
        ok = feature_of(schema, d.count, cJSON_GetArrayItem(features, (int)d.count), &d.features[d.count]);
    ok = ok ? spl_schema_spec_make(cJSON_IsString(name) ? name->valuestring : "", d.features, d.count, out, error)
            : spl_fail(error, "out of memory");
    for (uint32_t i = 0; i < d.count; i++) free(d.features[i].attribute);
    free_draft(&d);
    if (ok) restore_hashes(schema, *out);
    return ok;
}

bool spl_schema_spec_of_bundle(const spl_bundle *bundle, spl_schema_spec **out, spl_error *error)
{
    if (bundle->schema.feature_count == 0) return spl_fail(error, "the bundle has no feature schema");
    cJSON *manifest = spl_manifest_read(bundle);
    bool ok = spec_of(&bundle->schema, cJSON_GetObjectItemCaseSensitive(manifest, "schema"), out, error);
    cJSON_Delete(manifest);
    return ok;
}
