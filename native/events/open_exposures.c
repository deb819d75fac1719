// SPDX-License-Identifier: GPL-3.0-or-later
// Two hash tables with chains through one array. The chains are kept short, and what the next exposures will need is
// asked for ahead: the traffic of a day does not fit in the caches.
#include "events/open_exposures.h"

#include <stdlib.h>
#include <string.h>

#include "samplit/hash.h"

#define FIRST_CAPACITY 1024u
#define SLOTS_PER_ENTRY 2u
#define SAME_UNIT_MAX 64 // exposures of one unit that an outcome without an exposure id looks back over

void spl_open_start(spl_open *open, uint32_t payload_bytes)
{
    *open = (spl_open){.payload_bytes = payload_bytes, .free = SPL_OPEN_NONE};
}

void spl_open_end(spl_open *open)
{
    free(open->entries);
    free(open->payloads);
    free(open->by_id);
    free(open->by_unit);
}

static uint32_t id_slot(const spl_open *open, const uint8_t id[16])
{
    return (uint32_t)spl_xxh64(id, 16, 0) & (SLOTS_PER_ENTRY * open->capacity - 1);
}

static uint32_t unit_slot(const spl_open *open, uint64_t unit)
{
    return (uint32_t)spl_mix64(unit) & (SLOTS_PER_ENTRY * open->capacity - 1);
}

static void link_id(spl_open *open, uint32_t i)
{
    uint32_t *head = &open->by_id[id_slot(open, open->entries[i].id)];
    open->entries[i].id_next = *head;
    *head = i;
}

static void link_unit(spl_open *open, uint32_t i)
{
    uint32_t *head = &open->by_unit[unit_slot(open, open->entries[i].unit)];
    open->entries[i].unit_next = *head;
    open->entries[i].unit_prev = SPL_OPEN_NONE;
    if (*head != SPL_OPEN_NONE) open->entries[*head].unit_prev = i;
    *head = i;
}

static void unlink_id(spl_open *open, uint32_t i)
{
    uint32_t *at = &open->by_id[id_slot(open, open->entries[i].id)];
    while (*at != i) at = &open->entries[*at].id_next;
    *at = open->entries[i].id_next;
}

static void unlink_unit(spl_open *open, uint32_t i)
{
    const spl_open_exposure *e = &open->entries[i];
    if (e->unit_prev != SPL_OPEN_NONE)
        open->entries[e->unit_prev].unit_next = e->unit_next;
    else
        open->by_unit[unit_slot(open, e->unit)] = e->unit_next;
    if (e->unit_next != SPL_OPEN_NONE) open->entries[e->unit_next].unit_prev = e->unit_prev;
}

// Links every entry anew after the tables have grown; called when none is free. Entries of one unit
// stood in one chain, oldest last, so taking each old chain from its end keeps their order.
static void relink(spl_open *open, const uint32_t *old_units, size_t old_slots)
{
    for (size_t slot = 0; slot < old_slots; slot++) {
        uint32_t i = old_units[slot];
        while (i != SPL_OPEN_NONE && open->entries[i].unit_next != SPL_OPEN_NONE) i = open->entries[i].unit_next;
        while (i != SPL_OPEN_NONE) {
            uint32_t newer = open->entries[i].unit_prev;
            link_unit(open, i);
            link_id(open, i);
            i = newer;
        }
    }
}

static bool grow(spl_open *open)
{
    uint32_t old = open->capacity, capacity = old ? 2 * old : FIRST_CAPACITY;
    if (capacity > UINT32_MAX / SLOTS_PER_ENTRY) return false;
    size_t slots = (size_t)SLOTS_PER_ENTRY * capacity;
    uint32_t *by_id = malloc(slots * sizeof *by_id), *by_unit = malloc(slots * sizeof *by_unit);
    spl_open_exposure *entries = by_id && by_unit ? realloc(open->entries, capacity * sizeof *entries) : NULL;
    if (entries) open->entries = entries;
    uint8_t *payloads = entries ? realloc(open->payloads, (size_t)capacity * open->payload_bytes + 1) : NULL;
    if (payloads) open->payloads = payloads;
    if (!payloads) {
        free(by_id);
        free(by_unit);
        return false;
    }
    memset(by_id, 0xFF, slots * sizeof *by_id); // SPL_OPEN_NONE
    memset(by_unit, 0xFF, slots * sizeof *by_unit);
    uint32_t *old_units = open->by_unit;
    free(open->by_id);
    open->by_id = by_id;
    open->by_unit = by_unit;
    open->capacity = capacity;
    relink(open, old_units, (size_t)SLOTS_PER_ENTRY * old);
    free(old_units);
    for (uint32_t i = capacity; i-- > old;) {
        open->entries[i].next = open->free;
        open->free = i;
    }
    return true;
}

uint32_t spl_open_add(spl_open *open, const uint8_t id[16], uint64_t unit, int64_t time_ms, const void *payload)
{
    if (open->free == SPL_OPEN_NONE && !grow(open)) return SPL_OPEN_NONE;
    uint32_t i = open->free;
    spl_open_exposure *e = &open->entries[i];
    open->free = e->next;
    memcpy(e->id, id, 16);
    e->unit = unit;
    e->time_ms = time_ms;
    e->delay_ms = SPL_OPEN_NO_OUTCOME;
    e->repeat = !payload;
    if (payload) memcpy(open->payloads + (size_t)i * open->payload_bytes, payload, open->payload_bytes);
    link_id(open, i);
    link_unit(open, i);
    return i;
}

void spl_open_remove(spl_open *open, uint32_t i)
{
    unlink_id(open, i);
    unlink_unit(open, i);
    open->entries[i].next = open->free;
    open->free = i;
}

uint32_t spl_open_by_id(const spl_open *open, const uint8_t id[16])
{
    if (open->capacity == 0) return SPL_OPEN_NONE;
    uint32_t i = open->by_id[id_slot(open, id)];
    while (i != SPL_OPEN_NONE && memcmp(open->entries[i].id, id, 16) != 0) i = open->entries[i].id_next;
    return i;
}

uint32_t spl_open_by_unit(const spl_open *open, uint64_t unit, int64_t time_ms)
{
    if (open->capacity == 0) return SPL_OPEN_NONE;
    int seen = 0;
    for (uint32_t i = open->by_unit[unit_slot(open, unit)]; i != SPL_OPEN_NONE; i = open->entries[i].unit_next) {
        if (open->entries[i].unit != unit || open->entries[i].repeat) continue;
        if (open->entries[i].time_ms <= time_ms) return i;
        if (++seen == SAME_UNIT_MAX) break;
    }
    return SPL_OPEN_NONE;
}

const void *spl_open_payload(const spl_open *open, uint32_t i)
{
    return open->payloads + (size_t)i * open->payload_bytes;
}

void spl_open_expect(const spl_open *open, const uint8_t id[16], uint64_t unit)
{
    if (open->capacity == 0) return;
    __builtin_prefetch(&open->by_id[id_slot(open, id)], 1);
    __builtin_prefetch(&open->by_unit[unit_slot(open, unit)], 1);
}
