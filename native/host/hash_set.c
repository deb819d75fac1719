// SPDX-License-Identifier: GPL-3.0-or-later
// A set of a million entries is met at random, so nearly every look at it misses the caches and, in pages of 4 KB, the
// table of pages too; the kernel is asked for large pages, which takes the second miss away.
#include "host/hash_set.h"

#include <stdlib.h>
#include <sys/mman.h>

#define FIRST_CAPACITY 1024
#define LARGE_PAGE (UINT64_C(2) << 20)

// A wish: where it is not granted, nothing changes.
static void want_large_pages(void *memory, size_t bytes)
{
    uintptr_t start = ((uintptr_t)memory + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)memory + bytes) & ~(uintptr_t)(LARGE_PAGE - 1);
    if (end > start) madvise((void *)start, end - start, MADV_HUGEPAGE);
}

// The slot that holds the hash, or the free one where it belongs. There is always a free one.
static size_t slot_of(const spl_hash_set *set, uint64_t hash)
{
    size_t slot = (size_t)hash & (set->capacity - 1);
    while (set->slots[slot] && set->slots[slot] != hash) slot = (slot + 1) & (set->capacity - 1);
    return slot;
}

static bool grow(spl_hash_set *set)
{
    spl_hash_set larger = {.capacity = set->capacity ? 2 * set->capacity : FIRST_CAPACITY, .count = set->count};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots) return false;
    want_large_pages(larger.slots, larger.capacity * sizeof *larger.slots);
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i]) larger.slots[slot_of(&larger, set->slots[i])] = set->slots[i];
    free(set->slots);
    *set = larger;
    return true;
}

bool spl_hash_set_add(spl_hash_set *set, uint64_t hash, bool *fresh)
{
    if (hash == 0) hash = 1; // 0 means free; the two share an entry
    if (2 * (set->count + 1) > set->capacity && !grow(set)) return false;
    size_t slot = slot_of(set, hash);
    *fresh = set->slots[slot] == 0;
    set->slots[slot] = hash;
    set->count += *fresh;
    return true;
}
