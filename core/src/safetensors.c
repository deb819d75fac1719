// SPDX-License-Identifier: MIT
// safetensors: u64 header length, JSON header, data. The header is an object of objects of three known fields, so it is
// read in one pass by a cursor that takes this and no other JSON (docs/decisions/0200): whatever is not as it must be
// is refused where it stands.
#include "safetensors.h"

#include <string.h>

typedef struct reader {
    const char *text; // the header
    size_t size, at;  // its bytes, those read
    const uint8_t *data;
    uint64_t data_bytes;
    spl_bundle_error *error;
} reader;

spl_status spl_bundle_fail(spl_bundle_error *error, spl_status status, spl_text name, uint64_t at, const char *expected)
{
    if (!error) return status;
    spl_text cut = spl_text_cut(name, sizeof error->name - 1);
    memset(error, 0, sizeof *error);
    error->status = status;
    error->at = at;
    error->expected = expected;
    if (cut.size) memcpy(error->name, cut.data, cut.size);
    return status;
}

static spl_status bad_header(reader *r, const char *expected)
{
    return spl_bundle_fail(r->error, SPL_BAD_HEADER, SPL_TEXT("header"), 8 + r->at, expected);
}

// Takes that character, after any spaces.
static bool take(reader *r, char c)
{
    while (r->at < r->size && r->text[r->at] == ' ') r->at++;
    if (r->at == r->size || r->text[r->at] != c) return false;
    r->at++;
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

// From a backslash to the last character of what it begins.
static bool skip_escape(reader *r)
{
    if (++r->at == r->size) return false;
    if (r->text[r->at] != 'u') return memchr("\"\\/bfnrt", r->text[r->at], 8);
    for (int i = 0; i < 4; i++) {
        if (++r->at == r->size || !is_hex(r->text[r->at])) return false;
    }
    return true;
}

// What stands between the quotes, escapes as they are.
static bool take_string(reader *r, spl_text *out)
{
    if (!take(r, '"')) return false;
    const char *start = r->text + r->at;
    for (; r->at < r->size; r->at++) {
        char c = r->text[r->at];
        if ((uint8_t)c < ' ' || (c == '\\' && !skip_escape(r))) return false;
        if (c != '"') continue;
        *out = (spl_text){start, (size_t)(r->text + r->at++ - start)};
        return true;
    }
    return false;
}

static bool take_key(reader *r, spl_text *out)
{
    return take_string(r, out) && take(r, ':');
}

// Up to 15 digits, no leading zero.
static bool take_integer(reader *r, uint64_t *out)
{
    if (take(r, '0')) {
        *out = 0;
        return true;
    }
    size_t start = r->at;
    for (*out = 0; r->at < r->size && r->text[r->at] >= '0' && r->text[r->at] <= '9'; r->at++) {
        if (r->at - start == 15) return false;
        *out = *out * 10 + (uint64_t)(r->text[r->at] - '0');
    }
    return r->at > start;
}

static uint32_t dtype_bytes(spl_dtype dtype)
{
    switch (dtype) {
    case SPL_DTYPE_OTHER1:
    case SPL_U8: return 1;
    case SPL_DTYPE_OTHER2: return 2;
    case SPL_I32:
    case SPL_U32:
    case SPL_F32: return 4;
    case SPL_U64:
    case SPL_F64:
    case SPL_DTYPE_OTHER8: return 8;
    }
    return 0;
}

static bool dtype_from(spl_text text, spl_dtype *out)
{
    static const struct {
        char name[8];
        spl_dtype dtype;
    } KNOWN[] = {
        {"U8", SPL_U8},
        {"I32", SPL_I32},
        {"U32", SPL_U32},
        {"U64", SPL_U64},
        {"F32", SPL_F32},
        {"F64", SPL_F64},
        {"I8", SPL_DTYPE_OTHER1},
        {"BOOL", SPL_DTYPE_OTHER1},
        {"I16", SPL_DTYPE_OTHER2},
        {"U16", SPL_DTYPE_OTHER2},
        {"F16", SPL_DTYPE_OTHER2},
        {"BF16", SPL_DTYPE_OTHER2},
        {"I64", SPL_DTYPE_OTHER8},
    };
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        if (spl_text_equal(text, (spl_text){KNOWN[i].name, strlen(KNOWN[i].name)})) {
            *out = KNOWN[i].dtype;
            return true;
        }
    }
    return false;
}

static spl_status read_dtype(reader *r, spl_tensor *tensor)
{
    spl_text name;
    if (!take_string(r, &name) || !dtype_from(name, &tensor->dtype)) {
        return spl_bundle_fail(r->error, SPL_BAD_DTYPE, tensor->name, 0, "a safetensors dtype");
    }
    return SPL_OK;
}

static spl_status bad_shape(reader *r, const spl_tensor *tensor, uint64_t at, const char *expected)
{
    return spl_bundle_fail(r->error, SPL_BAD_SHAPE, tensor->name, at, expected);
}

