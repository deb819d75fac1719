// SPDX-License-Identifier: GPL-3.0-or-later
// How long outcomes take: a histogram of delays in buckets whose width grows with the delay, eight to
// every doubling. Fixed memory; an edge is at most an eighth above what it stands for.
#ifndef SAMPLIT_DELAYS_H
#define SAMPLIT_DELAYS_H

#include <stdint.h>

#define SPL_DELAY_BUCKETS 488 // for 0 to INT64_MAX ms

typedef struct spl_delays {
    uint64_t count;
    int64_t longest_ms;
    uint64_t bucket[SPL_DELAY_BUCKETS];
} spl_delays;

void spl_delays_add(spl_delays *delays, int64_t delay_ms); // not negative

// The delay in ms that at least `share` (0 to 1) of all do not exceed: a bucket's upper edge, at most the
// longest. 0 if there are none.
int64_t spl_delays_quantile(const spl_delays *delays, double share);

#endif
