// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/json_place.h"

#include <stdio.h>
#include <string.h>

// Sets the path, whatever its length.
static void set_path(spl_place *place, int written)
{
    if (written < 0 || (size_t)written >= sizeof place->path) place->path[sizeof place->path - 1] = '\0';
}

spl_place spl_place_field(const spl_place *in, const char *name)
{
    spl_place out = {.json = cJSON_GetObjectItemCaseSensitive(in->json, name)};
    set_path(&out, snprintf(out.path, sizeof out.path, "%s%s%s", in->path, in->path[0] ? "." : "", name));
    return out;
}

spl_place spl_place_item(const spl_place *in, const cJSON *item, uint32_t index)
{
    spl_place out = {.json = item};
    set_path(&out, snprintf(out.path, sizeof out.path, "%s[%u]", in->path, index));
    return out;
}

static const char *found(const cJSON *json)
{
    if (!json) return "nothing";
    if (cJSON_IsString(json)) return "a string";
    if (cJSON_IsNumber(json)) return "a number";
    if (cJSON_IsArray(json)) return "an array";
    if (cJSON_IsObject(json)) return "an object";
    return cJSON_IsNull(json) ? "null" : "a boolean";
}

static bool expected(const spl_place *at, const char *what, spl_error *error)
{
    return spl_fail_field(error, at->path[0] ? at->path : "document", "expected %s, found %s", what, found(at->json));
}

// Whether `name` is one of the words of `names`.
static bool is_listed(const char *name, const char *names)
{
    size_t size = strlen(name);
    for (const char *word = names; *word; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        if (length == size && memcmp(word, name, size) == 0) return true;
        word += length;
    }
    return false;
}

bool spl_place_is_object(const spl_place *at, const char *names, spl_error *error)
{
    if (!cJSON_IsObject(at->json)) return expected(at, "an object", error);
    const cJSON *item;
    cJSON_ArrayForEach(item, at->json)
    {
        if (is_listed(item->string, names)) continue;
        spl_place field = spl_place_field(at, item->string);
        return spl_fail_field(error, field.path, "unknown field; expected one of: %s", names);
    }
    return true;
}

bool spl_place_is_array(const spl_place *at, uint32_t lo, uint32_t hi, uint32_t *count, spl_error *error)
{
    if (!cJSON_IsArray(at->json)) return expected(at, "an array", error);
    int size = cJSON_GetArraySize(at->json);
    if (size < 0 || (uint32_t)size < lo || (uint32_t)size > hi) {
        if (lo == hi) return spl_fail_field(error, at->path, "expected %u elements, found %d", lo, size);
        return spl_fail_field(error, at->path, "expected %u to %u elements, found %d", lo, hi, size);
    }
    *count = (uint32_t)size;
    return true;
}

bool spl_place_number(const spl_place *at, double lo, double hi, double *out, spl_error *error)
{
    if (!cJSON_IsNumber(at->json)) return expected(at, "a number", error);
    double value = at->json->valuedouble;
    if (!(value >= lo && value <= hi))
        return spl_fail_field(error, at->path, "expected a number from %g to %g, found %g", lo, hi, value);
    *out = value;
    return true;
}

bool spl_place_text(const spl_place *at, size_t max, spl_text *out, spl_error *error)
{
    if (!cJSON_IsString(at->json)) return expected(at, "a string", error);
    size_t size = strlen(at->json->valuestring);
    if (size == 0 || size > max)
        return spl_fail_field(error, at->path, "expected a string of 1 to %zu bytes, found %zu", max, size);
    if (!spl_text_is_utf8((spl_text){at->json->valuestring, size}))
        return spl_fail_field(error, at->path, "expected UTF-8");
    *out = (spl_text){at->json->valuestring, size};
    return true;
}
