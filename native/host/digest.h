// SPDX-License-Identifier: GPL-3.0-or-later
// BLAKE2b-256 of bytes as they pass by, on a thread beside whoever reads them: a log can be named by its
// content, and reading takes no longer for it.
#ifndef SAMPLIT_DIGEST_H
#define SAMPLIT_DIGEST_H

#include <stddef.h>

#define SPL_DIGEST_HEX 64 // digits, as `b2sum -l 256` prints them

typedef struct spl_digest spl_digest;

spl_digest *spl_digest_new(void); // NULL: out of memory

// Adds bytes, and returns at once: they must stay as they are until the next call for this digest.
void spl_digest_add(spl_digest *digest, const void *data, size_t size);
void spl_digest_wait(spl_digest *digest); // until all that was added has been read

// Ends the digest and frees it. hex may be NULL, and so may digest: then *hex is the empty text.
void spl_digest_end(spl_digest *digest, char hex[SPL_DIGEST_HEX + 1]);

#endif
