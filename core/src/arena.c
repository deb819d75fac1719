// SPDX-License-Identifier: MIT
#include "samplit/arena.h"

#include <string.h>

spl_arena spl_arena_over(void *memory, size_t size)
{
    return (spl_arena){.base = memory, .size = size, .used = 0};
}

spl_status spl_arena_take(spl_arena *arena, size_t count, size_t item_bytes, void **out)
{
    if (item_bytes != 0 && count > SIZE_MAX / item_bytes) return SPL_NO_SPACE;
    size_t bytes = count * item_bytes;
    uintptr_t next = (uintptr_t)arena->base + arena->used;
    size_t padding = (size_t)(-next & (SPL_ARENA_ALIGN - 1));
    size_t left = arena->size - arena->used;
    if (padding > left || bytes > left - padding) return SPL_NO_SPACE;

    uint8_t *taken = arena->base + arena->used + padding;
    memset(taken, 0, bytes);
    arena->used += padding + bytes;
    *out = taken;
    return SPL_OK;
}
