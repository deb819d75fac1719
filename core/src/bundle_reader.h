// SPDX-License-Identifier: MIT
// What the parts of the bundle reader share. Each part turns the tensors of one subject into
// views, and refuses what its users would otherwise have to test for.
//
// The first refusal stands, in reader->error. After it a part may go on, but finds no tensor any more, only one of no
// elements; whatever must not be done on unchecked values asks spl_read_failed first (docs/decisions/0207).
#ifndef SAMPLIT_BUNDLE_READER_H
#define SAMPLIT_BUNDLE_READER_H

#include "safetensors.h"

typedef struct spl_bundle_reader {
    const spl_bundle *bundle; // its tensor table; what the parts have read so far
    spl_arena *arena;
    spl_bundle_error *error;
} spl_bundle_reader;

// Whether something was refused.
static inline bool spl_read_failed(const spl_bundle_reader *reader)
{
    return reader->error->status != SPL_OK;
}

// Refuses element `at` of the tensor `name` unless `holds`.
#define SPL_CHECK(reader, holds, status, name, at, expected)                                                           \
    spl_read_check(reader, holds, status, name, (size_t)(at), SPL_SENTENCE(expected))
void spl_read_check(const spl_bundle_reader *reader, bool holds, spl_status status, const char *name, size_t at,
                    const char *expected);

#define SPL_ANY UINT32_MAX
#define SPL_VECTOR 0

// The tensor of that name, dtype and shape: (rows, columns), or one dimension where columns are SPL_VECTOR. SPL_ANY:
// however many. Never NULL: where there is no such tensor, one of no elements, whose data are eight bytes of 0.
const spl_tensor *spl_read_tensor(const spl_bundle_reader *reader, const char *name, spl_dtype dtype, uint32_t rows,
                                  uint32_t columns);

// Where the numbers of a tensor go: the pointer at `offset` of a struct of views.
typedef struct spl_view {
    const char *name;
    uint8_t dtype;   // spl_dtype
    uint8_t extra;   // rows beyond those its neighbours have
    uint8_t columns; // or SPL_VECTOR
    uint8_t offset;
} spl_view;

// Points the views of the struct at the tensors of those names, of `count` rows each and their extra ones.
void spl_read_views(const spl_bundle_reader *reader, const spl_view *views, size_t view_count, uint32_t count,
                    void *out);

// A dense layer: an F32 matrix (inputs, outputs; SPL_ANY: 1 to 4096) and a vector of as many biases, all finite.
void spl_read_layer(const spl_bundle_reader *reader, const char *weight_name, const char *bias_name, uint32_t inputs,
                    uint32_t outputs, spl_layer *out);

// Texts one behind the other, text i from start[i] to start[i + 1].
typedef struct spl_texts {
    uint32_t count;
    const uint32_t *start; // [count + 1]
    const char *bytes;
} spl_texts;

// `starts` of them, which is one more than texts (SPL_ANY: however many).
void spl_read_texts(const spl_bundle_reader *reader, const char *start_name, const char *bytes_name, uint32_t starts,
                    spl_texts *out);
spl_text spl_text_at(const spl_texts *texts, uint32_t i);

// Which vector a part works on (U8 [1]); returns how wide that is. Needs the bundle's schema and encoders.
uint32_t spl_read_space(const spl_bundle_reader *reader, const char *name, uint32_t *space);

// `start` (count + 1 entries of the tensor `name`) must ascend from 0 to `end`.
void spl_check_starts(const spl_bundle_reader *reader, const char *name, const uint32_t *start, uint32_t count,
                      uint64_t end);

// Every entry of the F32 tensor of that name must be finite.
void spl_check_finite(const spl_bundle_reader *reader, const char *name, const spl_tensor *tensor);

// spl_arena_take from the reader's arena; NULL is an error.
void *spl_read_take(const spl_bundle_reader *reader, size_t count, size_t item_bytes);

// How many tensors have a name that begins so.
uint32_t spl_count_tensors(const spl_bundle_reader *reader, const char *prefix);

// The tensor of that name, or NULL.
const spl_tensor *spl_read_find(const spl_bundle_reader *reader, const char *name);

// The value of a hex digit whose letters begin at `a` ('a' or 'A'), or -1.
int spl_hex_digit(char c, char a);

void spl_read_schema(const spl_bundle_reader *reader, spl_schema *out);
// Needs the bundle's schema.
void spl_read_encoders(const spl_bundle_reader *reader, const spl_encoder **out, uint32_t *count);
// Needs schema and encoders.
void spl_read_clusters(const spl_bundle_reader *reader, spl_clusters *out);
void spl_read_tree(const spl_bundle_reader *reader, spl_tree *out);
// The keys of a tree whose shape holds; they are `bytes` long.
void spl_check_keys(const spl_bundle_reader *reader, const spl_tree *tree, uint64_t bytes);
// Needs schema, encoders and tree.
void spl_read_experiments(const spl_bundle_reader *reader, const spl_experiment **out, uint32_t *count);

// The policy of an experiment whose key, settings and variants are read.
void spl_read_policy(const spl_bundle_reader *reader, spl_experiment *x);

// prefix ‖ middle ‖ suffix in `out`, which is returned, for tensor names that hold a number or a key.
#define SPL_NAME_MAX 96
char *spl_join_name(char out[SPL_NAME_MAX], const char *prefix, spl_text middle, const char *suffix);

#endif