static spl_status read_shape(reader *r, spl_tensor *tensor)
{
    tensor->dims = 0;
    tensor->shape[0] = tensor->shape[1] = 1;
    if (!take(r, '[')) return bad_shape(r, tensor, 0, "an array of at most two sizes");
    if (take(r, ']')) return SPL_OK;
    do {
        if (tensor->dims == 2) return bad_shape(r, tensor, 0, "an array of at most two sizes");
        if (!take_integer(r, &tensor->shape[tensor->dims]))
            return bad_shape(r, tensor, tensor->dims, "sizes below 10^15");
        tensor->dims++;
    } while (take(r, ','));
    return take(r, ']') ? SPL_OK : bad_shape(r, tensor, 0, "an array of at most two sizes");
}

static spl_status read_offsets(reader *r, spl_tensor *tensor)
{
    uint64_t begin, end;
    if (!take(r, '[') || !take_integer(r, &begin) || !take(r, ',') || !take_integer(r, &end) || !take(r, ']')) {
        return spl_bundle_fail(r->error, SPL_BAD_OFFSETS, tensor->name, 0, "two offsets");
    }
    if (begin > end || end > r->data_bytes) {
        return spl_bundle_fail(r->error, SPL_BAD_OFFSETS, tensor->name, end, "offsets within the file");
    }
    tensor->data = r->data + begin;
    tensor->bytes = end - begin;
    return SPL_OK;
}

static spl_status check_bytes(reader *r, const spl_tensor *tensor)
{
    uint64_t element = dtype_bytes(tensor->dtype), items = tensor->shape[0];
    if (items && tensor->shape[1] > r->data_bytes / items)
        items = UINT64_MAX / 16; // above any file
    else
        items *= tensor->shape[1];
    if (items > r->data_bytes || items * element != tensor->bytes) {
        return bad_shape(r, tensor, tensor->bytes, "shape x dtype equal to the tensor's bytes");
    }
    return SPL_OK;
}

static spl_status read_tensor(reader *r, spl_tensor *tensor)
{
    static const char FIELDS[][16] = {"dtype", "shape", "data_offsets"};
    if (!take(r, '{')) return bad_header(r, "an object of dtype, shape and data_offsets");
    unsigned seen = 0;
    do {
        spl_text key;
        if (!take_key(r, &key)) return bad_header(r, "a key and its value");
        unsigned f = 0;
        while (f < 3 && !spl_text_equal(key, (spl_text){FIELDS[f], strlen(FIELDS[f])})) f++;
        if (f == 3 || seen & 1u << f) break;
        seen |= 1u << f;
        spl_status status = f == 0 ? read_dtype(r, tensor) : f == 1 ? read_shape(r, tensor) : read_offsets(r, tensor);
        if (status != SPL_OK) return status;
    } while (take(r, ','));
    if (seen != 7 || !take(r, '}')) return bad_header(r, "dtype, shape and data_offsets once each");
    return check_bytes(r, tensor);
}

static spl_status read_metadata(reader *r, spl_safetensors *out)
{
    if (out->metadata) return bad_header(r, "__metadata__ once");
    out->metadata = true;
    bool fine = take(r, '{');
    if (fine && take(r, '}')) return SPL_OK;
    while (fine) {
        spl_text key, value;
        if (!take_key(r, &key) || !take_string(r, &value)) break;
        if (spl_text_equal(key, SPL_TEXT("samplit"))) out->manifest = value;
        if (spl_text_equal(key, SPL_TEXT("samplit.id"))) out->id_hex = value;
        if (spl_text_equal(key, SPL_TEXT("samplit.xxh64"))) out->checksum = value;
        if (take(r, '}')) return SPL_OK;
        fine = take(r, ',');
    }
    return bad_header(r, "__metadata__ as an object of strings");
}

static bool name_is_plain(spl_text name)
{
    return name.size > 0 && name.size < 256 && !memchr(name.data, '\\', name.size);
}

// Puts the tensor where its data begins, so that the table ends up in order of data. Equal offsets
// (empty tensors) keep the empty one first.
static void insert(spl_safetensors *out, const spl_tensor *tensor)
{
    uint32_t at = out->tensor_count++;
    const spl_tensor *before = out->tensors + at;
    while (at > 0 &&
           (before[-1].data > tensor->data || (before[-1].data == tensor->data && before[-1].bytes > tensor->bytes))) {
        out->tensors[at--] = *--before;
    }
    out->tensors[at] = *tensor;
}

static spl_status read_member(reader *r, spl_text name, uint32_t tensors_max, spl_safetensors *out)
{
    if (spl_text_equal(name, SPL_TEXT("__metadata__"))) return read_metadata(r, out);
    if (!name_is_plain(name)) return bad_header(r, "a name of 1 to 255 bytes without escapes");
    if (out->tensor_count == tensors_max) return bad_header(r, "at most 1000 tensors");
    spl_tensor tensor = {.name = name};
    spl_status status = read_tensor(r, &tensor);
    if (status == SPL_OK) insert(out, &tensor);
    return status;
}

