// SPDX-License-Identifier: MIT
// One table gives every status its number, its name and its sentence; the TypeScript
// errors are generated from the same table. Values are append-only.
#ifndef SAMPLIT_STATUS_H
#define SAMPLIT_STATUS_H

#define SPL_STATUS_LIST(X)                                                                                             \
    X(OK, 0, "ok")                                                                                                     \
    X(NO_SPACE, 1, "the memory given is too small")                                                                    \
    X(INVALID_ARGUMENT, 2, "an argument is outside its documented range")                                              \
    X(TRUNCATED, 3, "the data ends before it should")                                                                  \
    X(BAD_HEADER, 4, "the safetensors header is malformed")                                                            \
    X(UNKNOWN_VERSION, 5, "the format version is not one this build reads")                                            \
    X(MISSING_TENSOR, 6, "a required tensor is missing")                                                               \
    X(BAD_DTYPE, 7, "a tensor has the wrong dtype")                                                                    \
    X(BAD_SHAPE, 8, "a tensor has the wrong shape")                                                                    \
    X(BAD_OFFSETS, 9, "a tensor's data offsets are wrong")                                                             \
    X(BAD_ALIGNMENT, 10, "a tensor is not aligned to its element size")                                                \
    X(BAD_VALUE, 11, "a tensor holds a value outside its range")                                                       \
    X(BAD_TREE, 12, "the segment tree is not a tree")                                                                  \
    X(BAD_PROBABILITIES, 13, "a policy row is not a probability distribution")                                         \
    X(TOO_LARGE, 14, "a count is above the limit of this build")                                                       \
    X(NOT_FOUND, 15, "no such name")                                                                                   \
    X(BAD_CHECKSUM, 16, "the bytes are not those that were written")

typedef enum spl_status {
#define SPL_STATUS_ENUM(name, value, text) SPL_##name = value,
    SPL_STATUS_LIST(SPL_STATUS_ENUM)
#undef SPL_STATUS_ENUM
} spl_status;

#define SPL_NODISCARD __attribute__((warn_unused_result))

// The status's name without prefix ("NO_SPACE"), or "UNKNOWN". Static storage.
const char *spl_status_name(spl_status status);

// The status's sentence for people. Static storage.
const char *spl_status_text(spl_status status);

#endif
