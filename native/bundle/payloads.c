// SPDX-License-Identifier: GPL-3.0-or-later
// A file must name all variants: one that is misspelled would else be without its payload, and a page without its text.
#include "bundle/payloads.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/manifest_read.h"
#include "host/files.h"
#include "json/json_mistake.h"

static bool out_of_memory(spl_error *error)
{
    return spl_fail(error, "out of memory");
}

static bool is_text(const char *text, spl_text expected)
{
    return text && spl_text_equal((spl_text){text, strlen(text)}, expected);
}

const cJSON *spl_payloads_in(const cJSON *manifest, const spl_bundle *bundle, uint32_t experiment)
{
    const cJSON *item = spl_manifest_experiment(manifest, bundle, experiment);
    const cJSON *payloads = cJSON_GetObjectItemCaseSensitive(item, "payloads");
    return cJSON_IsArray(payloads) ? payloads : NULL;
}

bool spl_payloads_are_none(const cJSON *payloads)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, payloads)
    {
        if (!cJSON_IsNull(item)) return false;
    }
    return true;
}

// cJSON's texts end at a zero byte.
static bool holds_zero(spl_text text)
{
    for (size_t i = 0; i + 1 < text.size; i++) {
        if (text.data[i] != '\\') continue;
        i++;
        if (text.size - i >= 5 && memcmp(text.data + i, "u0000", 5) == 0) return true;
    }
    return false;
}

static int index_of(const spl_text *variants, uint32_t count, const char *name)
{
    for (uint32_t v = 0; v < count; v++) {
        if (is_text(name, variants[v])) return (int)v;
    }
    return -1;
}

// Every variant once, and nothing else.
static bool check_names(const cJSON *root, const spl_experiment *x, spl_error *error)
{
    bool seen[SPL_VARIANTS_MAX] = {false};
    uint32_t count = x->policy.variant_count;
    const cJSON *item;
    cJSON_ArrayForEach(item, root)
    {
        int v = index_of(x->variants, count, item->string);
        if (v < 0)
            return spl_fail_field(error, item->string, "no variant of that name in %.*s", (int)x->key.size,
                                  x->key.data);
        if (seen[v]) return spl_fail_field(error, item->string, "stands there twice");
        seen[v] = true;
    }
    for (uint32_t v = 0; v < count; v++) {
        if (!seen[v])
            return spl_fail(error, "says nothing of variant %.*s; null attaches nothing to it",
                            (int)x->variants[v].size, x->variants[v].data);
    }
    return true;
}

// Moves what `root` holds into a list, by index.
static cJSON *take_list(cJSON *root, const spl_experiment *x)
{
    cJSON *list = cJSON_CreateArray();
    for (uint32_t v = 0; list && v < x->policy.variant_count; v++) {
        cJSON *item = root->child;
        while (item && !is_text(item->string, x->variants[v])) item = item->next;
        cJSON_AddItemToArray(list, cJSON_DetachItemViaPointer(root, item));
    }
    return list;
}

bool spl_payloads_parse(spl_text text, const spl_experiment *experiment, cJSON **out, spl_error *error)
{
    if (text.size > SPL_PAYLOADS_MAX) return spl_fail(error, "payloads take more than %d bytes", SPL_PAYLOADS_MAX);
    if (spl_json_mistake(text, error)) return false;
    if (holds_zero(text)) return spl_fail(error, "\\u0000 cannot stand in a payload");
    cJSON *root = cJSON_ParseWithLength(text.data, text.size);
    if (!root) return spl_fail(error, "not JSON: a wrong escape, or nested too deep");
    bool ok = check_names(root, experiment, error);
    cJSON *list = ok ? take_list(root, experiment) : NULL;
    cJSON_Delete(root);
    if (ok && !list) return out_of_memory(error);
    if (ok) *out = list;
    return ok;
}

static bool read_text(const char *path, char *data, spl_text *text, spl_error *error)
{
    spl_reader *reader;
    if (!spl_reader_open(path, &reader, error)) return false;
    size_t used = 0;
    long got = 1;
    while (got > 0 && used <= SPL_PAYLOADS_MAX) {
        got = spl_reader_bytes(reader, data + used, SPL_PAYLOADS_MAX + 1 - used, error);
        if (got > 0) used += (size_t)got;
    }
    spl_reader_close(reader);
    *text = (spl_text){data, used};
    return got >= 0;
}

bool spl_payloads_read(const char *path, const spl_experiment *experiment, cJSON **out, spl_error *error)
{
    spl_text text;
    char *data = malloc(SPL_PAYLOADS_MAX + 1);
    if (!data) return out_of_memory(error);
    bool ok = read_text(path, data, &text, error) && spl_payloads_parse(text, experiment, out, error);
    free(data);
    return ok || spl_fail_at(error, path, 0);
}

static cJSON *copy_for(const cJSON *payloads, const spl_experiment *from, const spl_text *variants, uint32_t count)
{
    cJSON *list = cJSON_CreateArray();
    for (uint32_t v = 0; list && v < count; v++) {
        uint32_t old = 0;
        while (old < from->policy.variant_count && !spl_text_equal(from->variants[old], variants[v])) old++;
        const cJSON *item = old < from->policy.variant_count ? cJSON_GetArrayItem(payloads, (int)old) : NULL;
        cJSON_AddItemToArray(list, item ? cJSON_Duplicate(item, true) : cJSON_CreateNull());
    }
    return list;
}

bool spl_payloads_carry(const spl_bundle *from, uint32_t experiment, const spl_text *variants, uint32_t count,
                        cJSON **out, spl_error *error)
{
    *out = NULL;
    cJSON *manifest = spl_manifest_read(from), *list = NULL;
    const cJSON *payloads = spl_payloads_in(manifest, from, experiment);
    bool ok = true;
    if (payloads) {
        list = copy_for(payloads, &from->experiments[experiment], variants, count);
        ok = (list && (uint32_t)cJSON_GetArraySize(list) == count) || out_of_memory(error);
    }
    cJSON_Delete(manifest);
    if (ok && list && !spl_payloads_are_none(list)) {
        *out = list;
        return true;
    }
    cJSON_Delete(list);
    return ok;
}
