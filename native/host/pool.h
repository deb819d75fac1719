// SPDX-License-Identifier: GPL-3.0-or-later
// A few threads that take the parts of a job in turn. Which thread takes which part is not fixed, so a job
// whose result must not depend on the number of threads writes each part's result to that part's place.
#ifndef SAMPLIT_POOL_H
#define SAMPLIT_POOL_H

#include <stdint.h>

typedef struct spl_pool spl_pool;

// `threads` counts the caller; 0 = one per processor. NULL when out of memory or threads.
spl_pool *spl_pool_new(uint32_t threads);
void spl_pool_free(spl_pool *pool); // NULL is fine
uint32_t spl_pool_threads(const spl_pool *pool);

// Called once per part, on any of the threads. `thread` is below spl_pool_threads and tells callers running at
// the same time apart, so that each may have scratch of its own.
typedef void spl_pool_work(void *owner, uint32_t part, uint32_t thread);

// Returns when all parts are done. Not to be called from within a part. A NULL pool does them on the caller.
void spl_pool_run(spl_pool *pool, uint32_t parts, spl_pool_work *work, void *owner);

#endif
