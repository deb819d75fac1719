// SPDX-License-Identifier: MIT
// safetensors: u64 header length, JSON header, data. jsmn cuts the header into tokens; it is
// lenient about JSON, so everything taken from a token is checked here, field by field.
#include "safetensors.h"

#include <string.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

// name, object, dtype + value, shape + array, data_offsets + array + 2 numbers
#define TOKENS_PER_TENSOR 10
// The above, two sizes for each tensor, and room for metadata. More is refused before memory is asked for.
#define TOKENS_MAX (12 * SPL_TENSORS_MAX + 256)

typedef struct reader {
    const char *text; // the header
    size_t size;
    const jsmntok_t *tokens;
    int count, next;
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
    uint64_t at = r->next < r->count ? (uint64_t)r->tokens[r->next].start : r->size;
    return spl_bundle_fail(r->error, SPL_BAD_HEADER, SPL_TEXT("header"), 8 + at, expected);
}

static spl_text token_text(const reader *r, const jsmntok_t *token)
{
    return (spl_text){r->text + token->start, (size_t)(token->end - token->start)};
}

// The next token if it is of that type, else NULL and the reader stays.
static const jsmntok_t *take(reader *r, jsmntype_t type)
{
    if (r->next >= r->count || r->tokens[r->next].type != type) return NULL;
    return &r->tokens[r->next++];
}

// A key: a string with exactly one value.
static const jsmntok_t *take_key(reader *r)
{
    if (r->next >= r->count || r->tokens[r->next].size != 1) return NULL;
    return take(r, JSMN_STRING);
}

static bool take_integer(reader *r, uint64_t *out)
{
    if (r->next >= r->count) return false;
    spl_text text = token_text(r, &r->tokens[r->next]);
    if (r->tokens[r->next].type != JSMN_PRIMITIVE || text.size == 0 || text.size > 15) return false;
    if (text.size > 1 && text.data[0] == '0') return false;
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') return false;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    r->next++;
    *out = value;
    return true;
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
    const jsmntok_t *token = take(r, JSMN_STRING);
    if (!token || !dtype_from(token_text(r, token), &tensor->dtype)) {
        return spl_bundle_fail(r->error, SPL_BAD_DTYPE, tensor->name, 0, "a safetensors dtype");
    }
    return SPL_OK;
}

static spl_status read_shape(reader *r, spl_tensor *tensor)
{
    const jsmntok_t *array = take(r, JSMN_ARRAY);
    if (!array || array->size > 2) {
        return spl_bundle_fail(r->error, SPL_BAD_SHAPE, tensor->name, 0, "an array of at most two sizes");
    }
    tensor->dims = (uint32_t)array->size;
    tensor->shape[0] = tensor->shape[1] = 1;
    for (uint32_t i = 0; i < tensor->dims; i++) {
        if (!take_integer(r, &tensor->shape[i])) {
            return spl_bundle_fail(r->error, SPL_BAD_SHAPE, tensor->name, i, "sizes below 10^15");
        }
    }
    return SPL_OK;
}

// `data` holds the start offset until spl_safetensors_open places the tensor.
static spl_status read_offsets(reader *r, spl_tensor *tensor, uint64_t *begin)
{
    uint64_t end;
    const jsmntok_t *array = take(r, JSMN_ARRAY);
    if (!array || array->size != 2 || !take_integer(r, begin) || !take_integer(r, &end)) {
        return spl_bundle_fail(r->error, SPL_BAD_OFFSETS, tensor->name, 0, "two offsets");
    }
    if (*begin > end || end > r->data_bytes) {
        return spl_bundle_fail(r->error, SPL_BAD_OFFSETS, tensor->name, end, "offsets within the file");
    }
    tensor->bytes = end - *begin;
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
        return spl_bundle_fail(r->error, SPL_BAD_SHAPE, tensor->name, tensor->bytes,
                               "shape x dtype equal to the tensor's bytes");
    }
    return SPL_OK;
}

static spl_status read_tensor(reader *r, spl_text name, spl_tensor *tensor, uint64_t *begin)
{
    *tensor = (spl_tensor){.name = name};
    const jsmntok_t *object = take(r, JSMN_OBJECT);
    if (!object || object->size != 3) return bad_header(r, "an object of dtype, shape and data_offsets");

    unsigned seen = 0;
    for (int i = 0; i < 3; i++) {
        const jsmntok_t *key = take_key(r);
        if (!key) return bad_header(r, "a key and its value");
        spl_text field = token_text(r, key);
        spl_status status = SPL_BAD_HEADER;
        if (spl_text_equal(field, SPL_TEXT("dtype"))) {
            seen |= 1;
            status = read_dtype(r, tensor);
        } else if (spl_text_equal(field, SPL_TEXT("shape"))) {
            seen |= 2;
            status = read_shape(r, tensor);
        } else if (spl_text_equal(field, SPL_TEXT("data_offsets"))) {
            seen |= 4;
            status = read_offsets(r, tensor, begin);
        } else {
            return bad_header(r, "dtype, shape or data_offsets");
        }
        if (status != SPL_OK) return status;
    }
    if (seen != 7) return bad_header(r, "dtype, shape and data_offsets once each");
    return check_bytes(r, tensor);
}

