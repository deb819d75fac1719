// SPDX-License-Identifier: GPL-3.0-or-later
// Outcomes on their way: they happen some minutes after the exposure, and the log is in order of
// time. A binary heap; it holds only what happens within one delay, whatever the number of visits.
#ifndef SAMPLIT_OUTCOMES_H
#define SAMPLIT_OUTCOMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct spl_outcome {
    int64_t time_ms;
    uint64_t index; // of the visit; orders equal times
    uint8_t id[16], exposure[16];
} spl_outcome;

typedef struct spl_outcomes {
    spl_outcome *heap; // [count], from malloc
    size_t count, capacity;
} spl_outcomes;

// False when out of memory. O(log count).
bool spl_outcomes_push(spl_outcomes *outcomes, const spl_outcome *outcome);

// Takes the earliest one, if its time is at most `until_ms`. O(log count).
bool spl_outcomes_pop(spl_outcomes *outcomes, int64_t until_ms, spl_outcome *out);

void spl_outcomes_free(spl_outcomes *outcomes);

#endif
