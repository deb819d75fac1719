// SPDX-License-Identifier: MIT
// The container: a safetensors file as a table of tensors. Internal to the bundle reader.
#ifndef SAMPLIT_SAFETENSORS_H
#define SAMPLIT_SAFETENSORS_H

#include "samplit/bundle.h"

#define SPL_HEADER_MAX (16u << 20)
#define SPL_TENSORS_MAX 1000

typedef struct spl_safetensors {
    spl_text manifest, id_hex, checksum; // __metadata__["samplit"], ["samplit.id"], ["samplit.xxh64"]; empty if absent
    bool metadata;                       // whether there is any
    uint32_t tensor_count;
    spl_tensor *tensors; // in order of their data
} spl_safetensors;

// Arena space that is enough for spl_safetensors_open.
SPL_NODISCARD spl_status spl_safetensors_bytes(const void *data, size_t size, size_t *bytes, uint32_t *tensors_max);

// Reads and checks the header: every tensor lies within the file, none overlap, none leave gaps. Clears *error first.
SPL_NODISCARD spl_status spl_safetensors_open(const void *data, size_t size, spl_arena *arena, spl_safetensors *out,
                                              spl_bundle_error *error);

// What was expected is a sentence of the native program. The modules leave these out: they are 1.1 KB of the download,
// and name, place and status remain (docs/decisions/0207).
#ifdef __wasm__
#define SPL_SENTENCE(text) ((void)(text), NULL)
#else
#define SPL_SENTENCE(text) (text)
#endif

// Fills *error, unless it says something already: the first refusal stands. `name` is cut to fit.
void spl_bundle_refuse(spl_bundle_error *error, spl_status status, spl_text name, size_t at, const char *expected);

#endif
