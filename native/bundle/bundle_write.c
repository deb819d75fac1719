// SPDX-License-Identifier: GPL-3.0-or-later
// A safetensors file has no padding between tensors, yet every tensor of a bundle is aligned to its
// element size. Writing the widest elements first gives that without a gap: the data begins on a
// 64-byte boundary (the header is padded with spaces, as the safetensors library does), and what
// stands before a tensor is a multiple of its element size.
//
// The id and the checksum stand inside the bytes that they are made from. Both are written as zeros; the
// hash of that is the id, and once it is in place the checksum covers it too.
#include "bundle/bundle_write.h"

#include <cJSON.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_DIGITS 32
#define DATA_ALIGN 64
#define FIXED_TENSORS (1 + 9 + 7 + 8) // format, schema, tree, experiments
#define NO_ID "00000000000000000000000000000000"
#define NO_CHECKSUM "0000000000000000"
#define BEFORE_ID "{\"__metadata__\":{\"samplit.id\":\""
#define BEFORE_CHECKSUM "\",\"samplit.xxh64\":\""

typedef struct column {
    char name[96];
    spl_dtype dtype;
    uint32_t dims;
    uint64_t shape[2];
    const void *data;
    size_t bytes;
} column;

typedef struct columns {
    size_t count;
    column *items; // room for all, taken at once
} columns;

// The experiments of a bundle are structs; the file wants one array per field.
typedef struct experiment_arrays {
    uint32_t *key_start, *variant_start, *variant_count; // [e + 1], [v + 1], [e]
    uint64_t *seed;                                      // [e]
    double *min_propensity;                              // [e]
    uint8_t *hash_mode;                                  // [e]
    char *key_bytes, *variant_bytes;
    size_t variants; // v
} experiment_arrays;

static const size_t element_bytes[] = {
    [SPL_U8] = 1, [SPL_I32] = 4, [SPL_U32] = 4, [SPL_U64] = 8, [SPL_F32] = 4, [SPL_F64] = 8,
};
static const char *const dtype_names[] = {
    [SPL_U8] = "U8", [SPL_I32] = "I32", [SPL_U32] = "U32", [SPL_U64] = "U64", [SPL_F32] = "F32", [SPL_F64] = "F64",
};

static bool out_of_memory(spl_error *error)
{
    return spl_fail(error, "out of memory");
}

static column *put_matrix(columns *all, const char *name, spl_dtype dtype, uint64_t rows, uint64_t width,
                          const void *data)
{
    column *item = &all->items[all->count++];
    snprintf(item->name, sizeof item->name, "%s", name);
    item->dtype = dtype;
    item->dims = 2;
    item->shape[0] = rows;
    item->shape[1] = width;
    item->data = data;
    item->bytes = (size_t)(rows * width) * element_bytes[dtype];
    return item;
}

static void put(columns *all, const char *name, spl_dtype dtype, uint64_t count, const void *data)
{
    put_matrix(all, name, dtype, count, 1, data)->dims = 1;
}

static void put_schema(columns *all, const spl_schema *schema)
{
    uint32_t f = schema->feature_count;
    if (f == 0) return;
    put(all, "schema.attribute", SPL_U64, f, schema->attribute);
    put(all, "schema.kind", SPL_U8, f, schema->kind);
    put(all, "schema.transform", SPL_U8, f, schema->transform);
    put(all, "schema.period", SPL_F32, f, schema->period);
    put(all, "schema.missing", SPL_F32, f, schema->missing);
    put(all, "schema.category_start", SPL_U32, (uint64_t)f + 1, schema->category_start);
    put(all, "schema.categories", SPL_U64, schema->category_start[f], schema->categories);
    put(all, "normalizer.lo", SPL_F32, f, schema->lo);
    put(all, "normalizer.hi", SPL_F32, f, schema->hi);
}

// `prefix` names the member: "encoder." or "ensemble.1." and so on.
static void put_encoder(columns *all, const char *prefix, const spl_encoder *encoder)
{
    for (uint32_t i = 0; i < encoder->layer_count; i++) {
        const spl_layer *layer = &encoder->layers[i];
        char name[48];
        snprintf(name, sizeof name, "%s%" PRIu32 ".weight", prefix, i);
        put_matrix(all, name, SPL_F32, layer->inputs, layer->outputs, layer->weight);
        snprintf(name, sizeof name, "%s%" PRIu32 ".bias", prefix, i);
        put(all, name, SPL_F32, layer->outputs, layer->bias);
    }
}

