// SPDX-License-Identifier: MIT
// safetensors: u64 header length, JSON header, data. The header is an object of objects of three known fields, so it is
// read in one pass by a cursor that takes this and no other JSON (docs/decisions/0200): whatever is not as it must be
// is refused where it stands, and after that the cursor takes nothing more, so that all who read come to an end.
#include "safetensors.h"

#include <string.h>

typedef struct reader {
    const char *text; // the header
    size_t size, at;  // its bytes, those read
    const uint8_t *data;
    uint64_t data_bytes;
    spl_safetensors *out;
    spl_bundle_error *error;
} reader;

void spl_bundle_refuse(spl_bundle_error *error, spl_status status, spl_text name, size_t at, const char *expected)
{
    if (error->status != SPL_OK) return;
    spl_text cut = spl_text_cut(name, sizeof error->name - 1);
    error->status = status;
    error->at = at;
    error->expected = expected;
    if (cut.size) memcpy(error->name, cut.data, cut.size);
}

static void refuse_at(reader *r, spl_status status, const spl_tensor *tensor, size_t at, const char *expected)
{
    spl_bundle_refuse(r->error, status, tensor->name, at, expected);
    r->size = r->at;
}

static void refuse_here(reader *r, const char *expected)
{
    const spl_tensor header = {.name = SPL_TEXT("header")};
    refuse_at(r, SPL_BAD_HEADER, &header, 8 + r->at, expected);
}

#define refuse(r, status, tensor, at, expected) refuse_at(r, status, tensor, (size_t)(at), SPL_SENTENCE(expected))
#define refuse_header(r, expected) refuse_here(r, SPL_SENTENCE(expected))

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

static bool is(const spl_text *text, const char *name)
{
    size_t size = strlen(name);
    return text->size == size && memcmp(text->data, name, size) == 0;
}

