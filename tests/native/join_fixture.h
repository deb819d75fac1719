// SPDX-License-Identifier: MIT
// Feeds a join with numbered exposures and their outcomes, and notes what it closes.
#ifndef JOIN_FIXTURE_H
#define JOIN_FIXTURE_H

#include "events/join.h"

#define HOUR INT64_C(3600000)
#define CLOSINGS_MAX 200000

// What was closed, in order.
typedef struct closings {
    uint32_t count;
    uint32_t payloads[CLOSINGS_MAX]; // the exposures' numbers
    double rewards[CLOSINGS_MAX];
} closings;

extern closings closed;

void note_closed(void *owner, const void *payload, double reward); // owner: &closed

// A join that notes in `closed`, which it empties.
spl_join *joiner(int64_t window_ms, const char *outcome);

// Exposure n, of unit "u" and the last digit of n.
void expose(spl_join *join, uint32_t n, int64_t time_ms);
void repeat(spl_join *join, uint32_t n, int64_t time_ms); // one that repeats a draw
void outcome(spl_join *join, uint32_t n, int64_t time_ms, double value); // named "visit"
void outcome_named(spl_join *join, uint32_t n, int64_t time_ms, double value, const char *name);
void unit_outcome(spl_join *join, const char *unit, int64_t time_ms, double value);

// An outcome of nobody: all it does is to move the clock.
void pass_time(spl_join *join, int64_t time_ms);

#endif
