// SPDX-License-Identifier: GPL-3.0-or-later
// Bucket numbers are the leading bits of the delay: its exponent and the three bits that follow, so that
// delays below 16 ms have a bucket each.
#include "events/delays.h"

#define FRACTION_BITS 3
#define PER_DOUBLING (1 << FRACTION_BITS)

static uint32_t bucket_of(int64_t delay_ms)
{
    uint64_t value = (uint64_t)delay_ms;
    uint32_t shift = 0;
    while (value >> shift >= 2 * PER_DOUBLING) shift++;
    return shift * PER_DOUBLING + (uint32_t)(value >> shift);
}

// The longest delay of a bucket.
static int64_t upper_edge(uint32_t bucket)
{
    if (bucket < 2 * PER_DOUBLING) return bucket;
    uint32_t shift = bucket / PER_DOUBLING - 1;
    uint64_t leading = bucket % PER_DOUBLING + PER_DOUBLING;
    return (int64_t)(((leading + 1) << shift) - 1);
}

void spl_delays_add(spl_delays *delays, int64_t delay_ms)
{
    delays->count++;
    delays->bucket[bucket_of(delay_ms)]++;
    if (delay_ms > delays->longest_ms) delays->longest_ms = delay_ms;
}

int64_t spl_delays_quantile(const spl_delays *delays, double share)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < SPL_DELAY_BUCKETS && delays->count > 0; i++) {
        sum += delays->bucket[i];
        if ((double)sum < share * (double)delays->count || sum == 0) continue;
        int64_t edge = upper_edge(i);
        return edge < delays->longest_ms ? edge : delays->longest_ms;
    }
    return 0;
}
