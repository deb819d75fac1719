// SPDX-License-Identifier: GPL-3.0-or-later
// Times contenders side by side. Machines are shared and their clocks wander, so the contenders take
// turns in short batches, and what is compared are the batches of one turn with each other.
#ifndef SAMPLIT_TIMING_H
#define SAMPLIT_TIMING_H

#include <stddef.h>
#include <stdint.h>

#define SPL_TURNS_MAX 2000

typedef struct spl_contender {
    const char *name;
    void (*run)(void *owner, uint32_t count); // does the work `count` times
    void *owner;
    uint32_t batch; // items per turn; set by spl_time
} spl_contender;

typedef struct spl_spread {
    double median, low, high; // low and high: the 10 % and 90 % quantiles
} spl_spread;

typedef struct spl_timing {
    spl_spread ns;    // per item
    spl_spread ratio; // of the first contender's time to this one's, turn by turn: above 1 is faster
} spl_timing;

// Runs for about `seconds`, at least 20 turns; timings[count].
void spl_time(spl_contender *contenders, size_t count, double seconds, spl_timing *timings);

// Keeps the compiler from leaving out work whose result nobody reads.
void spl_keep(const void *result);

#endif
