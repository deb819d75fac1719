// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/hash_set.h"

#include <stdlib.h>

#define FIRST_CAPACITY 1024

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
