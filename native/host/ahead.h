// SPDX-License-Identifier: GPL-3.0-or-later
// A read that a thread does while the caller works on what was read before, so that unpacking gzip takes no time of
// its own.
#ifndef SAMPLIT_AHEAD_H
#define SAMPLIT_AHEAD_H

#include <stddef.h>

#include "host/error.h"

typedef struct spl_ahead spl_ahead;

// As spl_reader_bytes; called on the thread.
typedef long spl_ahead_read(void *owner, void *out, size_t size, spl_error *error);

spl_ahead *spl_ahead_new(spl_ahead_read *read, void *owner); // NULL: out of memory or threads
void spl_ahead_free(spl_ahead *ahead);                       // waits for a read that was begun; NULL is fine

// Begins a read into `out`, which belongs to the thread until spl_ahead_take gives the result. They take turns.
void spl_ahead_ask(spl_ahead *ahead, void *out, size_t size);
long spl_ahead_take(spl_ahead *ahead, spl_error *error); // error may be NULL

#endif