static void put_encoders(columns *all, const spl_bundle *bundle)
{
    char prefix[32] = "encoder.";
    for (uint32_t m = 0; m < bundle->encoder_count; m++) {
        if (m > 0) snprintf(prefix, sizeof prefix, "ensemble.%" PRIu32 ".", m);
        put_encoder(all, prefix, &bundle->encoders[m]);
    }
}

static void put_tree(columns *all, const spl_tree *tree)
{
    uint32_t n = tree->node_count;
    put(all, "tree.parent", SPL_U32, n, tree->parent);
    put(all, "tree.first_child", SPL_U32, n, tree->first_child);
    put(all, "tree.child_count", SPL_U32, n, tree->child_count);
    put(all, "tree.split", SPL_U64, n, tree->split);
    put(all, "tree.value", SPL_U64, n, tree->value);
    put(all, "tree.key_start", SPL_U32, (uint64_t)n + 1, tree->key_start);
    put(all, "tree.key_bytes", SPL_U8, tree->key_start[n], tree->key_bytes);
}

static void put_experiments(columns *all, const spl_bundle *bundle, const experiment_arrays *arrays)
{
    uint32_t e = bundle->experiment_count;
    put(all, "experiments.key_start", SPL_U32, (uint64_t)e + 1, arrays->key_start);
    put(all, "experiments.key_bytes", SPL_U8, arrays->key_start[e], arrays->key_bytes);
    put(all, "experiments.seed", SPL_U64, e, arrays->seed);
    put(all, "experiments.hash_mode", SPL_U8, e, arrays->hash_mode);
    put(all, "experiments.min_propensity", SPL_F64, e, arrays->min_propensity);
    put(all, "experiments.variant_count", SPL_U32, e, arrays->variant_count);
    put(all, "experiments.variant_start", SPL_U32, arrays->variants + 1, arrays->variant_start);
    put(all, "experiments.variant_bytes", SPL_U8, arrays->variant_start[arrays->variants], arrays->variant_bytes);
    for (uint32_t i = 0; i < e; i++) {
        const spl_experiment *x = &bundle->experiments[i];
        char name[96];
        snprintf(name, sizeof name, "policy.%.*s.row", (int)x->key.size, x->key.data);
        put(all, name, SPL_I32, bundle->tree.node_count, x->policy.row);
        snprintf(name, sizeof name, "policy.%.*s.table", (int)x->key.size, x->key.data);
        put_matrix(all, name, SPL_F64, x->policy.row_count, x->policy.variant_count, x->policy.table);
    }
}

static void copy_text(char *bytes, uint32_t *at, spl_text text)
{
    if (text.size > 0) memcpy(bytes + *at, text.data, text.size);
    *at += (uint32_t)text.size;
}

static void fill_experiments(const spl_bundle *bundle, experiment_arrays *arrays)
{
    uint32_t key_at = 0, variant_at = 0;
    size_t v = 0;
    for (uint32_t i = 0; i < bundle->experiment_count; i++) {
        const spl_experiment *x = &bundle->experiments[i];
        arrays->seed[i] = x->seed;
        arrays->hash_mode[i] = (uint8_t)x->hash_mode;
        arrays->min_propensity[i] = x->min_propensity;
        arrays->variant_count[i] = x->policy.variant_count;
        arrays->key_start[i] = key_at;
        copy_text(arrays->key_bytes, &key_at, x->key);
        for (uint32_t j = 0; j < x->policy.variant_count; j++) {
            arrays->variant_start[v++] = variant_at;
            copy_text(arrays->variant_bytes, &variant_at, x->variants[j]);
        }
    }
    arrays->key_start[bundle->experiment_count] = key_at;
    arrays->variant_start[v] = variant_at;
}

static void free_experiments(experiment_arrays *arrays)
{
    free(arrays->key_start);
    free(arrays->variant_start);
    free(arrays->variant_count);
    free(arrays->seed);
    free(arrays->min_propensity);
    free(arrays->hash_mode);
    free(arrays->key_bytes);
    free(arrays->variant_bytes);
}

