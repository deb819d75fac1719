// SPDX-License-Identifier: MIT
// Opens a model file in place. Every byte is taken for hostile until checked: afterwards each
// view in spl_bundle may be used without another test. docs/bundle-format.md is the format.
#ifndef SAMPLIT_BUNDLE_H
#define SAMPLIT_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "samplit/arena.h"
#include "samplit/cluster.h"
#include "samplit/encoder.h"
#include "samplit/features.h"
#include "samplit/linear.h"
#include "samplit/policy.h"
#include "samplit/status.h"
#include "samplit/text.h"
#include "samplit/tree.h"

#define SPL_BUNDLE_VERSION 1
#define SPL_BUNDLE_ID_BYTES 16
#define SPL_CHECKSUM_DIGITS 16 // hex, most significant first

// Why a bundle was refused: which tensor or header field, where, and what was expected.
typedef struct spl_bundle_error {
    spl_status status;
    uint64_t at;          // element index within the tensor, or byte offset for header errors
    char name[64];        // tensor or field, cut to fit, NUL-terminated
    const char *expected; // static storage; NULL in the WebAssembly modules
} spl_bundle_error;

// The safetensors dtypes that bundles use; others may stand in tensors that the core does not read,
// and are known by their size only.
typedef enum spl_dtype {
    SPL_U8,
    SPL_I32,
    SPL_U32,
    SPL_U64,
    SPL_F32,
    SPL_F64,
    SPL_DTYPE_OTHER1, // 1 byte: I8, BOOL
    SPL_DTYPE_OTHER2, // 2 bytes: I16, U16, F16, BF16
    SPL_DTYPE_OTHER8, // 8 bytes: I64
} spl_dtype;

typedef struct spl_tensor {
    spl_text name;
    spl_dtype dtype;
    uint32_t dims;     // 0 to 2
    uint64_t shape[2]; // 1 beyond dims
    const void *data;  // into the bundle, aligned to the element size
    uint64_t bytes;
} spl_tensor;

// Whose choice is served. Values are append-only: they stand in bundles.
#define SPL_MODE_LIST(X)                                                                                               \
    X(ONLINE, 0, "online")             /* the policy's */                                                              \
    X(APPRENTICE, 1, "apprentice")     /* the incumbent's, which the host names */                                     \
    X(LOGGING_ONLY, 2, "logging_only") /* nobody's: the control */

typedef enum spl_mode {
#define SPL_MODE_ENUM(name, value, text) SPL_MODE_##name = value,
    SPL_MODE_LIST(SPL_MODE_ENUM)
#undef SPL_MODE_ENUM
} spl_mode;

// How an experiment is run, whatever its policy. All zero is what a bundle without settings means.
typedef struct spl_settings {
    uint32_t paused; // 1: the control for all but those who force a variant
    uint32_t mode;   // spl_mode
    uint32_t bucket_version,
        min_bucket_version; // of sticky variants: see spl_request; the least is not above the other
    double holdout;         // share of those who take part that gets the control, in [0, 1]
    double traffic;         // share of all units that takes part, in (0, 1]; 0 = all
    spl_text hash_seed;     // of the bucket hashes, UTF-8; empty = the key
} spl_settings;

typedef struct spl_experiment {
    spl_text key; // [A-Za-z0-9_.-]{1,64}
    uint64_t seed;
    uint32_t hash_mode;    // spl_hash_mode
    double min_propensity; // floor of every probability, in [0, 1 / variants]
    spl_settings settings;
    const spl_text *variants; // [policy.variant_count] names; index 0 is the control
    spl_policy policy;        // of a linear policy the variant_count alone
    spl_linear linear;        // rule SPL_RULE_TABLE = none: the table serves
} spl_experiment;

typedef struct spl_bundle {
    uint8_t id[SPL_BUNDLE_ID_BYTES];
    spl_text id_hex;       // 32 lower-case hex digits, in the file
    spl_text checksum_hex; // 16 of them, in the file
    spl_text manifest;     // the manifest as it stands in the header: JSON string contents, still escaped
    uint32_t tensor_count;
    const spl_tensor *tensors;
    spl_schema schema;           // feature_count 0 = none
    uint32_t encoder_count;      // 0 = none, at most SPL_ENSEMBLE_MAX
    const spl_encoder *encoders; // each of 1 to SPL_ENCODER_LAYERS_MAX layers, inputs schema.width, equal outputs
    spl_clusters clusters;       // count 0 = none
    spl_tree tree;
    uint32_t experiment_count; // 0 in a file that holds only an encoder or clusters
    const spl_experiment *experiments;
} spl_bundle;

// Sets *bytes to arena space enough for spl_bundle_open on this file. Reads the header only.
SPL_NODISCARD spl_status spl_bundle_open_bytes(const void *data, size_t size, size_t *bytes);

// Checks the whole file and sets *bundle to views into it. `data` must be 8-byte aligned and must
// outlive the bundle, as must the arena. On failure *bundle is unchanged and *error (may be NULL)
// says why; else it is cleared. O(size).
SPL_NODISCARD spl_status spl_bundle_open(const void *data, size_t size, spl_arena *arena, spl_bundle *bundle,
                                         spl_bundle_error *error);

// The checksum of a file whose own digits stand at byte `digits`, for writers: XXH64 (seed 0) of the bytes
// before them is the seed of the XXH64 of the bytes after them. It finds damage, not forgery.
uint64_t spl_bundle_checksum(const void *data, size_t size, size_t digits);

// The tensor of that name, or NULL.
const spl_tensor *spl_bundle_tensor(const spl_bundle *bundle, spl_text name);

// The experiment's index in *index. SPL_NOT_FOUND if there is none.
SPL_NODISCARD spl_status spl_bundle_experiment(const spl_bundle *bundle, spl_text key, uint32_t *index);

#endif
