// SPDX-License-Identifier: GPL-3.0-or-later
// A set of 64-bit hashes that grows: 16 bytes an entry at most.
#ifndef SAMPLIT_HASH_SET_H
#define SAMPLIT_HASH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// All zero at first; the owner frees `slots`.
typedef struct spl_hash_set {
    uint64_t *slots; // open addressing; 0 = free
    size_t capacity; // a power of two
    size_t count;
} spl_hash_set;

// Puts the hash in; *fresh says whether it was not there before. Amortised O(1). False when out of memory.
bool spl_hash_set_add(spl_hash_set *set, uint64_t hash, bool *fresh);

#endif