static bool make_experiments(const spl_bundle *bundle, experiment_arrays *arrays, spl_error *error)
{
    size_t e = bundle->experiment_count, key_bytes = 0, variant_bytes = 0;
    for (size_t i = 0; i < e; i++) {
        const spl_experiment *x = &bundle->experiments[i];
        if (x->key.size > 64) return spl_fail_field(error, "experiments.key_bytes", "a key is longer than 64 bytes");
        key_bytes += x->key.size;
        arrays->variants += x->policy.variant_count;
        for (uint32_t j = 0; j < x->policy.variant_count; j++) variant_bytes += x->variants[j].size;
    }
    if (key_bytes > UINT32_MAX || variant_bytes > UINT32_MAX)
        return spl_fail_field(error, "experiments", "names take more than 4 GiB");
    arrays->key_start = calloc(e + 1, sizeof *arrays->key_start);
    arrays->variant_start = calloc(arrays->variants + 1, sizeof *arrays->variant_start);
    arrays->variant_count = calloc(e + 1, sizeof *arrays->variant_count);
    arrays->seed = calloc(e + 1, sizeof *arrays->seed);
    arrays->min_propensity = calloc(e + 1, sizeof *arrays->min_propensity);
    arrays->hash_mode = calloc(e + 1, sizeof *arrays->hash_mode);
    arrays->key_bytes = calloc(key_bytes + 1, 1);
    arrays->variant_bytes = calloc(variant_bytes + 1, 1);
    if (!arrays->key_start || !arrays->variant_start || !arrays->variant_count || !arrays->seed ||
        !arrays->min_propensity || !arrays->hash_mode || !arrays->key_bytes || !arrays->variant_bytes)
        return out_of_memory(error);
    fill_experiments(bundle, arrays);
    return true;
}

// Widest elements first, otherwise in the order given. Insertion sort: there are few tensors.
static void sort_by_width(columns *all)
{
    for (size_t i = 1; i < all->count; i++) {
        column item = all->items[i];
        size_t j = i;
        for (; j > 0 && element_bytes[all->items[j - 1].dtype] < element_bytes[item.dtype]; j--)
            all->items[j] = all->items[j - 1];
        all->items[j] = item;
    }
}

static cJSON *column_header(const column *item, size_t offset)
{
    cJSON *out = cJSON_CreateObject();
    cJSON_AddStringToObject(out, "dtype", dtype_names[item->dtype]);
    cJSON *shape = cJSON_AddArrayToObject(out, "shape");
    bool empty = item->bytes == 0;
    for (uint32_t i = 0; i < (empty ? 1 : item->dims); i++)
        cJSON_AddItemToArray(shape, cJSON_CreateNumber(empty ? 0.0 : (double)item->shape[i]));
    cJSON *offsets = cJSON_AddArrayToObject(out, "data_offsets");
    cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)offset));
    cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)(offset + item->bytes)));
    return out;
}

// The header as text from cJSON's allocator; NULL when out of memory.
static char *header_text(const columns *all, const char *manifest)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *metadata = cJSON_AddObjectToObject(root, "__metadata__");
    cJSON_AddStringToObject(metadata, "samplit.id", NO_ID);
    cJSON_AddStringToObject(metadata, "samplit.xxh64", NO_CHECKSUM);
    cJSON_AddStringToObject(metadata, "samplit", manifest);
    size_t offset = 0;
    for (size_t i = 0; i < all->count; i++) {
        cJSON_AddItemToObject(root, all->items[i].name, column_header(&all->items[i], offset));
        offset += all->items[i].bytes;
    }
    char *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return text;
}

static uint8_t *file_bytes(const columns *all, const char *header, size_t *size)
{
    size_t length = strlen(header), total = 8 + length;
    size_t padding = (DATA_ALIGN - total % DATA_ALIGN) % DATA_ALIGN;
    size_t at = total + padding;
    total = at;
    for (size_t i = 0; i < all->count; i++) total += all->items[i].bytes;
    uint8_t *data = malloc(total);
    if (!data) return NULL;
    for (int i = 0; i < 8; i++) data[i] = (uint8_t)((uint64_t)(length + padding) >> (8 * i));
    memcpy(data + 8, header, length);
    memset(data + 8 + length, ' ', padding);
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].bytes > 0) memcpy(data + at, all->items[i].data, all->items[i].bytes);
        at += all->items[i].bytes;
    }
    *size = total;
    return data;
}

static bool refuse(const spl_bundle_error *reason, spl_error *error)
{
    return spl_fail_field(error, reason->name, "%s (at %" PRIu64 "; expected %s)", spl_status_text(reason->status),
                          reason->at, reason->expected ? reason->expected : "otherwise");
}

