// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/manifest_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/visible.h"
#include "samplit/hash.h"

static spl_text text_of(const char *s)
{
    return (spl_text){s, strlen(s)};
}

cJSON *spl_manifest_read(const spl_bundle *bundle)
{
    size_t size = bundle->manifest.size;
    char *quoted = malloc(size + 3);
    if (!quoted) return NULL;
    quoted[0] = quoted[size + 1] = '"';
    memcpy(quoted + 1, bundle->manifest.data, size);
    cJSON *string = cJSON_ParseWithLength(quoted, size + 2);
    free(quoted);
    cJSON *manifest = cJSON_IsString(string) ? cJSON_Parse(string->valuestring) : NULL;
    cJSON_Delete(string);
    if (cJSON_IsObject(manifest)) return manifest;
    cJSON_Delete(manifest);
    return NULL;
}

const cJSON *spl_manifest_experiment(const cJSON *manifest, const spl_bundle *bundle, uint32_t experiment)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(manifest, "experiments");
    const cJSON *item = cJSON_GetArrayItem(list, (int)experiment);
    const char *key = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "key"));
    return key && spl_text_equal(text_of(key), bundle->experiments[experiment].key) ? item : NULL;
}

char *spl_attribute_name(const cJSON *manifest, uint64_t hash)
{
    const cJSON *schema = cJSON_GetObjectItemCaseSensitive(manifest, "schema"), *feature;
    cJSON_ArrayForEach(feature, cJSON_GetObjectItemCaseSensitive(schema, "features"))
    {
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(feature, "attribute");
        if (cJSON_IsString(name) && spl_name_hash(text_of(name->valuestring)) == hash)
            return spl_visible(text_of(name->valuestring), true);
    }
    spl_text known = spl_known_name(hash);
    if (known.size > 0) return spl_visible(known, true);
    char hex[24];
    snprintf(hex, sizeof hex, "#%016" PRIx64, hash);
    return spl_visible(text_of(hex), true);
}

char *spl_manifest_member(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return spl_visible(text_of(cJSON_IsString(item) ? item->valuestring : ""), true);
}
