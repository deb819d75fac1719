// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/drift/reference_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "events/event_stamp.h"

#define COUNT_MAX 9007199254740992.0 // 2^53: whole numbers that JSON's doubles hold
#define NAME_MAX_BYTES 256

// --- writing ----------------------------------------------------------------------------------------------

static bool add_time(cJSON *to, const char *name, int64_t time_ms)
{
    char text[SPL_TIME_CHARS + 1];
    spl_time_write(time_ms, text);
    text[SPL_TIME_CHARS] = '\0';
    return cJSON_AddStringToObject(to, name, text) != NULL;
}

static bool add_numbers(cJSON *to, const char *name, const double *numbers, uint32_t count)
{
    return cJSON_AddItemToObject(to, name, cJSON_CreateDoubleArray(numbers, (int)count));
}

static bool add_attribute(cJSON *list, const spl_reference_attribute *a)
{
    double counts[SPL_REFERENCE_BINS_MAX];
    cJSON *item = cJSON_CreateObject();
    for (uint32_t i = 0; i < a->bin_count; i++) counts[i] = (double)a->counts[i];
    bool ok = cJSON_AddItemToArray(list, item) && cJSON_AddStringToObject(item, "name", a->name);
    if (a->numeric) {
        ok = ok && add_numbers(item, "edges", a->edges, a->bin_count - 1);
    } else {
        cJSON *values = cJSON_CreateStringArray((const char *const *)a->values, (int)a->bin_count);
        ok = ok && cJSON_AddItemToObject(item, "values", values);
    }
    return ok && add_numbers(item, "counts", counts, a->bin_count) &&
           cJSON_AddNumberToObject(item, "other", (double)a->counts[a->bin_count]) &&
           cJSON_AddNumberToObject(item, "missing", (double)a->counts[a->bin_count + 1]);
}

char *spl_reference_text(const spl_reference *reference)
{
    cJSON *root = cJSON_CreateObject();
    bool ok = cJSON_AddNumberToObject(root, "exposures", (double)reference->exposures) != NULL;
    if (reference->exposures > 0)
        ok = ok && add_time(root, "oldest", reference->oldest_ms) && add_time(root, "newest", reference->newest_ms);
    cJSON *list = cJSON_AddArrayToObject(root, "attributes");
    for (uint32_t i = 0; ok && i < reference->attribute_count; i++) ok = add_attribute(list, &reference->attributes[i]);
    char *text = ok ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    return text;
}

// --- reading ----------------------------------------------------------------------------------------------

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool count_of(const cJSON *item, uint64_t *out)
{
    if (!cJSON_IsNumber(item)) return false;
    double value = item->valuedouble;
    if (!(value >= 0 && value <= COUNT_MAX) || value != floor(value)) return false;
    *out = (uint64_t)value;
    return true;
}

static bool time_of(const cJSON *object, const char *name, int64_t *out)
{
    const cJSON *item = member(object, name);
    return cJSON_IsString(item) && spl_time_read((spl_text){item->valuestring, strlen(item->valuestring)}, out);
}

static char *text_of(const cJSON *item)
{
    if (!cJSON_IsString(item) || strlen(item->valuestring) > NAME_MAX_BYTES) return NULL;
    return strdup(item->valuestring);
}

static bool read_values(const cJSON *list, spl_reference_attribute *a)
{
    const cJSON *item;
    int size = cJSON_GetArraySize(list);
    if (size > SPL_REFERENCE_VALUES_MAX) return false;
    a->values = calloc(SPL_REFERENCE_VALUES_MAX, sizeof *a->values);
    if (!a->values) return false;
    cJSON_ArrayForEach(item, list)
    {
        a->values[a->bin_count] = text_of(item);
        if (!a->values[a->bin_count]) return false;
        for (uint32_t i = 0; i < a->bin_count; i++) {
            if (strcmp(a->values[i], a->values[a->bin_count]) != 0) continue;
            free(a->values[a->bin_count]);
            return false;
        }
        a->bin_count++;
    }
    return true;
}

