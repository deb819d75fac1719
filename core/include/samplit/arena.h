// SPDX-License-Identifier: MIT
// A bump allocator over memory of the caller: the only source of memory in the core.
#ifndef SAMPLIT_ARENA_H
#define SAMPLIT_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "samplit/status.h"

// Everything handed out is aligned to this many bytes.
#define SPL_ARENA_ALIGN 16

typedef struct spl_arena {
    uint8_t *base;
    size_t size; // bytes
    size_t used; // bytes, <= size
} spl_arena;

// Takes over `size` bytes at `memory`, which the caller keeps alive and frees. Any alignment.
spl_arena spl_arena_over(void *memory, size_t size);

// Sets *out to count * item_bytes fresh, zeroed bytes. SPL_NO_SPACE when they do not fit
// (also when the product overflows); *out is then unchanged. A count of zero gives a valid pointer.
SPL_NODISCARD spl_status spl_arena_take(spl_arena *arena, size_t count, size_t item_bytes, void **out);

#endif
