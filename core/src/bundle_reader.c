// SPDX-License-Identifier: MIT
#include "bundle_reader.h"

#include <string.h>

#include "safetensors.h"
#include "samplit/num.h"

static spl_text text_of(const char *name)
{
    return (spl_text){name, strlen(name)};
}

spl_status spl_read_fail(const spl_bundle_reader *reader, spl_status status, const char *name, uint64_t at,
                         const char *expected)
{
    return spl_bundle_fail(reader->error, status, text_of(name), at, expected);
}

const spl_tensor *spl_read_find(const spl_bundle_reader *reader, const char *name)
{
    return spl_bundle_tensor(reader->bundle, text_of(name));
}

static spl_status read_typed(const spl_bundle_reader *reader, const char *name, spl_dtype dtype, const spl_tensor **out)
{
    const spl_tensor *tensor = spl_read_find(reader, name);
    if (!tensor) return spl_read_fail(reader, SPL_MISSING_TENSOR, name, 0, "this tensor");
    if (tensor->dtype != dtype)
        return spl_read_fail(reader, SPL_BAD_DTYPE, name, 0, "the dtype of docs/bundle-format.md");
    *out = tensor;
    return SPL_OK;
}

spl_status spl_read_vector(const spl_bundle_reader *reader, const char *name, spl_dtype dtype, uint64_t count,
                           const spl_tensor **out)
{
    const spl_tensor *tensor;
    spl_status status = read_typed(reader, name, dtype, &tensor);
    if (status != SPL_OK) return status;
    if (tensor->dims != 1 || tensor->shape[0] >= UINT32_MAX || (count != SPL_ANY && tensor->shape[0] != count)) {
        return spl_read_fail(reader, SPL_BAD_SHAPE, name, count, "one dimension, of its neighbours' size");
    }
    *out = tensor;
    return SPL_OK;
}

spl_status spl_read_views(const spl_bundle_reader *reader, const spl_view *views, size_t view_count, uint64_t count,
                          void *out)
{
    for (const spl_view *view = views; view < views + view_count; view++) {
        const spl_tensor *tensor = NULL;
        spl_status status = spl_read_vector(reader, view->name, view->dtype, count + view->extra, &tensor);
        if (status != SPL_OK) return status;
        memcpy((char *)out + view->offset, &tensor->data, sizeof tensor->data);
    }
    return SPL_OK;
}

spl_status spl_read_matrix(const spl_bundle_reader *reader, const char *name, spl_dtype dtype, uint64_t rows,
                           uint64_t columns, const spl_tensor **out)
{
    const spl_tensor *tensor;
    spl_status status = read_typed(reader, name, dtype, &tensor);
    if (status != SPL_OK) return status;
    if (tensor->dims != 2 || tensor->shape[0] >= UINT32_MAX || tensor->shape[1] >= UINT32_MAX ||
        (rows != SPL_ANY && tensor->shape[0] != rows) || (columns != SPL_ANY && tensor->shape[1] != columns)) {
        return spl_read_fail(reader, SPL_BAD_SHAPE, name, 0, "two dimensions, of its neighbours' sizes");
    }
    *out = tensor;
    return SPL_OK;
}

spl_status spl_read_layer(const spl_bundle_reader *reader, const char *weight_name, const char *bias_name,
                          uint32_t inputs, uint64_t outputs, spl_layer *out)
{
    const spl_tensor *weight = NULL, *bias = NULL;
    spl_status status = spl_read_matrix(reader, weight_name, SPL_F32, inputs, outputs, &weight);
    if (status != SPL_OK) return status;
    if (weight->shape[0] == 0 || weight->shape[1] == 0 || weight->shape[1] > SPL_ENCODER_WIDTH_MAX) {
        return spl_read_fail(reader, SPL_TOO_LARGE, weight_name, 0, "1 to 4096 outputs");
    }
    status = spl_read_vector(reader, bias_name, SPL_F32, weight->shape[1], &bias);
    if (status == SPL_OK) status = spl_check_finite(reader, weight_name, weight);
    if (status == SPL_OK) status = spl_check_finite(reader, bias_name, bias);
    if (status == SPL_OK) *out = (spl_layer){inputs, (uint32_t)weight->shape[1], weight->data, bias->data};
    return status;
}

