// SPDX-License-Identifier: GPL-3.0-or-later
// Short records of equal size, each kept once under a number from 0 on.
#ifndef SAMPLIT_ANALYZE_INTERNED_H
#define SAMPLIT_ANALYZE_INTERNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// All zero but `bytes` at first; the owner frees it by spl_interned_free, or takes `records`.
typedef struct spl_interned {
    size_t bytes; // of a record, above 0
    uint32_t count, room;
    uint8_t *records; // (count, bytes)
    uint32_t *slots;  // 1 + number, 0 = free; `slot_count` of them, a power of two
    size_t slot_count;
} spl_interned;

// The number of the record with these bytes, added if it is new; UINT32_MAX when out of memory or numbers. Amortised
// O(bytes).
uint32_t spl_interned_number(spl_interned *set, const void *record);

// Makes records larger; what is added to each is zero. False when out of memory.
bool spl_interned_widen(spl_interned *set, size_t bytes);

void spl_interned_free(spl_interned *set);

#endif
