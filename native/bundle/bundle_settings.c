// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/bundle_settings.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_write.h"
#include "bundle/manifest_read.h"
#include "bundle/payloads.h"
#include "bundle/settings.h"

typedef struct changed {
    spl_bundle bundle;
    spl_experiment *experiments; // owned
    int32_t *row;                // of a split, owned
    spl_column *more;            // tensors that the format does not name, owned
    size_t more_count;
    char *manifest; // from cJSON
} changed;

static bool out_of_memory(spl_error *error)
{
    return spl_fail(error, "out of memory");
}

// One row for everybody.
static bool put_split(changed *c, spl_experiment *x, const double *split)
{
    uint32_t nodes = c->bundle.tree.node_count;
    c->row = malloc(nodes * sizeof *c->row);
    if (!c->row) return false;
    for (uint32_t node = 0; node < nodes; node++) c->row[node] = node == 0 ? 0 : -1;
    for (uint32_t v = 0; v < x->policy.variant_count; v++)
        if (split[v] < x->min_propensity) x->min_propensity = split[v];
    x->policy.row = c->row;
    x->policy.row_count = 1;
    x->policy.table = split;
    x->linear = (spl_linear){0};
    return true;
}

static bool change_experiment(changed *c, const spl_bundle *bundle, const spl_settings_change *change)
{
    c->experiments = malloc(bundle->experiment_count * sizeof *c->experiments);
    if (!c->experiments) return false;
    memcpy(c->experiments, bundle->experiments, bundle->experiment_count * sizeof *c->experiments);
    c->bundle.experiments = c->experiments;
    spl_experiment *x = &c->experiments[change->experiment];
    x->settings = change->settings;
    x->hash_mode = change->hash_mode;
    return !change->split || put_split(c, x, change->split);
}

// Whether the format names tensors like this: what is left of such is what the change has replaced.
static bool is_replaced(spl_text name)
{
    static const spl_text prefixes[] = {{"settings.", 9}, {"policy.", 7}};
    for (size_t i = 0; i < 2; i++) {
        if (name.size >= prefixes[i].size && memcmp(name.data, prefixes[i].data, prefixes[i].size) == 0) return true;
    }
    return false;
}

static bool is_among(const spl_columns *columns, spl_text name)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (spl_text_equal(name, (spl_text){columns->items[i].name, strlen(columns->items[i].name)})) return true;
    }
    return is_replaced(name);
}

static bool keep_tensor(changed *c, const spl_tensor *tensor, spl_error *error)
{
    spl_column *out = &c->more[c->more_count++];
    if (tensor->dtype > SPL_F64 || tensor->name.size >= sizeof out->name)
        return spl_fail_field(error, "tensors", "one that is neither in the format nor of a dtype that can be written");
    *out = (spl_column){.dtype = tensor->dtype,
                        .dims = tensor->dims > 1 ? 2 : 1,
                        .shape = {tensor->shape[0], tensor->shape[1]},
                        .data = tensor->data,
                        .bytes = tensor->bytes};
    memcpy(out->name, tensor->name.data, tensor->name.size);
    return true;
}

static bool keep_tensors(changed *c, const spl_bundle *bundle, spl_error *error)
{
    spl_columns *columns = spl_columns_of(&c->bundle, error);
    if (!columns) return false;
    c->more = calloc(bundle->tensor_count + 1, sizeof *c->more);
    bool ok = c->more || out_of_memory(error);
    for (uint32_t i = 0; ok && i < bundle->tensor_count; i++) {
        if (!is_among(columns, bundle->tensors[i].name)) ok = keep_tensor(c, &bundle->tensors[i], error);
    }
    spl_columns_free(columns);
    return ok;
}

// In its old place, so that a change that is taken back leaves no trace.
static void put_member(cJSON *object, const char *name, cJSON *value)
{
    if (!value) {
        cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    } else if (cJSON_HasObjectItem(object, name)) {
        cJSON_ReplaceItemInObjectCaseSensitive(object, name, value);
    } else {
        cJSON_AddItemToObject(object, name, value);
    }
}

static cJSON *split_json(void)
{
    cJSON *policy = cJSON_CreateObject();
    cJSON_AddStringToObject(policy, "kind", "table");
    cJSON_AddNumberToObject(policy, "rows", 1);
    return policy;
}

static void put_payloads(cJSON *item, const cJSON *payloads)
{
    put_member(item, "payloads", spl_payloads_are_none(payloads) ? NULL : cJSON_Duplicate(payloads, true));
}

// Payloads stand in the manifest alone, so one that does not list the experiments begins to, by their keys.
static void list_experiments(cJSON *root, const spl_bundle *bundle)
{
    cJSON *list = cJSON_CreateArray();
    for (uint32_t i = 0; i < bundle->experiment_count; i++) {
        char key[65];
        cJSON *item = cJSON_CreateObject();
        snprintf(key, sizeof key, "%.*s", (int)bundle->experiments[i].key.size, bundle->experiments[i].key.data);
        cJSON_AddStringToObject(item, "key", key);
        cJSON_AddItemToArray(list, item);
    }
    put_member(root, "experiments", list);
}

// The manifest says in words what the tensors now hold. One that cannot be read becomes an empty one.
static bool change_manifest(changed *c, const spl_bundle *bundle, const spl_settings_change *change)
{
    cJSON *root = spl_manifest_read(bundle);
    if (!root) root = cJSON_CreateObject();
    if (change->payloads && !spl_manifest_experiment(root, bundle, change->experiment)) list_experiments(root, bundle);
    const spl_experiment *x = &c->experiments[change->experiment];
    cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "experiments"), (int)change->experiment);
    if (cJSON_IsObject(item)) {
        bool plain = spl_settings_are_plain(&x->settings);
        put_member(item, "hash_mode", cJSON_CreateString(spl_hash_mode_name(x->hash_mode)));
        put_member(item, "min_propensity", cJSON_CreateNumber(x->min_propensity));
        put_member(item, "settings", plain ? NULL : spl_settings_json(&x->settings));
        if (change->split) put_member(item, "policy", split_json());
        if (change->payloads) put_payloads(item, change->payloads);
    }
    c->manifest = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return c->manifest != NULL;
}

bool spl_bundle_change_settings(const spl_bundle *bundle, const spl_settings_change *change, uint8_t **data,
                                size_t *size, char id_hex[33], spl_error *error)
{
    changed c = {.bundle = *bundle};
    bool ok = (change_experiment(&c, bundle, change) && change_manifest(&c, bundle, change)) || out_of_memory(error);
    ok = ok && keep_tensors(&c, bundle, error) &&
         spl_bundle_write_with(&c.bundle, c.more, c.more_count, c.manifest, data, size, id_hex, error);
    free(c.experiments);
    free(c.row);
    free(c.more);
    cJSON_free(c.manifest);
    return ok;
}