spl_status spl_read_texts(const spl_bundle_reader *reader, const char *start_name, const char *bytes_name,
                          uint64_t count, spl_texts *out)
{
    const spl_tensor *starts = NULL, *data = NULL;
    uint64_t entries = count == SPL_ANY ? SPL_ANY : count + 1;
    spl_status status = spl_read_vector(reader, start_name, SPL_U32, entries, &starts);
    if (status != SPL_OK) return status;
    if (starts->shape[0] == 0) return spl_read_fail(reader, SPL_BAD_SHAPE, start_name, 0, "one start more than texts");
    status = spl_read_vector(reader, bytes_name, SPL_U8, SPL_ANY, &data);
    if (status != SPL_OK) return status;
    *out = (spl_texts){(uint32_t)starts->shape[0] - 1, starts->data, data->data};
    return spl_check_starts(reader, start_name, out->start, out->count, data->shape[0]);
}

spl_text spl_text_at(const spl_texts *texts, uint32_t i)
{
    return (spl_text){texts->bytes + texts->start[i], texts->start[i + 1] - texts->start[i]};
}

spl_status spl_check_starts(const spl_bundle_reader *reader, const char *name, const uint32_t *start, uint64_t count,
                            uint64_t end)
{
    if (start[0] != 0) return spl_read_fail(reader, SPL_BAD_VALUE, name, 0, "a first start of 0");
    for (uint64_t i = 0; i < count; i++) {
        if (start[i + 1] < start[i]) return spl_read_fail(reader, SPL_BAD_VALUE, name, i + 1, "starts that ascend");
    }
    if (start[count] != end)
        return spl_read_fail(reader, SPL_BAD_VALUE, name, count, "a last start at the end of the data");
    return SPL_OK;
}

spl_status spl_check_finite(const spl_bundle_reader *reader, const char *name, const spl_tensor *tensor)
{
    const float *values = tensor->data;
    for (uint64_t i = 0; i < tensor->bytes / sizeof(float); i++) {
        if (!spl_is_finitef(values[i])) {
            return spl_read_fail(reader, SPL_BAD_VALUE, name, i, "finite numbers");
        }
    }
    return SPL_OK;
}

spl_status spl_read_take(const spl_bundle_reader *reader, size_t count, size_t item_bytes, void **out)
{
    if (spl_arena_take(reader->arena, count, item_bytes, out) == SPL_OK) return SPL_OK;
    return spl_read_fail(reader, SPL_NO_SPACE, "arena", 0, "the space of spl_bundle_open_bytes");
}

uint32_t spl_count_tensors(const spl_bundle_reader *reader, const char *prefix)
{
    uint32_t count = 0;
    size_t size = strlen(prefix);
    for (uint32_t i = 0; i < reader->bundle->tensor_count; i++) {
        spl_text name = reader->bundle->tensors[i].name;
        count += name.size >= size && memcmp(name.data, prefix, size) == 0;
    }
    return count;
}

char *spl_join_name(char out[SPL_NAME_MAX], const char *prefix, spl_text middle, const char *suffix)
{
    size_t before = strlen(prefix);
    memcpy(out, prefix, before);
    memcpy(out + before, middle.data, middle.size);
    memcpy(out + before + middle.size, suffix, strlen(suffix) + 1);
    return out;
}

const spl_tensor *spl_bundle_tensor(const spl_bundle *bundle, spl_text name)
{
    for (uint32_t i = 0; i < bundle->tensor_count; i++) {
        if (spl_text_equal(bundle->tensors[i].name, name)) return &bundle->tensors[i];
    }
    return NULL;
}
