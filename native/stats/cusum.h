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

// The mean number of points until the first alarm of two-sided sums, when every point is shifted by `shift` standard
// deviations; 0 = nothing changes. By Siegmund's approximation (Sequential Analysis, 1985): within 2 % from 20 on, 4 %
// below.
double spl_cusum_run_length(const spl_cusum *cusum, double shift);

// The limit that gives this run length while nothing changes.
double spl_cusum_limit(double slack, double run_length);

// Slack 1/2, and the limit with which a series of `count` points that does not change gives an alarm with a probability
// of about alpha, in (0, 1): a run length of -count / ln(1 - alpha).
spl_cusum spl_cusum_for(uint32_t count, double alpha);

typedef struct spl_change {
    uint32_t from;        // the first point after the change, as near as can be told
    uint32_t alarm;       // the point that brought the sum beyond the limit; >= from
    double score;         // the sum there
    double before, after; // weighted means: from the change before (or the start) to this one, from it to the next (or
                          // the end)
} spl_change;

// points[count] in order of time, each a stretch's mean with its variance; one whose variance is not positive and
// finite, or whose value is not finite, is passed over. Variances should be those under no change (spl_mean_under_rate
// with the rate of all), and stretches long enough that a mean is about normal: five conversions. The level need not be
// known: each point is held against the mean of those before it, which makes independent standardised residuals (Brown,
// Durbin & Evans 1975). After an alarm the watch begins anew where the change did. Returns how many changes were found,
// at most `most`. O(count) for each.
uint32_t spl_cusum_changes(const spl_cusum *cusum, const spl_mean *points, uint32_t count, spl_change *changes,
                           uint32_t most);

// The largest that either sum was in a watch over all points without a stop, to be shown beside the limit; 0 of
// nothing.
double spl_cusum_score(const spl_cusum *cusum, const spl_mean *points, uint32_t count);

#endif