static spl_status read_metadata(reader *r, spl_safetensors *out)
{
    if (out->metadata) return bad_header(r, "__metadata__ once");
    out->metadata = true;
    const jsmntok_t *object = take(r, JSMN_OBJECT);
    if (!object) return bad_header(r, "__metadata__ as an object of strings");
    for (int i = 0; i < object->size; i++) {
        const jsmntok_t *key = take_key(r);
        const jsmntok_t *value = key ? take(r, JSMN_STRING) : NULL;
        if (!value || value->size != 0) return bad_header(r, "__metadata__ as an object of strings");
        if (spl_text_equal(token_text(r, key), SPL_TEXT("samplit"))) out->manifest = token_text(r, value);
        if (spl_text_equal(token_text(r, key), SPL_TEXT("samplit.id"))) out->id_hex = token_text(r, value);
        if (spl_text_equal(token_text(r, key), SPL_TEXT("samplit.xxh64"))) out->checksum = token_text(r, value);
    }
    return SPL_OK;
}

static bool name_is_plain(spl_text name)
{
    return name.size > 0 && name.size < 256 && !memchr(name.data, '\\', name.size);
}

// Puts the tensor where its data begins, so that the table ends up in order of data. Equal offsets
// (empty tensors) keep the empty one first.
static void insert(spl_safetensors *out, uint64_t *begins, const spl_tensor *tensor, uint64_t begin)
{
    uint32_t at = out->tensor_count++;
    while (at > 0 &&
           (begins[at - 1] > begin || (begins[at - 1] == begin && out->tensors[at - 1].bytes > tensor->bytes))) {
        begins[at] = begins[at - 1];
        out->tensors[at] = out->tensors[at - 1];
        at--;
    }
    begins[at] = begin;
    out->tensors[at] = *tensor;
}

static spl_status read_header(reader *r, uint32_t tensors_max, spl_safetensors *out, uint64_t *begins)
{
    const jsmntok_t *root = take(r, JSMN_OBJECT);
    if (!root || root->start != 0 || root->end < 0) return bad_header(r, "a JSON object");
    for (size_t i = (size_t)root->end; i < r->size; i++) {
        if (r->text[i] != ' ') return bad_header(r, "nothing but spaces after the object");
    }
    for (int i = 0; i < root->size; i++) {
        const jsmntok_t *key = take_key(r);
        if (!key) return bad_header(r, "a name and its value");
        spl_text name = token_text(r, key);
        spl_tensor tensor;
        uint64_t begin = 0;
        spl_status status;
        if (spl_text_equal(name, SPL_TEXT("__metadata__"))) {
            status = read_metadata(r, out);
        } else {
            if (!name_is_plain(name)) return bad_header(r, "a name of 1 to 255 bytes without escapes");
            if (out->tensor_count == tensors_max) return bad_header(r, "at most 1000 tensors");
            status = read_tensor(r, name, &tensor, &begin);
            if (status == SPL_OK) insert(out, begins, &tensor, begin);
        }
        if (status != SPL_OK) return status;
    }
    return r->next == r->count ? SPL_OK : bad_header(r, "one object");
}

