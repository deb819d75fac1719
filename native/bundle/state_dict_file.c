// SPDX-License-Identifier: GPL-3.0-or-later
// The container is read by the core's own reader, which trusts no length, offset or shape. Tensors of 8-byte elements
// are written first, as the safetensors library does, so that all are aligned without gaps.
#include "bundle/state_dict_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "safetensors.h"

#define DATA_ALIGN 8
#define METADATA "{\"__metadata__\":{\"format\":\"pt\"}"

static bool refuse(const spl_bundle_error *why, spl_error *error)
{
    if (!why->expected) return spl_fail(error, "not a safetensors file");
    return spl_fail_field(error, why->name, "%s; at %" PRIu64 ", expected %s", spl_status_text(why->status), why->at,
                          why->expected);
}

// The table of tensors of dict->memory, which is the file.
static bool read_table(spl_state_dict *dict, size_t size, spl_error *error)
{
    spl_bundle_error why = {.status = SPL_BAD_HEADER};
    spl_safetensors file = {0};
    size_t bytes = 0;
    uint32_t most;
    // Where the header cannot even be measured, opening it says why.
    if (spl_safetensors_bytes(dict->memory, size, &bytes, &most) != SPL_OK) bytes = 0;
    void *memory = malloc(bytes + 1);
    if (!memory) return spl_fail(error, "out of memory");
    spl_arena arena = spl_arena_over(memory, bytes);
    spl_status status = spl_safetensors_open(dict->memory, size, &arena, &file, &why);
    bool done = status == SPL_OK || refuse(&why, error);
    if (done) {
        dict->tensors = calloc(file.tensor_count + 1, sizeof *dict->tensors);
        done = dict->tensors || spl_fail(error, "out of memory");
    }
    if (done && file.tensor_count) memcpy(dict->tensors, file.tensors, file.tensor_count * sizeof *dict->tensors);
    if (done) dict->count = file.tensor_count;
    free(memory);
    return done;
}

bool spl_state_dict_read(const uint8_t *data, size_t size, spl_state_dict **out, spl_error *error)
{
    spl_state_dict *dict = calloc(1, sizeof *dict);
    if (dict) dict->memory = malloc(size + 1);
    bool done = (dict && dict->memory) || spl_fail(error, "out of memory");
    if (done) {
        memcpy(dict->memory, data, size);
        done = read_table(dict, size, error);
    }
    if (done)
        *out = dict;
    else
        spl_state_dict_free(dict);
    return done;
}

bool spl_state_dict_file_read(const char *path, spl_state_dict **out, spl_error *error)
{
    uint8_t *data;
    size_t size;
    if (!spl_file_read(path, &data, &size, error)) return false;
    bool done = spl_state_dict_read(data, size, out, error) || spl_fail_at(error, path, 0);
    free(data);
    return done;
}

static const char *dtype_name(spl_dtype dtype)
{
    return dtype == SPL_F32 ? "F32" : dtype == SPL_F64 ? "F64" : "I64";
}

// A header entry; returns its length, which is also what `room` bytes would not have been enough for.
static int entry(char *to, size_t room, const spl_tensor *tensor, size_t begin)
{
    char shape[64] = "[]";
    if (tensor->dims == 1) snprintf(shape, sizeof shape, "[%" PRIu64 "]", tensor->shape[0]);
    if (tensor->dims == 2)
        snprintf(shape, sizeof shape, "[%" PRIu64 ",%" PRIu64 "]", tensor->shape[0], tensor->shape[1]);
    return snprintf(to, room, ",\"%.*s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
                    (int)tensor->name.size, tensor->name.data, dtype_name(tensor->dtype), shape, begin,
                    begin + (size_t)tensor->bytes);
}

// Visits the tensors in order of the file: those of 8-byte elements, then the others.
static const spl_tensor *in_order(const spl_state_dict *dict, uint32_t *at)
{
    for (; *at < 2 * dict->count; ++*at) {
        const spl_tensor *tensor = &dict->tensors[*at % dict->count];
        if ((tensor->dtype != SPL_F32) == (*at < dict->count)) {
            ++*at;
            return tensor;
        }
    }
    return NULL;
}

static void measure(const spl_state_dict *dict, size_t *header, size_t *bytes)
{
    const spl_tensor *tensor;
    *header = sizeof METADATA; // the closing brace in place of the terminator
    *bytes = 0;
    for (uint32_t at = 0; (tensor = in_order(dict, &at));) {
        *header += (size_t)entry(NULL, 0, tensor, *bytes);
        *bytes += (size_t)tensor->bytes;
    }
    *header = (*header + DATA_ALIGN - 1) / DATA_ALIGN * DATA_ALIGN;
}

bool spl_state_dict_write(const spl_state_dict *dict, uint8_t **data, size_t *size, spl_error *error)
{
    size_t header, bytes, begin = 0;
    measure(dict, &header, &bytes);
    uint8_t *file = malloc(8 + header + bytes + 1);
    if (!file) return spl_fail(error, "out of memory");
    memset(file + 8, ' ', header);
    uint64_t length = header;
    memcpy(file, &length, 8);
    char *text = (char *)file + 8, *end = text + header;
    memcpy(text, METADATA, sizeof METADATA - 1);
    text += sizeof METADATA - 1;
    const spl_tensor *tensor;
    for (uint32_t at = 0; (tensor = in_order(dict, &at)); begin += (size_t)tensor->bytes) {
        text += entry(text, (size_t)(end - text), tensor, begin);
        *text = ' '; // the terminator; the next entry or the brace comes here
        memcpy(file + 8 + header + begin, tensor->data, (size_t)tensor->bytes);
    }
    *text = '}';
    *data = file;
    *size = 8 + header + bytes;
    return true;
}

bool spl_state_dict_file_write(const char *path, const spl_state_dict *dict, spl_error *error)
{
    uint8_t *data;
    size_t size;
    if (!spl_state_dict_write(dict, &data, &size, error)) return false;
    bool done = spl_file_write(path, data, size, error);
    free(data);
    return done;
}

static bool is_weight(spl_text name)
{
    static const char ending[] = "weight";
    size_t size = sizeof ending - 1;
    return name.size >= size && memcmp(name.data + name.size - size, ending, size) == 0;
}

bool spl_state_dict_looks_like(const uint8_t *data, size_t size)
{
    spl_state_dict *dict;
    if (!spl_state_dict_read(data, size, &dict, NULL)) return false;
    bool is = false;
    for (uint32_t i = 0; i < dict->count; i++) is |= is_weight(dict->tensors[i].name);
    is &= !spl_state_dict_find(dict, "format");
    spl_state_dict_free(dict);
    return is;
}
