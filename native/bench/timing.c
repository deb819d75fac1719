// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/timing.h"

#include <stdlib.h>
#include <time.h>

#define CONTENDERS_MAX 8
#define BATCH_NS 2e6
#define TURNS_MIN 20

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

void spl_keep(const void *result)
{
    __asm__ volatile("" : : "r"(result) : "memory");
}

static double batch_ns(const spl_contender *contender, uint32_t count)
{
    double start = now_ns();
    contender->run(contender->owner, count);
    return now_ns() - start;
}

// Doubles the batch until it takes long enough for the clock not to matter; warms up on the way.
static void calibrate(spl_contender *contender)
{
    contender->batch = 1;
    while (batch_ns(contender, contender->batch) < BATCH_NS && contender->batch < 1u << 30) contender->batch *= 2;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Sorts the values.
static spl_spread spread_of(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return (spl_spread){values[count / 2], values[count / 10], values[count - 1 - count / 10]};
}

void spl_time(spl_contender *contenders, size_t count, double seconds, spl_timing *timings)
{
    static double ns[CONTENDERS_MAX][SPL_TURNS_MAX], ratio[SPL_TURNS_MAX];
    if (count > CONTENDERS_MAX) count = CONTENDERS_MAX;
    for (size_t c = 0; c < count; c++) calibrate(&contenders[c]);

    size_t turns = 0;
    double end = now_ns() + seconds * 1e9;
    while (turns < SPL_TURNS_MAX && (turns < TURNS_MIN || now_ns() < end)) {
        for (size_t c = 0; c < count; c++) {
            ns[c][turns] = batch_ns(&contenders[c], contenders[c].batch) / contenders[c].batch;
        }
        turns++;
    }
    for (size_t c = count; c-- > 0;) { // the first one last: its times are what the ratios are made from
        for (size_t t = 0; t < turns; t++) ratio[t] = ns[0][t] / ns[c][t];
        timings[c].ratio = spread_of(ratio, turns);
        if (c > 0) timings[c].ns = spread_of(ns[c], turns);
    }
    timings[0].ns = spread_of(ns[0], turns);
}