// Tensors in order of data: each begins where the one before ended, and the last ends the file.
static spl_status place(reader *r, spl_safetensors *out, const uint64_t *begins, const uint8_t *data)
{
    uint64_t end = 0;
    for (uint32_t i = 0; i < out->tensor_count; i++) {
        spl_tensor *tensor = &out->tensors[i];
        if (begins[i] != end) {
            return spl_bundle_fail(r->error, SPL_BAD_OFFSETS, tensor->name, begins[i],
                                   "tensors that neither overlap nor leave gaps");
        }
        end += tensor->bytes;
        tensor->data = data + begins[i];
        if ((uintptr_t)tensor->data % dtype_bytes(tensor->dtype) != 0) {
            return spl_bundle_fail(r->error, SPL_BAD_ALIGNMENT, tensor->name, begins[i],
                                   "data aligned to its element size");
        }
        for (uint32_t j = 0; j < i; j++) {
            if (spl_text_equal(out->tensors[j].name, tensor->name)) {
                return spl_bundle_fail(r->error, SPL_BAD_HEADER, tensor->name, begins[i], "a name used once");
            }
        }
    }
    if (end != r->data_bytes) {
        return spl_bundle_fail(r->error, SPL_BAD_OFFSETS, SPL_TEXT("header"), end, "tensors up to the end of the file");
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

// The position after the string that begins at `i`.
static size_t skip_string(spl_text text, size_t i)
{
    for (i++; i < text.size && text.data[i] != '"'; i++) i += text.data[i] == '\\';
    return i + 1;
}

static size_t skip_word(spl_text text, size_t i)
{
    while (i < text.size && !memchr(" ,:{}[]\"", text.data[i], 8)) i++;
    return i;
}

// jsmn takes `{,,}` and `[1 2]` for good. Whether commas, colons and values take turns as JSON wants;
// what they mean is for the readers of the tokens. Nor may there be control characters. *at is where it breaks.
static bool takes_turns(spl_text text, size_t *at)
{
    for (*at = 0; *at < text.size; ++*at) {
        if ((uint8_t)text.data[*at] < ' ') return false;
    }
    char before = ','; // 'v' after a value, else the punctuation that stood last
    for (size_t i = 0; i < text.size;) {
        char c = text.data[i];
        *at = i;
        if (c == ' ') {
            i++;
            continue;
        }
        bool follows = c == ',' || c == ':', closes = c == '}' || c == ']';
        if (follows ? before != 'v' : closes ? before == ',' || before == ':' : before == 'v') return false;
        bool punctuation = follows || c == '{' || c == '[';
        before = punctuation ? c : 'v';
        i = c == '"' ? skip_string(text, i) : punctuation || closes ? i + 1 : skip_word(text, i);
    }
    return before == 'v';
}

static spl_status count_tokens(const void *data, size_t size, uint64_t *header, int *count, spl_bundle_error *error)
{
    spl_status status = header_size(data, size, header, error);
    if (status != SPL_OK) return status;
    spl_text text = {(const char *)data + 8, (size_t)*header};
    if (!spl_text_is_utf8(text)) {
        return spl_bundle_fail(error, SPL_BAD_HEADER, SPL_TEXT("header"), 8, "UTF-8");
    }
    size_t at = 0;
    if (!takes_turns(text, &at)) {
        return spl_bundle_fail(error, SPL_BAD_HEADER, SPL_TEXT("header"), 8 + at, "JSON without control characters");
    }
    jsmn_parser parser;
    jsmn_init(&parser);
    *count = jsmn_parse(&parser, text.data, text.size, NULL, 0);
    if (*count <= 0) {
        return spl_bundle_fail(error, SPL_BAD_HEADER, SPL_TEXT("header"), 8 + (uint64_t)parser.pos, "JSON");
    }
    if (*count > TOKENS_MAX) {
        return spl_bundle_fail(error, SPL_TOO_LARGE, SPL_TEXT("header"), 8, "at most 1000 tensors");
    }
    return SPL_OK;
}

static uint32_t tensors_max_of(int tokens)
{
    uint32_t bound = (uint32_t)tokens / TOKENS_PER_TENSOR;
    return bound < SPL_TENSORS_MAX ? bound : SPL_TENSORS_MAX;
}

spl_status spl_safetensors_bytes(const void *data, size_t size, size_t *bytes, uint32_t *tensors_max)
{
    uint64_t header;
    int count;
    spl_status status = count_tokens(data, size, &header, &count, NULL);
    if (status != SPL_OK) return status;
    *tensors_max = tensors_max_of(count);
    *bytes = *tensors_max * (sizeof(spl_tensor) + sizeof(uint64_t)) + (size_t)count * sizeof(jsmntok_t) +
             3 * SPL_ARENA_ALIGN;
    return SPL_OK;
}

spl_status spl_safetensors_open(const void *data, size_t size, spl_arena *arena, spl_safetensors *out,
                                spl_bundle_error *error)
{
    if ((uintptr_t)data % 8 != 0) {
        return spl_bundle_fail(error, SPL_BAD_ALIGNMENT, SPL_TEXT("bundle"), 0, "memory aligned to 8 bytes");
    }
    uint64_t header;
    int count;
    spl_status status = count_tokens(data, size, &header, &count, error);
    if (status != SPL_OK) return status;

    uint32_t tensors_max = tensors_max_of(count);
    void *tensors, *begins, *tokens;
    if (spl_arena_take(arena, tensors_max, sizeof(spl_tensor), &tensors) != SPL_OK)
        return spl_bundle_fail(error, SPL_NO_SPACE, SPL_TEXT("arena"), 0, "spl_bundle_open_bytes");
    size_t kept = arena->used; // what follows is needed only while reading
    if (spl_arena_take(arena, tensors_max, sizeof(uint64_t), &begins) != SPL_OK ||
        spl_arena_take(arena, (size_t)count, sizeof(jsmntok_t), &tokens) != SPL_OK) {
        return spl_bundle_fail(error, SPL_NO_SPACE, SPL_TEXT("arena"), 0, "spl_bundle_open_bytes");
    }

    const char *text = (const char *)data + 8;
    jsmn_parser parser;
    jsmn_init(&parser);
    if (jsmn_parse(&parser, text, (size_t)header, tokens, (unsigned)count) != count) { // brackets that do not match
        arena->used = kept;
        return spl_bundle_fail(error, SPL_BAD_HEADER, SPL_TEXT("header"), 8 + (uint64_t)parser.pos, "JSON");
    }
    reader r = {.text = text,
                .size = (size_t)header,
                .tokens = tokens,
                .count = count,
                .data_bytes = size - 8 - header,
                .error = error};
    spl_safetensors read = {.tensors = tensors};
    status = read_header(&r, tensors_max, &read, begins);
    if (status == SPL_OK) status = place(&r, &read, begins, (const uint8_t *)data + 8 + header);
    arena->used = kept;
    if (status == SPL_OK) *out = read;
    return status;
}