static spl_status read_header(reader *r, uint32_t tensors_max, spl_safetensors *out)
{
    if (!spl_text_is_utf8((spl_text){r->text, r->size})) return bad_header(r, "UTF-8");
    if (r->size == 0 || r->text[0] != '{') return bad_header(r, "a JSON object");
    r->at = 1;
    bool empty = take(r, '}');
    do {
        spl_text name;
        if (empty) break;
        if (!take_key(r, &name)) return bad_header(r, "a name and its value");
        spl_status status = read_member(r, name, tensors_max, out);
        if (status != SPL_OK) return status;
    } while (take(r, ','));
    if (!empty && !take(r, '}')) return bad_header(r, "a comma or the object's end");
    take(r, ' ');
    return r->at == r->size ? SPL_OK : bad_header(r, "nothing but spaces after the object");
}

// Tensors in order of data: each begins where the one before ended, and the last ends the file.
static spl_status check_places(reader *r, const spl_safetensors *out)
{
    const uint8_t *end = r->data;
    for (uint32_t i = 0; i < out->tensor_count; i++) {
        const spl_tensor *tensor = &out->tensors[i];
        uint64_t at = (uint64_t)((const uint8_t *)tensor->data - r->data);
        if (tensor->data != end) {
            return spl_bundle_fail(r->error, SPL_BAD_OFFSETS, tensor->name, at,
                                   "tensors that neither overlap nor leave gaps");
        }
        end += tensor->bytes;
        if ((uintptr_t)tensor->data % dtype_bytes(tensor->dtype) != 0) {
            return spl_bundle_fail(r->error, SPL_BAD_ALIGNMENT, tensor->name, at, "data aligned to its element size");
        }
        for (uint32_t j = 0; j < i; j++) {
            if (spl_text_equal(out->tensors[j].name, tensor->name)) {
                return spl_bundle_fail(r->error, SPL_BAD_HEADER, tensor->name, at, "a name used once");
            }
        }
    }
    if (end != r->data + r->data_bytes) {
        return spl_bundle_fail(r->error, SPL_BAD_OFFSETS, SPL_TEXT("header"), (uint64_t)(end - r->data),
                               "tensors up to the end of the file");
    }
    return SPL_OK;
}

static spl_status header_size(const void *data, size_t size, uint64_t *header, spl_bundle_error *error)
{
    if (size < 8) {
        return spl_bundle_fail(error, SPL_TRUNCATED, SPL_TEXT("header"), size, "8 bytes of header length");
    }
    memcpy(header, data, 8);
    if (*header > SPL_HEADER_MAX) {
        return spl_bundle_fail(error, SPL_BAD_HEADER, SPL_TEXT("header"), 0, "a header of at most 16 MiB");
    }
    if (*header > size - 8) {
        return spl_bundle_fail(error, SPL_TRUNCATED, SPL_TEXT("header"), size,
                               "as many bytes as the header length says");
    }
    return SPL_OK;
}

// At least as many as there are tensors: each has a brace of its own.
static uint32_t tensors_bound(const char *text, size_t size)
{
    uint32_t braces = 0;
    bool quoted = false;
    for (size_t i = 0; i < size && braces < SPL_TENSORS_MAX; i++) {
        if (text[i] == '"') quoted = !quoted;
        if (text[i] == '\\') i++;
        braces += !quoted && text[i] == '{';
    }
    return braces;
}

spl_status spl_safetensors_bytes(const void *data, size_t size, size_t *bytes, uint32_t *tensors_max)
{
    uint64_t header;
    spl_status status = header_size(data, size, &header, NULL);
    if (status != SPL_OK) return status;
    *tensors_max = tensors_bound((const char *)data + 8, (size_t)header);
    *bytes = *tensors_max * sizeof(spl_tensor) + SPL_ARENA_ALIGN;
    return SPL_OK;
}

spl_status spl_safetensors_open(const void *data, size_t size, spl_arena *arena, spl_safetensors *out,
                                spl_bundle_error *error)
{
    if ((uintptr_t)data % 8 != 0) {
        return spl_bundle_fail(error, SPL_BAD_ALIGNMENT, SPL_TEXT("bundle"), 0, "memory aligned to 8 bytes");
    }
    uint64_t header;
    spl_status status = header_size(data, size, &header, error);
    if (status != SPL_OK) return status;
    const char *text = (const char *)data + 8;
    uint32_t tensors_max = tensors_bound(text, (size_t)header);
    void *tensors;
    if (spl_arena_take(arena, tensors_max, sizeof(spl_tensor), &tensors) != SPL_OK)
        return spl_bundle_fail(error, SPL_NO_SPACE, SPL_TEXT("arena"), 0, "spl_bundle_open_bytes");

    reader r = {.text = text,
                .size = (size_t)header,
                .data = (const uint8_t *)text + header,
                .data_bytes = size - 8 - header,
                .error = error};
    spl_safetensors read = {.tensors = tensors};
    status = read_header(&r, tensors_max, &read);
    if (status == SPL_OK) status = check_places(&r, &read);
    if (status == SPL_OK) *out = read;
    return status;
}