static bool read_edges(const cJSON *list, spl_reference_attribute *a)
{
    const cJSON *item;
    int size = cJSON_GetArraySize(list);
    if (!cJSON_IsArray(list) || size >= SPL_REFERENCE_INTERVALS_MAX) return false;
    a->edges = calloc(SPL_REFERENCE_INTERVALS_MAX, sizeof *a->edges);
    if (!a->edges) return false;
    a->numeric = true;
    a->bin_count = 1;
    cJSON_ArrayForEach(item, list)
    {
        double edge = cJSON_IsNumber(item) ? item->valuedouble : NAN;
        if (!isfinite(edge) || (a->bin_count > 1 && edge <= a->edges[a->bin_count - 2])) return false;
        a->edges[a->bin_count++ - 1] = edge;
    }
    return true;
}

static bool read_counts(const cJSON *item, uint64_t exposures, spl_reference_attribute *a)
{
    const cJSON *list = member(item, "counts"), *count;
    uint64_t sum = 0;
    uint32_t i = 0;
    a->counts = calloc(SPL_REFERENCE_BINS_MAX, sizeof *a->counts);
    if (!a->counts || !cJSON_IsArray(list) || cJSON_GetArraySize(list) != (int)a->bin_count) return false;
    cJSON_ArrayForEach(count, list)
    {
        if (!count_of(count, &a->counts[i])) return false;
        sum += a->counts[i++];
    }
    if (!count_of(member(item, "other"), &a->counts[i]) || !count_of(member(item, "missing"), &a->counts[i + 1]))
        return false;
    return sum + a->counts[i] + a->counts[i + 1] == exposures;
}

static bool read_attribute(const cJSON *item, uint64_t exposures, spl_reference_attribute *a, spl_error *error)
{
    const cJSON *values = member(item, "values");
    a->name = text_of(member(item, "name"));
    if (!a->name) return spl_fail_field(error, "reference", "an attribute has no name");
    if (!(cJSON_IsArray(values) ? read_values(values, a) : read_edges(member(item, "edges"), a)))
        return spl_fail_field(error, "reference", "%.80s: expected at most %d different `values`, or ascending `edges`",
                              a->name, SPL_REFERENCE_VALUES_MAX);
    return read_counts(item, exposures, a) ||
           spl_fail_field(error, "reference", "%.80s: expected `counts`, `other` and `missing` that add up to %" PRIu64,
                          a->name, exposures);
}

static bool read_head(const cJSON *item, spl_reference *out, spl_error *error)
{
    if (!count_of(member(item, "exposures"), &out->exposures))
        return spl_fail_field(error, "reference", "`exposures` must be a count");
    if (out->exposures > 0 && (!time_of(item, "oldest", &out->oldest_ms) || !time_of(item, "newest", &out->newest_ms)))
        return spl_fail_field(error, "reference", "`oldest` and `newest` must be times");
    const cJSON *list = member(item, "attributes");
    int size = cJSON_GetArraySize(list);
    if (!cJSON_IsArray(list) || size > SPL_REFERENCE_ATTRIBUTES_MAX)
        return spl_fail_field(error, "reference", "`attributes` must be a list of at most %d",
                              SPL_REFERENCE_ATTRIBUTES_MAX);
    out->attributes = calloc((size_t)size + 1, sizeof *out->attributes);
    return out->attributes || spl_fail(error, "out of memory");
}

static bool is_twice(const spl_reference *reference)
{
    const spl_reference_attribute *last = &reference->attributes[reference->attribute_count - 1];
    for (const spl_reference_attribute *a = reference->attributes; a < last; a++) {
        if (strcmp(a->name, last->name) == 0) return true;
    }
    return false;
}

bool spl_reference_read(const cJSON *item, spl_reference **out, spl_error *error)
{
    const cJSON *attribute;
    spl_reference *reference = calloc(1, sizeof *reference);
    if (!reference) return spl_fail(error, "out of memory");
    bool ok = read_head(item, reference, error);
    if (ok) {
        cJSON_ArrayForEach(attribute, member(item, "attributes"))
        {
            spl_reference_attribute *a = &reference->attributes[reference->attribute_count++];
            ok = read_attribute(attribute, reference->exposures, a, error) &&
                 (!is_twice(reference) || spl_fail_field(error, "reference", "%.80s stands twice", a->name));
            if (!ok) break;
        }
    }
    if (!ok) {
        spl_reference_free(reference);
        return false;
    }
    *out = reference;
    return true;
}
