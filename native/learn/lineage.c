// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/lineage.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/manifest_read.h"
#include "events/event_stamp.h"
#include "host/texts.h"
#include "json/json_add.h"

#define OPTIONS_MAX 64
#define ID_DIGITS 32
#define DIGEST_DIGITS 64

// --- writing ----------------------------------------------------------------------------------------------

static int by_name(const void *a, const void *b)
{
    return strcmp(((const spl_lineage_option *)a)->name, ((const spl_lineage_option *)b)->name);
}

static bool add_text(cJSON *to, const char *name, const char *text)
{
    return spl_json_add_text(to, name, (spl_text){text, strlen(text)});
}

static bool add_input(cJSON *to, const spl_lineage *lineage)
{
    cJSON *list = cJSON_AddArrayToObject(to, "inputs"), *item = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, item) && add_text(item, "name", spl_path_name(lineage->input)) &&
           cJSON_AddStringToObject(item, "blake2b", lineage->digest);
}

static bool add_settings(cJSON *to, const spl_lineage *lineage)
{
    spl_lineage_option sorted[OPTIONS_MAX];
    uint32_t count = lineage->option_count < OPTIONS_MAX ? lineage->option_count : OPTIONS_MAX;
    cJSON *settings = cJSON_AddObjectToObject(to, "settings");
    bool ok = settings != NULL;
    if (count > 0) memcpy(sorted, lineage->options, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_name);
    for (uint32_t i = 0; ok && i < count; i++) {
        bool path = strcmp(sorted[i].name, "model") == 0;
        ok = add_text(settings, sorted[i].name, path ? spl_path_name(sorted[i].value) : sorted[i].value);
    }
    return ok;
}

cJSON *spl_lineage_json(const spl_lineage *lineage)
{
    cJSON *root = cJSON_CreateObject(), *to = cJSON_AddObjectToObject(root, "lineage");
    cJSON *parent = lineage->parent ? cJSON_CreateString(lineage->parent) : cJSON_CreateNull();
    bool ok = cJSON_AddItemToObject(to, "parent", parent) && add_input(to, lineage) && add_settings(to, lineage);
    if (ok && lineage->validation)
        ok = cJSON_AddItemToObject(to, "validation", cJSON_Duplicate(lineage->validation, true));
    if (ok) return root;
    cJSON_Delete(root);
    return NULL;
}

// --- reading ----------------------------------------------------------------------------------------------

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool is_digits(const cJSON *item, size_t count)
{
    return cJSON_IsString(item) && spl_is_hex((spl_text){item->valuestring, strlen(item->valuestring)}, count);
}

static bool is_lineage(const cJSON *lineage)
{
    const cJSON *parent = member(lineage, "parent"), *settings = member(lineage, "settings"), *item;
    if (!cJSON_IsNull(parent) && !is_digits(parent, ID_DIGITS)) return false;
    if (!cJSON_IsObject(settings) || cJSON_GetArraySize(settings) > OPTIONS_MAX) return false;
    cJSON_ArrayForEach(item, settings)
    {
        if (!cJSON_IsString(item)) return false;
    }
    if (!cJSON_IsArray(member(lineage, "inputs"))) return false;
    cJSON_ArrayForEach(item, member(lineage, "inputs"))
    {
        if (!cJSON_IsString(member(item, "name")) || !is_digits(member(item, "blake2b"), DIGEST_DIGITS)) return false;
    }
    return true;
}

cJSON *spl_lineage_read(const spl_bundle *bundle)
{
    cJSON *manifest = spl_manifest_read(bundle);
    cJSON *lineage = cJSON_DetachItemFromObjectCaseSensitive(manifest, "lineage");
    cJSON_Delete(manifest);
    if (lineage && is_lineage(lineage)) return lineage;
    cJSON_Delete(lineage);
    return NULL;
}

char *spl_lineage_setting(const spl_bundle *bundle, const char *name)
{
    cJSON *lineage = spl_lineage_read(bundle);
    const cJSON *item = member(member(lineage, "settings"), name);
    char *copy = cJSON_IsString(item) ? strdup(item->valuestring) : NULL;
    cJSON_Delete(lineage);
    return copy;
}