static void read_dtype(reader *r, spl_tensor *tensor)
{
    static const struct {
        char name[7];
        uint8_t dtype;
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
    spl_text name = {0};
    bool string = take_string(r, &name);
    for (size_t i = 0; string && i < sizeof KNOWN / sizeof *KNOWN; i++) {
        if (!is(&name, KNOWN[i].name)) continue;
        tensor->dtype = KNOWN[i].dtype;
        return;
    }
    refuse(r, SPL_BAD_DTYPE, tensor, 0, "a safetensors dtype");
}

static void read_shape(reader *r, spl_tensor *tensor)
{
    uint32_t dims = 0;
    tensor->shape[0] = tensor->shape[1] = 1;
    bool more = take(r, '['), closed = more && take(r, ']');
    for (more = more && !closed; more && dims < 2; more = take(r, ',')) {
        if (!take_integer(r, &tensor->shape[dims])) refuse(r, SPL_BAD_SHAPE, tensor, dims, "sizes below 10^15");
        dims++;
    }
    tensor->dims = dims;
    if (more || !(closed || take(r, ']'))) refuse(r, SPL_BAD_SHAPE, tensor, 0, "an array of at most two sizes");
}

static void read_offsets(reader *r, spl_tensor *tensor)
{
    uint64_t begin = 0, end = 0;
    bool two = take(r, '[') && take_integer(r, &begin) && take(r, ',') && take_integer(r, &end) && take(r, ']');
    if (!two || begin > end || end > r->data_bytes) {
        refuse(r, SPL_BAD_OFFSETS, tensor, end, "two offsets within the file");
        return;
    }
    tensor->data = r->data + begin;
    tensor->bytes = end - begin;
}

static uint32_t dtype_bytes(spl_dtype dtype)
{
    static const uint8_t BYTES[] = {1, 4, 4, 8, 4, 8, 1, 2, 8};
    return BYTES[dtype];
}

static void check_bytes(reader *r, const spl_tensor *tensor)
{
    uint64_t items = tensor->shape[0], more = tensor->shape[1], all = r->data_bytes;
    bool fits = items == 0 || (more <= all / items && items * more * dtype_bytes(tensor->dtype) == tensor->bytes);
    if (!fits || (items == 0 && tensor->bytes > 0))
        refuse(r, SPL_BAD_SHAPE, tensor, tensor->bytes, "shape x dtype equal to the tensor's bytes");
}

static void read_tensor(reader *r, spl_tensor *tensor)
{
    static const char FIELDS[][16] = {"dtype", "shape", "data_offsets"};
    static void (*const READ[])(reader *, spl_tensor *) = {read_dtype, read_shape, read_offsets};
    unsigned seen = 0;
    bool more = take(r, '{');
    while (more) {
        spl_text key = {0};
        unsigned f = 0;
        more = take_key(r, &key);
        while (f < 3 && !is(&key, FIELDS[f])) f++;
        if (!more || f == 3 || seen & 1u << f) break;
        seen |= 1u << f;
        READ[f](r, tensor);
        more = take(r, ',');
    }
    if (more || seen != 7 || !take(r, '}')) refuse_header(r, "an object of dtype, shape and data_offsets once each");
    check_bytes(r, tensor);
}

static void read_metadata(reader *r)
{
    bool more = !r->out->metadata && take(r, '{'), closed = more && take(r, '}');
    r->out->metadata = true;
    for (more = more && !closed; more; more = take(r, ',')) {
        spl_text key = {0}, value = {0};
        if (!take_key(r, &key) || !take_string(r, &value)) break;
        if (is(&key, "samplit")) r->out->manifest = value;
        if (is(&key, "samplit.id")) r->out->id_hex = value;
        if (is(&key, "samplit.xxh64")) r->out->checksum = value;
    }
    if (more || !(closed || take(r, '}'))) refuse_header(r, "__metadata__ once, an object of strings");
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

static void read_member(reader *r, spl_text name, uint32_t tensors_max)
{
    if (is(&name, "__metadata__")) {
        read_metadata(r);
    } else if (!name_is_plain(name) || r->out->tensor_count == tensors_max) {
        refuse_header(r, "at most 1000 names of 1 to 255 bytes without escapes");
    } else {
        spl_tensor tensor = {.name = name};
        read_tensor(r, &tensor);
        insert(r->out, &tensor);
    }
}

static void read_header(reader *r, uint32_t tensors_max)
{
    bool object = spl_text_is_utf8((spl_text){r->text, r->size}) && r->size > 0 && r->text[0] == '{';
    if (!object) refuse_header(r, "a JSON object in UTF-8");
    r->at += object;
    bool closed = take(r, '}'), more = !closed;
    for (; more; more = take(r, ',')) {
        spl_text name;
        if (!take_key(r, &name)) break;
        read_member(r, name, tensors_max);
    }
    closed = closed || (!more && take(r, '}'));
    take(r, ' ');
    if (!closed || r->at != r->size) refuse_header(r, "names and values, and nothing after the object");
}

// Tensors in order of data: each begins where the one before ended, and the last ends the file.
static void check_places(reader *r)
{
    const spl_tensor *all = r->out->tensors, *last = all + r->out->tensor_count;
    const spl_tensor header = {.name = SPL_TEXT("header")};
    uint64_t end = 0;
    for (const spl_tensor *tensor = all; tensor < last; tensor++) {
        uint64_t at = (uint64_t)((const uint8_t *)tensor->data - r->data);
        if (at != end) refuse(r, SPL_BAD_OFFSETS, tensor, at, "tensors that neither overlap nor leave gaps");
        if ((uintptr_t)tensor->data % dtype_bytes(tensor->dtype) != 0)
            refuse(r, SPL_BAD_ALIGNMENT, tensor, at, "data aligned to its element size");
        for (const spl_tensor *before = all; before < tensor; before++)
            if (spl_text_equal(before->name, tensor->name)) refuse(r, SPL_BAD_HEADER, tensor, at, "a name used once");
        end += tensor->bytes;
    }
    if (end != r->data_bytes) refuse(r, SPL_BAD_OFFSETS, &header, end, "tensors up to the end of the file");
}

static spl_status header_size(const void *data, size_t size, uint64_t *header, spl_bundle_error *error)
{
    memset(error, 0, sizeof *error);
    *header = 0;
    if (size >= 8) memcpy(header, data, 8);
    if (*header > SPL_HEADER_MAX)
        spl_bundle_refuse(error, SPL_BAD_HEADER, SPL_TEXT("header"), 0, SPL_SENTENCE("a header of at most 16 MiB"));
    if (size < 8 || *header > size - 8)
        spl_bundle_refuse(error, SPL_TRUNCATED, SPL_TEXT("header"), size,
                          SPL_SENTENCE("8 bytes of header length, and the header"));
    return error->status;
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
    spl_bundle_error error;
    spl_status status = header_size(data, size, &header, &error);
    if (status != SPL_OK) return status;
    *tensors_max = tensors_bound((const char *)data + 8, (size_t)header);
    *bytes = *tensors_max * sizeof(spl_tensor) + SPL_ARENA_ALIGN;
    return SPL_OK;
}

spl_status spl_safetensors_open(const void *data, size_t size, spl_arena *arena, spl_safetensors *out,
                                spl_bundle_error *error)
{
    uint64_t header;
    void *tensors;
    spl_status status = header_size(data, size, &header, error);
    if (status != SPL_OK) return status;
    const char *text = (const char *)data + 8;
    uint32_t tensors_max = tensors_bound(text, (size_t)header);
    if ((uintptr_t)data % 8 != 0)
        spl_bundle_refuse(error, SPL_BAD_ALIGNMENT, SPL_TEXT("bundle"), 0, SPL_SENTENCE("memory aligned to 8 bytes"));
    if (spl_arena_take(arena, tensors_max, sizeof(spl_tensor), &tensors) != SPL_OK)
        spl_bundle_refuse(error, SPL_NO_SPACE, SPL_TEXT("arena"), 0, SPL_SENTENCE("spl_bundle_open_bytes"));
    if (error->status != SPL_OK) return error->status;

    *out = (spl_safetensors){.tensors = tensors};
    reader r = {.text = text,
                .size = (size_t)header,
                .data = (const uint8_t *)text + header,
                .data_bytes = size - 8 - header,
                .out = out,
                .error = error};
    read_header(&r, tensors_max);
    if (error->status == SPL_OK) check_places(&r);
    return error->status;
}