// Opens the file; its texts, id and checksum among them, point into `data`.
static bool check_opens(const uint8_t *data, size_t size, spl_bundle *bundle, spl_error *error)
{
    spl_bundle_error reason = {0};
    size_t bytes = 0;
    spl_status status = spl_bundle_open_bytes(data, size, &bytes);
    if (status != SPL_OK) return spl_fail(error, "%s", spl_status_text(status));
    void *memory = malloc(bytes + 1);
    if (!memory) return out_of_memory(error);
    spl_arena arena = spl_arena_over(memory, bytes + 1);
    status = spl_bundle_open(data, size, &arena, bundle, &reason);
    free(memory);
    return status == SPL_OK || refuse(&reason, error);
}

// Of a file whose id and checksum are still zeros.
static void hash_file(const uint8_t *data, size_t size, char hex[ID_DIGITS + 1])
{
    uint8_t hash[SPL_BUNDLE_ID_BYTES];
    crypto_generichash(hash, sizeof hash, data, size, NULL, 0);
    sodium_bin2hex(hex, ID_DIGITS + 1, hash, sizeof hash);
}

// The metadata stands first in the header, so id and checksum are where these texts end.
static void seal(uint8_t *file, size_t size, char id_hex[ID_DIGITS + 1])
{
    size_t id_at = 8 + strlen(BEFORE_ID), checksum_at = id_at + ID_DIGITS + strlen(BEFORE_CHECKSUM);
    char checksum[SPL_CHECKSUM_DIGITS + 1];
    hash_file(file, size, id_hex);
    memcpy(file + id_at, id_hex, ID_DIGITS);
    snprintf(checksum, sizeof checksum, "%016" PRIx64, spl_bundle_checksum(file, size, checksum_at));
    memcpy(file + checksum_at, checksum, SPL_CHECKSUM_DIGITS);
}

static bool write_columns(columns *all, const char *manifest, uint8_t **data, size_t *size, char id_hex[33],
                          spl_error *error)
{
    sort_by_width(all);
    char *header = header_text(all, manifest);
    if (!header) return out_of_memory(error);
    size_t file_size = 0;
    uint8_t *file = file_bytes(all, header, &file_size);
    cJSON_free(header);
    if (!file) return out_of_memory(error);
    spl_bundle written;
    char hex[ID_DIGITS + 1];
    seal(file, file_size, hex);
    if (!check_opens(file, file_size, &written, error)) {
        free(file);
        return false;
    }
    memcpy(id_hex, hex, sizeof hex);
    *data = file;
    *size = file_size;
    return true;
}

bool spl_bundle_write(const spl_bundle *bundle, const char *manifest, uint8_t **data, size_t *size, char id_hex[33],
                      spl_error *error)
{
    experiment_arrays arrays = {0};
    size_t room = FIXED_TENSORS + 2 * SPL_ENCODER_LAYERS_MAX * (size_t)bundle->encoder_count +
                  2 * (size_t)bundle->experiment_count;
    columns all = {0, calloc(room, sizeof(column))};
    bool ok = all.items ? make_experiments(bundle, &arrays, error) : out_of_memory(error);
    if (ok) {
        static const uint32_t version = SPL_BUNDLE_VERSION;
        put(&all, "format", SPL_U32, 1, &version);
        put_schema(&all, &bundle->schema);
        put_encoders(&all, bundle);
        put_tree(&all, &bundle->tree);
        put_experiments(&all, bundle, &arrays);
        ok = write_columns(&all, manifest, data, size, id_hex, error);
    }
    free_experiments(&arrays);
    free(all.items);
    return ok;
}

bool spl_bundle_id_matches(const uint8_t *data, size_t size)
{
    spl_bundle bundle;
    char hex[ID_DIGITS + 1];
    if (!check_opens(data, size, &bundle, NULL)) return false;
    uint8_t *zeroed = malloc(size);
    if (!zeroed) return false;
    memcpy(zeroed, data, size);
    memset(zeroed + (bundle.id_hex.data - (const char *)data), '0', ID_DIGITS);
    memset(zeroed + (bundle.checksum_hex.data - (const char *)data), '0', SPL_CHECKSUM_DIGITS);
    hash_file(zeroed, size, hex);
    free(zeroed);
    return memcmp(hex, bundle.id_hex.data, ID_DIGITS) == 0;
}
