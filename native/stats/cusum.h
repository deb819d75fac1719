// SPDX-License-Identifier: GPL-3.0-or-later
// When did a rate or a mean change? Two-sided cumulative sums (Page, "Continuous inspection schemes", Biometrika 1954).
#ifndef SAMPLIT_CUSUM_H
#define SAMPLIT_CUSUM_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/means.h"

typedef struct spl_cusum {
    double
        slack; // k: the half of the shift, in standard deviations of a point, that is found soonest; >= 0, usually 1/2
    double limit; // h, in the same units
} spl_cusum;

// The limit with which, while nothing changes, the first false alarm comes after `run_length` points on average (> 1),
// of sums in both directions. NaN if none below 100 does.
double spl_cusum_limit(double slack, double run_length);

// The mean number of points until an alarm when every point is shifted by `shift` standard deviations; 0 = in control.
double spl_cusum_run_length(const spl_cusum *cusum, double shift);

// Slack 1/2, and the limit with which a series of `count` points that does not change gives no alarm with probability
// 1 - alpha, about: a run length of -count / ln(1 - alpha).
spl_cusum spl_cusum_for(uint32_t count, double alpha);

typedef struct spl_change {
    uint32_t from;  // the first point after the change, as near as can be told
    uint32_t alarm; // the point whose sum went beyond the limit; >= from
    double score;   // the largest the sum was until the change was over (the next one, or the end)
    double before,
        after; // weighted means from the change before (or the start) to this one, and on to the next (or end)
} spl_change;

// points[count] in order of time, each a stretch's mean with its variance; one whose variance is not positive and
// finite, or whose value is not finite, is passed over. Variances should be those under no change (a pooled rate's
// rate (1 - rate) / n, not that of each stretch's own), and stretches long enough that a mean is about normal: five
// conversions. No level need be known: each point is held against the mean of those before it, which makes independent
// standardised residuals (Brown, Durbin & Evans 1975). After an alarm the watch starts anew from where the change
// began. Returns how many were found, at most `most`; O(count).
uint32_t spl_cusum_changes(const spl_cusum *cusum, const spl_mean *points, uint32_t count, spl_change *changes,
                           uint32_t most);

// The largest that either sum was, to be shown beside the limit; 0 of nothing.
double spl_cusum_score(const spl_cusum *cusum, const spl_mean *points, uint32_t count);

#endif
