// SPDX-License-Identifier: MIT
// The parts are read in order of need: container, version, id, schema, encoders, clusters, tree, experiments.
// The bundle is assembled aside and handed out only when all of it holds.
#include "samplit/bundle.h"

#include "bundle_reader.h"
#include "safetensors.h"
#include "samplit/hash.h"

static void check_format(const spl_bundle_reader *reader)
{
    const uint32_t *version = spl_read_tensor(reader, "format", SPL_U32, 1, SPL_VECTOR)->data;
    SPL_CHECK(reader, *version == SPL_BUNDLE_VERSION, SPL_UNKNOWN_VERSION, "format", 0, "format version 1");
}

// `count` bytes from twice as many lower-case digits.
static void read_hex(const spl_bundle_reader *reader, const char *name, spl_text hex, uint8_t *out, size_t count)
{
    bool good = hex.size == 2 * count;
    for (size_t i = 0; good && i < count; i++) {
        int high = spl_hex_digit(hex.data[2 * i], 'a'), low = spl_hex_digit(hex.data[2 * i + 1], 'a');
        good = high >= 0 && low >= 0;
        out[i] = (uint8_t)(high * 16 + low);
    }
    SPL_CHECK(reader, good, SPL_BAD_HEADER, name, 0, "lower-case hex digits, 32 of an id, 16 of a checksum");
}

uint64_t spl_bundle_checksum(const void *data, size_t size, size_t digits)
{
    const uint8_t *after = (const uint8_t *)data + digits + SPL_CHECKSUM_DIGITS;
    return spl_xxh64(after, size - digits - SPL_CHECKSUM_DIGITS, spl_xxh64(data, digits, 0));
}

// Last, so that damage which can be named is named.
static void check_sum(const spl_bundle_reader *reader, const void *data, size_t size, spl_text hex)
{
    uint8_t bytes[SPL_CHECKSUM_DIGITS / 2];
    const char *name = "samplit.xxh64";
    read_hex(reader, name, hex, bytes, sizeof bytes);
    if (spl_read_failed(reader)) return;
    uint64_t written = 0;
    for (size_t i = 0; i < sizeof bytes; i++) written = written << 8 | bytes[i];
    bool equal = written == spl_bundle_checksum(data, size, (size_t)(hex.data - (const char *)data));
    SPL_CHECK(reader, equal, SPL_BAD_CHECKSUM, name, 0, "the checksum of this file's bytes");
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
    spl_bundle_error unasked;
    spl_safetensors file;
    if (!error) error = &unasked;
    if (spl_safetensors_open(data, size, arena, &file, error) == SPL_OK) {
        spl_bundle read = {.id_hex = file.id_hex,
                           .checksum_hex = file.checksum,
                           .manifest = file.manifest,
                           .tensor_count = file.tensor_count,
                           .tensors = file.tensors};
        const spl_bundle_reader reader = {.bundle = &read, .arena = arena, .error = error};
        check_format(&reader);
        read_hex(&reader, "samplit.id", read.id_hex, read.id, sizeof read.id);
        spl_read_schema(&reader, &read.schema);
        spl_read_encoders(&reader, &read.encoders, &read.encoder_count);
        spl_read_clusters(&reader, &read.clusters);
        spl_read_tree(&reader, &read.tree);
        spl_read_experiments(&reader, &read.experiments, &read.experiment_count);
        check_sum(&reader, data, size, file.checksum);
        if (error->status == SPL_OK) *bundle = read;
    }
    if (error->status != SPL_OK) arena->used = used;
    return error->status;
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
