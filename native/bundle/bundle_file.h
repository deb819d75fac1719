// SPDX-License-Identifier: GPL-3.0-or-later
// A model file from disk, checked and ready to decide with.
#ifndef SAMPLIT_BUNDLE_FILE_H
#define SAMPLIT_BUNDLE_FILE_H

#include "host/error.h"
#include "samplit/bundle.h"
#include "samplit/decide.h"

typedef struct spl_bundle_file {
    uint8_t *data; // the file, owned
    size_t size;   // bytes
    void *memory;  // the arena behind `bundle`, owned
    spl_bundle bundle;
} spl_bundle_file;

// Reads and checks the file ("-" is standard input). On failure *out is unchanged and the error
// names the tensor or header field and what was expected there.
bool spl_bundle_file_open(const char *path, spl_bundle_file *out, spl_error *error);

// The same for a file that is in memory already: `data` is from malloc, and owned by *out on success only.
bool spl_bundle_file_take(uint8_t *data, size_t size, spl_bundle_file *out, spl_error *error);

void spl_bundle_file_close(spl_bundle_file *file); // a zeroed file is fine

// A workspace for decisions with this bundle; *memory is to be freed after the last of them.
// NULL when out of memory; *memory is then NULL too.
spl_workspace *spl_bundle_file_workspace(const spl_bundle_file *file, void **memory);

#endif
