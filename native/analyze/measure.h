// SPDX-License-Identifier: GPL-3.0-or-later
// What came of the visitors of every segment, per variant: counts where probabilities were the same throughout, scores
// weighted by them (stats/adaptive.h) where they were not.
#ifndef SAMPLIT_ANALYZE_MEASURE_H
#define SAMPLIT_ANALYZE_MEASURE_H

#include "analyze/segments.h"
#include "stats/adaptive.h"

typedef struct spl_tally {
    double visitors, converted; // converted: with a reward other than 0
    double expected, variance;  // of `visitors`, by the probabilities
    spl_series rewards;         // only where rewards are not all 0 or 1
} spl_tally;

typedef struct spl_measures {
    const spl_visitors *visitors;
    const spl_segments *segments;
    uint32_t variant_count;
    bool adaptive;
    double mix[SPL_VARIANTS_MAX]; // [variant_count] mean probability over all visitors
    spl_tally *tallies;           // (segments->count, variant_count); segment 0 = everybody
    spl_adaptive **scores;        // [segments->count]; NULL unless adaptive
    spl_adaptive **others;        // [segments->count] of all visitors outside of it; NULL for segments of up to half
    uint32_t large_count, *large; // the segments that have `others`
} spl_measures;

// Both must outlive the measures. The same result with any number of threads. False when out of memory.
bool spl_measures_take(const spl_visitors *visitors, const spl_segments *segments, spl_measures *out);
void spl_measures_free(spl_measures *measures);

static inline const spl_tally *spl_tally_of(const spl_measures *m, uint32_t segment, uint32_t variant)
{
    return &m->tallies[(size_t)segment * m->variant_count + variant];
}

// Of all variants of the segment together.
spl_tally spl_tally_sum(const spl_measures *measures, uint32_t segment);
// What `all` has beyond `part`, which is a part of it.
spl_tally spl_tally_rest(const spl_tally *all, const spl_tally *part);
// The mean reward as served, with the variance of the mean; NaN below two visitors.
spl_mean spl_tally_mean(const spl_tally *tally, bool binary);

// A normal approximation to weighted scores is not trusted below so many rewards other than 0, as in
// evaluate/monitor.h.
#define SPL_MEASURE_REWARDED 10

// The segment's variant by its method: counts, or weighted scores; the variance is then NaN below
// SPL_MEASURE_REWARDED.
spl_mean spl_measured_mean(const spl_measures *measures, uint32_t segment, uint32_t variant);
// The segment's mean reward if variants were served by `mix` there, over the variants known there. NaN if none is.
spl_mean spl_measured_mix(const spl_measures *measures, uint32_t segment);

// Weighted scores only: the variant over the control here; and the same two for all visitors outside of the segment.
spl_mean spl_measured_gap(const spl_measures *measures, uint32_t segment, uint32_t variant);
spl_mean spl_elsewhere_mean(const spl_measures *measures, uint32_t segment, uint32_t variant);
spl_mean spl_elsewhere_gap(const spl_measures *measures, uint32_t segment, uint32_t variant);

#endif
