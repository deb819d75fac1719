// SPDX-License-Identifier: GPL-3.0-or-later
// The exposures whose window is open, found by their id, and by experiment and unit for outcomes that name no exposure.
#ifndef SAMPLIT_OPEN_EXPOSURES_H
#define SAMPLIT_OPEN_EXPOSURES_H

#include <stdbool.h>
#include <stdint.h>

#define SPL_OPEN_NONE UINT32_MAX
#define SPL_OPEN_NO_OUTCOME (-1)

typedef struct spl_open_exposure {
    uint8_t id[16];
    uint64_t unit; // hash of experiment and unit
    int64_t time_ms;
    double reward;
    int64_t delay_ms;              // of the outcome, or SPL_OPEN_NO_OUTCOME
    uint32_t id_next;              // chain of the table by id
    uint32_t unit_next, unit_prev; // chain of the table by unit, newest first
    uint32_t next;                 // the owner's, as long as it is open
    bool repeat;                   // does not count: spl_join_repeat
} spl_open_exposure;

typedef struct spl_open {
    uint32_t payload_bytes;     // what is kept with each
    spl_open_exposure *entries; // [capacity]
    uint8_t *payloads;          // (capacity, payload_bytes)
    uint32_t *by_id, *by_unit;  // heads of chains
    uint32_t capacity, free;    // a power of two, or 0; the first of those that are free
} spl_open;

void spl_open_start(spl_open *open, uint32_t payload_bytes);
void spl_open_end(spl_open *open);

// A new one without an outcome, as the newest of its unit; its payload is copied, NULL makes it a repeat.
// SPL_OPEN_NONE when out of memory. Pointers into entries and payloads hold until the next one is added.
uint32_t spl_open_add(spl_open *open, const uint8_t id[16], uint64_t unit, int64_t time_ms, const void *payload);
void spl_open_remove(spl_open *open, uint32_t i);

uint32_t spl_open_by_id(const spl_open *open, const uint8_t id[16]);
// The unit's last added exposure that counts and is not later than the time.
uint32_t spl_open_by_unit(const spl_open *open, uint64_t unit, int64_t time_ms);

const void *spl_open_payload(const spl_open *open, uint32_t i);

// Asks for the memory that will be touched when one of this id and unit is added or removed.
void spl_open_expect(const spl_open *open, const uint8_t id[16], uint64_t unit);

#endif
