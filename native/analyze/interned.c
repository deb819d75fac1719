// SPDX-License-Identifier: GPL-3.0-or-later
#include "analyze/interned.h"

#include <stdlib.h>
#include <string.h>

#include "samplit/hash.h"

static const uint8_t *record_at(const spl_interned *set, uint32_t number)
{
    return set->records + (size_t)number * set->bytes;
}

static size_t slot_of(const spl_interned *set, const void *record)
{
    size_t mask = set->slot_count - 1, slot = (size_t)spl_xxh64(record, set->bytes, 0) & mask;
    while (set->slots[slot] && memcmp(record_at(set, set->slots[slot] - 1), record, set->bytes) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

// Slots for `slot_count` places, filled anew from the records.
static bool place_all(spl_interned *set, size_t slot_count)
{
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots) return false;
    free(set->slots);
    set->slots = slots;
    set->slot_count = slot_count;
    for (uint32_t i = 0; i < set->count; i++) slots[slot_of(set, record_at(set, i))] = i + 1;
    return true;
}

static bool grow(spl_interned *set)
{
    if (set->room > UINT32_MAX / 2) return false;
    uint32_t room = set->room ? 2 * set->room : 64;
    uint8_t *records = realloc(set->records, room * set->bytes);
    if (!records) return false;
    set->records = records;
    set->room = room;
    return place_all(set, 2 * (size_t)room);
}

uint32_t spl_interned_number(spl_interned *set, const void *record)
{
    if (set->count == set->room && !grow(set)) return UINT32_MAX;
    size_t slot = slot_of(set, record);
    if (set->slots[slot]) return set->slots[slot] - 1;
    memcpy(set->records + (size_t)set->count * set->bytes, record, set->bytes);
    set->slots[slot] = ++set->count;
    return set->count - 1;
}

bool spl_interned_widen(spl_interned *set, size_t bytes)
{
    uint8_t *records = calloc(set->room + 1, bytes);
    if (!records) return false;
    for (uint32_t i = 0; i < set->count; i++) memcpy(records + i * bytes, record_at(set, i), set->bytes);
    free(set->records);
    set->records = records;
    set->bytes = bytes;
    return set->slot_count == 0 || place_all(set, set->slot_count);
}

void spl_interned_free(spl_interned *set)
{
    free(set->records);
    free(set->slots);
    *set = (spl_interned){.bytes = set->bytes};
}
