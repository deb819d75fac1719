// SPDX-License-Identifier: GPL-3.0-or-later
// One visit of a simulated world. A visit is a function of (world, seed, index) alone, by Philox,
// so every policy meets the same visits in the same mood: comparing policies costs no noise but
// their own (common random numbers).
#ifndef SAMPLIT_VISITOR_H
#define SAMPLIT_VISITOR_H

#include <stdint.h>

#include "simulate/world.h"

#define SPL_VISITOR_FIELDS_MAX (SPL_WORLD_LEVELS_MAX * SPL_WORLD_LOOK_FIELDS_MAX + 4)

typedef struct spl_visitor {
    uint64_t index;
    int64_t time_ms;                      // Unix time, UTC; does not fall with the index
    int64_t delay_ms;                     // from exposure to outcome
    uint32_t leaf;                        // node of the world
    uint32_t looks[SPL_WORLD_LEVELS_MAX]; // [depth of the leaf] which look each value shows
    bool returning;
    uint32_t luck; // converts under a rate when spl_visitor_converts
    uint32_t pageviews, session_seconds;
    uint64_t random[4]; // bits for the ids of exposure and outcome
    char unit[18];      // "u" and 16 hex digits; the same on every visit of one visitor
    uint32_t field_count;
    spl_named_field fields[SPL_VISITOR_FIELDS_MAX]; // what the host sees
} spl_visitor;

// The visit of that index, field for field. About ten Philox blocks.
void spl_visitor_draw(const spl_world *world, uint64_t seed, uint64_t index, spl_visitor *out);

// The time of the visit of that index: a week's visits follow the world's hours and weekdays.
// `jitter` in [0, 1) moves it within its own slot, so that times never fall.
int64_t spl_visitor_time(const spl_world *world, uint64_t index, double jitter);

// Whether (luck + 1/2) / 2^32, a uniform in (0, 1), is below the rate.
bool spl_visitor_converts(uint32_t luck, double rate);

#endif
