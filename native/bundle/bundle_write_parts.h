// SPDX-License-Identifier: GPL-3.0-or-later
// The tensors of a bundle, one by one: names, dtypes, shapes, and where their numbers lie.
#ifndef SAMPLIT_BUNDLE_WRITE_PARTS_H
#define SAMPLIT_BUNDLE_WRITE_PARTS_H

#include "host/error.h"
#include "samplit/bundle.h"

typedef struct spl_column {
    char name[96];
    spl_dtype dtype; // U8 to F64
    uint32_t dims;   // 1 or 2
    uint64_t shape[2];
    const void *data; // of the bundle, or of the spl_columns
    size_t bytes;
} spl_column;

typedef struct spl_columns {
    size_t count;
    spl_column *items;
    void *owned; // what the bundle holds as structs and the file as one array per field
} spl_columns;

// Every tensor of the bundle, in the order of docs/bundle-format.md; a tree without nodes stands for the root alone.
// Their contents are not checked. NULL with an error.
spl_columns *spl_columns_of(const spl_bundle *bundle, spl_error *error);

void spl_columns_free(spl_columns *columns); // NULL is fine

// Bytes of one element, by dtype.
extern const size_t spl_dtype_bytes[SPL_F64 + 1];

#endif
