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

#include "bundle/bundle_write_parts.h"

#define ID_DIGITS 32
#define DATA_ALIGN 64
#define NO_ID "00000000000000000000000000000000"
#define NO_CHECKSUM "0000000000000000"
#define BEFORE_ID "{\"__metadata__\":{\"samplit.id\":\""
#define BEFORE_CHECKSUM "\",\"samplit.xxh64\":\""

static const char *const dtype_names[] = {
    [SPL_U8] = "U8", [SPL_I32] = "I32", [SPL_U32] = "U32", [SPL_U64] = "U64", [SPL_F32] = "F32", [SPL_F64] = "F64",
};

static bool out_of_memory(spl_error *error)
{
    return spl_fail(error, "out of memory");
}

// Widest elements first, otherwise in the order given. Insertion sort: there are few tensors.
static void sort_by_width(spl_columns *all)
{
    for (size_t i = 1; i < all->count; i++) {
        spl_column item = all->items[i];
        size_t j = i;
        for (; j > 0 && spl_dtype_bytes[all->items[j - 1].dtype] < spl_dtype_bytes[item.dtype]; j--)
            all->items[j] = all->items[j - 1];
        all->items[j] = item;
    }
}

static cJSON *column_header(const spl_column *item, size_t offset)
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
static char *header_text(const spl_columns *all, const char *manifest)
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

static uint8_t *file_bytes(const spl_columns *all, const char *header, size_t *size)
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

static bool write_columns(spl_columns *all, const char *manifest, uint8_t **data, size_t *size, char id_hex[33],
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

static bool add_columns(spl_columns *all, const spl_column *more, size_t count)
{
    spl_column *items = realloc(all->items, (all->count + count) * sizeof *items);
    if (!items) return false;
    if (count > 0) memcpy(items + all->count, more, count * sizeof *more);
    all->items = items;
    all->count += count;
    return true;
}

bool spl_bundle_write_with(const spl_bundle *bundle, const spl_column *more, size_t more_count, const char *manifest,
                           uint8_t **data, size_t *size, char id_hex[33], spl_error *error)
{
    spl_columns *all = spl_columns_of(bundle, error);
    bool ok = all && (add_columns(all, more, more_count) || out_of_memory(error)) &&
              write_columns(all, manifest, data, size, id_hex, error);
    spl_columns_free(all);
    return ok;
}

bool spl_bundle_write(const spl_bundle *bundle, const char *manifest, uint8_t **data, size_t *size, char id_hex[33],
                      spl_error *error)
{
    return spl_bundle_write_with(bundle, NULL, 0, manifest, data, size, id_hex, error);
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
