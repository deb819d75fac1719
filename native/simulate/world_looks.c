// SPDX-License-Identifier: GPL-3.0-or-later
// Reads how segment values show themselves: raw.LEVEL.VALUE is a list of looks, each the raw fields
// that a host would see, with a weight. A value without looks is given as an attribute.
#include <string.h>

#include "samplit/hash.h"
#include "simulate/world_parse.h"

#define TEXT_MAX_BYTES 1024
#define WEIGHT_MAX 1e9

static spl_named_field named(spl_text name)
{
    return (spl_named_field){.name = name, .field = {.name = spl_name_hash(name)}};
}

static bool parse_raw_field(const spl_place *at, spl_named_field *out, spl_error *error)
{
    *out = named((spl_text){at->json->string, strlen(at->json->string)});
    if (cJSON_IsBool(at->json)) {
        out->field.kind = SPL_KIND_BOOLEAN;
        out->field.number = cJSON_IsTrue(at->json);
    } else if (cJSON_IsNumber(at->json)) {
        out->field.kind = SPL_KIND_NUMBER;
        return spl_place_number(at, -1e300, 1e300, &out->field.number, error);
    } else {
        spl_text text = {"", 0}; // the referrer of a direct visit is an empty text, not a missing one
        bool empty = cJSON_IsString(at->json) && at->json->valuestring[0] == '\0';
        if (!empty && !spl_place_text(at, TEXT_MAX_BYTES, &text, error)) return false;
        out->field.kind = SPL_KIND_STRING;
        out->field.text = text.data;
        out->field.size = (uint32_t)text.size;
    }
    return true;
}

static bool parse_look(const spl_place *at, spl_world *world, spl_look *out, spl_error *error)
{
    if (!cJSON_IsObject(at->json)) return spl_fail_field(error, at->path, "expected an object of raw fields");
    spl_place weight = spl_place_field(at, "weight");
    out->end = 1;
    if (weight.json && !spl_place_number(&weight, 1e-6, WEIGHT_MAX, &out->end, error)) return false;
    int size = cJSON_GetArraySize(at->json);
    if (size > SPL_WORLD_LOOK_FIELDS_MAX)
        return spl_fail_field(error, at->path, "expected at most %u fields, found %d", SPL_WORLD_LOOK_FIELDS_MAX, size);
    spl_named_field *fields = spl_world_take(world, (size_t)size + 1, sizeof *fields);
    if (!fields) return spl_fail(error, "out of memory");
    const cJSON *item;
    cJSON_ArrayForEach(item, at->json)
    {
        if (item == weight.json) continue;
        spl_place field = spl_place_field(at, item->string);
        field.json = item;
        if (!parse_raw_field(&field, &fields[out->field_count++], error)) return false;
    }
    out->fields = fields;
    return true;
}

static bool parse_looks(const spl_place *at, spl_world *world, spl_world_value *value, spl_error *error)
{
    uint32_t count, n = 0;
    if (!spl_place_is_array(at, 1, SPL_WORLD_LOOKS_MAX, &count, error)) return false;
    spl_look *looks = spl_world_take(world, count, sizeof *looks);
    if (!looks) return spl_fail(error, "out of memory");
    double sum = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, at->json)
    {
        spl_place place = spl_place_item(at, item, n);
        if (!parse_look(&place, world, &looks[n], error)) return false;
        sum += looks[n].end;
        looks[n++].end = sum;
    }
    for (uint32_t i = 0; i < count; i++) looks[i].end /= sum;
    looks[count - 1].end = 1;
    value->looks = looks;
    value->look_count = count;
    return true;
}

// The attribute given directly: LEVEL = VALUE.
static bool give_attribute(spl_world *world, uint32_t level, spl_world_value *value, spl_error *error)
{
    spl_look *look = spl_world_take(world, 1, sizeof *look);
    spl_named_field *field = spl_world_take(world, 1, sizeof *field);
    if (!look || !field) return spl_fail(error, "out of memory");
    *field = named(world->levels[level]);
    field->field.kind = SPL_KIND_STRING;
    field->field.text = value->text.data;
    field->field.size = (uint32_t)value->text.size;
    *look = (spl_look){.end = 1, .field_count = 1, .fields = field};
    value->looks = look;
    value->look_count = 1;
    return true;
}

static bool parse_level(const spl_place *raw, spl_world *world, uint32_t level, spl_error *error)
{
    spl_place at = spl_place_field(raw, world->levels[level].data);
    if (at.json && !cJSON_IsObject(at.json))
        return spl_fail_field(error, at.path, "expected an object of segment values");
    spl_world_value *values = (spl_world_value *)world->values[level];
    for (uint32_t i = 0; i < world->value_count[level]; i++) {
        spl_place place = spl_place_field(&at, values[i].text.data);
        bool good = place.json ? parse_looks(&place, world, &values[i], error)
                               : give_attribute(world, level, &values[i], error);
        if (!good) return false;
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, at.json)
    {
        bool used = false;
        for (uint32_t i = 0; i < world->value_count[level] && !used; i++)
            used = strcmp(values[i].text.data, item->string) == 0;
        spl_place place = spl_place_field(&at, item->string);
        if (!used) return spl_fail_field(error, place.path, "no segment has this value");
    }
    return true;
}

bool spl_world_parse_looks(const spl_place *document, spl_world *world, spl_error *error)
{
    spl_place raw = spl_place_field(document, "raw");
    if (raw.json && !cJSON_IsObject(raw.json)) return spl_fail_field(error, raw.path, "expected an object of levels");
    const cJSON *item;
    cJSON_ArrayForEach(item, raw.json)
    {
        bool known = false;
        for (uint32_t i = 0; i < world->level_count && !known; i++)
            known = strcmp(world->levels[i].data, item->string) == 0;
        spl_place place = spl_place_field(&raw, item->string);
        if (!known) return spl_fail_field(error, place.path, "expected one of the levels");
    }
    for (uint32_t i = 0; i < world->level_count; i++) {
        if (!parse_level(&raw, world, i, error)) return false;
    }
    return true;
}
