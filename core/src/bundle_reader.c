// SPDX-License-Identifier: MIT
#include "bundle_reader.h"

#include <string.h>

#include "samplit/num.h"

static spl_text text_of(const char *name)
{
    return (spl_text){name, strlen(name)};
}

void spl_read_check(const spl_bundle_reader *reader, bool holds, spl_status status, const char *name, size_t at,
                    const char *expected)
{
    if (!holds) spl_bundle_refuse(reader->error, status, text_of(name), at, expected);
}

const spl_tensor *spl_read_find(const spl_bundle_reader *reader, const char *name)
{
    return spl_bundle_tensor(reader->bundle, text_of(name));
}

// The limit leaves room for one more than there are.
static bool is_of_size(uint64_t size, uint32_t wanted)
{
    return size < UINT32_MAX - 1 && (wanted == SPL_ANY || size == wanted);
}

const spl_tensor *spl_read_tensor(const spl_bundle_reader *reader, const char *name, spl_dtype dtype, uint32_t rows,
                                  uint32_t columns)
{
    static const uint64_t ZERO = 0;
    static const spl_tensor NOTHING = {.data = &ZERO};
    const spl_tensor *found = spl_read_find(reader, name), *tensor = found ? found : &NOTHING;
    SPL_CHECK(reader, found, SPL_MISSING_TENSOR, name, 0, "this tensor");
    SPL_CHECK(reader, tensor->dtype == dtype, SPL_BAD_DTYPE, name, 0, "the dtype of docs/bundle-format.md");
    bool fits = is_of_size(tensor->shape[0], rows);
    if (columns == SPL_VECTOR) {
        fits = fits && tensor->dims == 1;
    } else {
        fits = fits && tensor->dims == 2 && is_of_size(tensor->shape[1], columns);
    }
    SPL_CHECK(reader, fits, SPL_BAD_SHAPE, name, columns == SPL_VECTOR ? rows : 0,
              "the shape of docs/bundle-format.md");
    return spl_read_failed(reader) ? &NOTHING : tensor;
}

void spl_read_views(const spl_bundle_reader *reader, const spl_view *views, size_t view_count, uint32_t count,
                    void *out)
{
    for (const spl_view *view = views; view < views + view_count; view++) {
        const spl_tensor *tensor = spl_read_tensor(reader, view->name, view->dtype, count + view->extra, view->columns);
        memcpy((char *)out + view->offset, &tensor->data, sizeof tensor->data);
    }
}

void spl_read_layer(const spl_bundle_reader *reader, const char *weight_name, const char *bias_name, uint32_t inputs,
                    uint32_t outputs, spl_layer *out)
{
    const spl_tensor *weight = spl_read_tensor(reader, weight_name, SPL_F32, inputs, outputs);
    bool few = weight->bytes > 0 && weight->shape[1] <= SPL_ENCODER_WIDTH_MAX;
    SPL_CHECK(reader, few, SPL_TOO_LARGE, weight_name, 0, "1 to 4096 outputs");
    const spl_tensor *bias = spl_read_tensor(reader, bias_name, SPL_F32, (uint32_t)weight->shape[1], SPL_VECTOR);
    spl_check_finite(reader, weight_name, weight);
    spl_check_finite(reader, bias_name, bias);
    *out = (spl_layer){inputs, (uint32_t)weight->shape[1], weight->data, bias->data};
}

void spl_read_texts(const spl_bundle_reader *reader, const char *start_name, const char *bytes_name, uint32_t starts,
                    spl_texts *out)
{
    const spl_tensor *start = spl_read_tensor(reader, start_name, SPL_U32, starts, SPL_VECTOR);
    SPL_CHECK(reader, start->bytes > 0, SPL_BAD_SHAPE, start_name, 0, "one start more than texts");
    const spl_tensor *bytes = spl_read_tensor(reader, bytes_name, SPL_U8, SPL_ANY, SPL_VECTOR);
    *out = (spl_texts){(uint32_t)start->shape[0] - 1, start->data, bytes->data};
    spl_check_starts(reader, start_name, out->start, out->count, bytes->bytes);
}

spl_text spl_text_at(const spl_texts *texts, uint32_t i)
{
    return (spl_text){texts->bytes + texts->start[i], texts->start[i + 1] - texts->start[i]};
}

void spl_check_starts(const spl_bundle_reader *reader, const char *name, const uint32_t *start, uint32_t count,
                      uint64_t end)
{
    if (spl_read_failed(reader)) return;
    SPL_CHECK(reader, start[0] == 0, SPL_BAD_VALUE, name, 0, "a first start of 0");
    for (uint32_t i = 1; i <= count; i++)
        SPL_CHECK(reader, start[i] >= start[i - 1], SPL_BAD_VALUE, name, i, "starts that ascend");
    SPL_CHECK(reader, start[count] == end, SPL_BAD_VALUE, name, count, "a last start at the end of the data");
}

void spl_check_finite(const spl_bundle_reader *reader, const char *name, const spl_tensor *tensor)
{
    const float *values = tensor->data;
    for (size_t i = 0; i < tensor->bytes / sizeof(float); i++)
        if (!spl_is_finitef(values[i])) SPL_CHECK(reader, false, SPL_BAD_VALUE, name, i, "finite numbers");
}

void *spl_read_take(const spl_bundle_reader *reader, size_t count, size_t item_bytes)
{
    void *taken = NULL;
    bool fits = spl_arena_take(reader->arena, count, item_bytes, &taken) == SPL_OK;
    SPL_CHECK(reader, fits, SPL_NO_SPACE, "arena", 0, "the space of spl_bundle_open_bytes");
    return taken;
}

int spl_hex_digit(char c, char a)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= a && c < a + 6 ? c - a + 10 : -1;
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
