// SPDX-License-Identifier: MIT
// What the parts of the bundle reader share. Each part turns the tensors of one subject into
// views, and refuses what its users would otherwise have to test for.
#ifndef SAMPLIT_BUNDLE_READER_H
#define SAMPLIT_BUNDLE_READER_H

#include "samplit/bundle.h"

typedef struct spl_bundle_reader {
    const spl_bundle *bundle; // its tensor table; what the parts have read so far
    spl_arena *arena;
    spl_bundle_error *error;
} spl_bundle_reader;

#define SPL_ANY UINT64_MAX

// The one-dimensional tensor of that name and dtype, of `count` elements (SPL_ANY: however many).
SPL_NODISCARD spl_status spl_read_vector(const spl_bundle_reader *reader, const char *name, spl_dtype dtype,
                                         uint64_t count, const spl_tensor **out);

// Where the numbers of a one-dimensional tensor go: the pointer at `offset` of a struct of views.
typedef struct spl_view {
    const char *name;
    uint8_t dtype; // spl_dtype
    uint8_t extra; // elements beyond those its neighbours have
    uint16_t offset;
} spl_view;

// Points the views of the struct at the tensors of those names, of `count` elements each and their extra ones.
SPL_NODISCARD spl_status spl_read_views(const spl_bundle_reader *reader, const spl_view *views, size_t view_count,
                                        uint64_t count, void *out);

// The two-dimensional tensor of that name and dtype, of (rows, columns).
SPL_NODISCARD spl_status spl_read_matrix(const spl_bundle_reader *reader, const char *name, spl_dtype dtype,
                                         uint64_t rows, uint64_t columns, const spl_tensor **out);

// A dense layer: an F32 matrix (inputs, outputs; SPL_ANY: 1 to 4096) and a vector of as many biases, all finite.
SPL_NODISCARD spl_status spl_read_layer(const spl_bundle_reader *reader, const char *weight_name, const char *bias_name,
                                        uint32_t inputs, uint64_t outputs, spl_layer *out);

// Texts one behind the other, text i from start[i] to start[i + 1].
typedef struct spl_texts {
    uint32_t count;
    const uint32_t *start; // [count + 1]
    const char *bytes;
} spl_texts;

// `count` of them (SPL_ANY: however many).
SPL_NODISCARD spl_status spl_read_texts(const spl_bundle_reader *reader, const char *start_name, const char *bytes_name,
                                        uint64_t count, spl_texts *out);
spl_text spl_text_at(const spl_texts *texts, uint32_t i);

// Which vector a part works on (U8 [1]), and how wide that is. Needs the bundle's schema and encoders.
SPL_NODISCARD spl_status spl_read_space(const spl_bundle_reader *reader, const char *name, uint32_t *space,
                                        uint32_t *width);

// `start` (count + 1 entries of the tensor `name`) must ascend from 0 to `end`.
SPL_NODISCARD spl_status spl_check_starts(const spl_bundle_reader *reader, const char *name, const uint32_t *start,
                                          uint64_t count, uint64_t end);

// Every entry of the F32 tensor of that name must be finite.
SPL_NODISCARD spl_status spl_check_finite(const spl_bundle_reader *reader, const char *name, const spl_tensor *tensor);

// spl_arena_take from the reader's arena, with an error.
SPL_NODISCARD spl_status spl_read_take(const spl_bundle_reader *reader, size_t count, size_t item_bytes, void **out);

// How many tensors have a name that begins so.
uint32_t spl_count_tensors(const spl_bundle_reader *reader, const char *prefix);

// The tensor of that name, or NULL.
const spl_tensor *spl_read_find(const spl_bundle_reader *reader, const char *name);

// The status and error for element `at` of the tensor `name`.
spl_status spl_read_fail(const spl_bundle_reader *reader, spl_status status, const char *name, uint64_t at,
                         const char *expected);

SPL_NODISCARD spl_status spl_read_schema(const spl_bundle_reader *reader, spl_schema *out);
// Needs the bundle's schema.
SPL_NODISCARD spl_status spl_read_encoders(const spl_bundle_reader *reader, const spl_encoder **out, uint32_t *count);
// Needs schema and encoders.
SPL_NODISCARD spl_status spl_read_clusters(const spl_bundle_reader *reader, spl_clusters *out);
SPL_NODISCARD spl_status spl_read_tree(const spl_bundle_reader *reader, spl_tree *out);
// The keys of a tree whose shape holds; `bytes` is tree.key_bytes.
SPL_NODISCARD spl_status spl_check_keys(const spl_bundle_reader *reader, const spl_tree *tree, const spl_tensor *bytes);
// Needs schema, encoders and tree.
SPL_NODISCARD spl_status spl_read_experiments(const spl_bundle_reader *reader, const spl_experiment **out,
                                              uint32_t *count);

// The policy of an experiment whose key, settings and variants are read.
SPL_NODISCARD spl_status spl_read_policy(const spl_bundle_reader *reader, spl_experiment *x);

// prefix ‖ middle ‖ suffix in `out`, which is returned, for tensor names that hold a number or a key.
#define SPL_NAME_MAX 96
char *spl_join_name(char out[SPL_NAME_MAX], const char *prefix, spl_text middle, const char *suffix);

#endif
