// SPDX-License-Identifier: MIT
// The parts are read in order of need: container, version, id, schema, encoders, clusters, tree, experiments.
// The bundle is assembled aside and handed out only when all of it holds.
#include "samplit/bundle.h"

#include "bundle_reader.h"
#include "safetensors.h"
#include "samplit/hash.h"

static spl_status read_format(const spl_bundle_reader *reader)
{
    const spl_tensor *format = NULL;
    spl_status status = spl_read_vector(reader, "format", SPL_U32, 1, &format);
    if (status != SPL_OK) return status;
    if (*(const uint32_t *)format->data != SPL_BUNDLE_VERSION) {
        return spl_read_fail(reader, SPL_UNKNOWN_VERSION, "format", 0, "format version 1");
    }
    return SPL_OK;
}

// The value of a lower-case hex digit, or -1.
static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

// `count` bytes from twice as many digits.
static bool read_hex(spl_text hex, uint8_t *out, size_t count)
{
    if (hex.size != 2 * count) return false;
    for (size_t i = 0; i < count; i++) {
        int high = hex_digit(hex.data[2 * i]), low = hex_digit(hex.data[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static spl_status read_id(const spl_bundle_reader *reader, spl_text hex, uint8_t id[SPL_BUNDLE_ID_BYTES])
{
    if (read_hex(hex, id, SPL_BUNDLE_ID_BYTES)) return SPL_OK;
    return spl_read_fail(reader, SPL_BAD_HEADER, "samplit.id", 0, "32 lower-case hex digits");
}

uint64_t spl_bundle_checksum(const void *data, size_t size, size_t digits)
{
    const uint8_t *after = (const uint8_t *)data + digits + SPL_CHECKSUM_DIGITS;
    return spl_xxh64(after, size - digits - SPL_CHECKSUM_DIGITS, spl_xxh64(data, digits, 0));
}

// Last, so that damage which can be named is named.
static spl_status check_sum(const spl_bundle_reader *reader, const void *data, size_t size, spl_text hex)
{
    uint8_t bytes[SPL_CHECKSUM_DIGITS / 2];
    const char *name = "samplit.xxh64";
    if (!read_hex(hex, bytes, sizeof bytes)) {
        return spl_read_fail(reader, SPL_BAD_HEADER, name, 0, "16 lower-case hex digits");
    }
    uint64_t written = 0;
    for (size_t i = 0; i < sizeof bytes; i++) written = written << 8 | bytes[i];
    if (written == spl_bundle_checksum(data, size, (size_t)(hex.data - (const char *)data))) return SPL_OK;
    return spl_read_fail(reader, SPL_BAD_CHECKSUM, name, 0, "the checksum of this file's bytes");
}

static spl_status read_parts(spl_bundle_reader *reader, spl_bundle *bundle)
{
    spl_status status = read_format(reader);
    if (status == SPL_OK) status = read_id(reader, bundle->id_hex, bundle->id);
    if (status == SPL_OK) status = spl_read_schema(reader, &bundle->schema);
    if (status == SPL_OK) status = spl_read_encoders(reader, &bundle->encoders, &bundle->encoder_count);
    if (status == SPL_OK) status = spl_read_clusters(reader, &bundle->clusters);
    if (status == SPL_OK) status = spl_read_tree(reader, &bundle->tree);
    if (status == SPL_OK) status = spl_read_experiments(reader, &bundle->experiments, &bundle->experiment_count);
    return status;
}

spl_status spl_bundle_open_bytes(const void *data, size_t size, size_t *bytes)
{
    uint32_t tensors_max;
    spl_status status = spl_safetensors_bytes(data, size, bytes, &tensors_max);
    if (status != SPL_OK) return status;
    // Every experiment has two tensors of its own.
    size_t experiments = tensors_max / 2;
    *bytes += experiments * (sizeof(spl_experiment) + SPL_VARIANTS_MAX * sizeof(spl_text)) +
              SPL_ENSEMBLE_MAX * sizeof(spl_encoder) + 3 * SPL_ARENA_ALIGN;
    return SPL_OK;
}

spl_status spl_bundle_open(const void *data, size_t size, spl_arena *arena, spl_bundle *bundle, spl_bundle_error *error)
{
    size_t used = arena->used;
    spl_safetensors file;
    spl_status status = spl_safetensors_open(data, size, arena, &file, error);
    if (status == SPL_OK) {
        spl_bundle read = {.id_hex = file.id_hex,
                           .checksum_hex = file.checksum,
                           .manifest = file.manifest,
                           .tensor_count = file.tensor_count,
                           .tensors = file.tensors};
        spl_bundle_reader reader = {.bundle = &read, .arena = arena, .error = error};
        status = read_parts(&reader, &read);
        if (status == SPL_OK) status = check_sum(&reader, data, size, file.checksum);
        if (status == SPL_OK) *bundle = read;
    }
    if (status != SPL_OK) arena->used = used;
    return status;
}

spl_status spl_bundle_experiment(const spl_bundle *bundle, spl_text key, uint32_t *index)
{
    for (uint32_t i = 0; i < bundle->experiment_count; i++) {
        if (spl_text_equal(bundle->experiments[i].key, key)) {
            *index = i;
            return SPL_OK;
        }
    }
    return SPL_NOT_FOUND;
}
