// SPDX-License-Identifier: GPL-3.0-or-later
// Input that is read more than once. A file can be opened again; standard input, a pipe or a device
// cannot, and is kept in a temporary file (in TMPDIR) that has no name and goes with the process.
#ifndef SAMPLIT_SPOOL_H
#define SAMPLIT_SPOOL_H

#include "host/error.h"

typedef struct spl_spool {
    const char *path; // as the user gave it; kept by the caller
    int fd;           // of the temporary file; -1 = none
    char kept[40];    // its path; empty = none
} spl_spool;

// `path` may be "-". Gzip is unpacked on the way into a temporary file.
bool spl_spool_open(const char *path, spl_spool *out, spl_error *error);
void spl_spool_close(spl_spool *spool);

// What to open, as often as one likes, while the spool is open.
const char *spl_spool_path(const spl_spool *spool);

// Puts the name that the user gave in place of the temporary file's; returns false.
bool spl_spool_blame(const spl_spool *spool, spl_error *error);

#endif
