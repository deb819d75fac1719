// SPDX-License-Identifier: GPL-3.0-or-later
// One side held against another, by whichever method its data allow.
#ifndef SAMPLIT_ANALYZE_COMPARE_H
#define SAMPLIT_ANALYZE_COMPARE_H

#include "analyze/measure.h"
#include "analyze/report.h"

// All NaN, no method.
extern const spl_analysis_effect SPL_NO_EFFECT;

// Side 1 over side 2, as served: only for fixed probabilities.
spl_analysis_effect spl_compare_tallies(const spl_tally *one, const spl_tally *two, bool binary, double confidence);

// Two independent estimates that are about normal.
spl_analysis_effect spl_compare_estimates(spl_mean one, spl_mean two, spl_analysis_method method, double confidence);

// The variant over the control in that segment.
spl_analysis_effect spl_compare_variant(const spl_measures *m, uint32_t segment, uint32_t variant, double confidence);

// That segment's mean over the mean of all other visitors, under the overall mix of variants.
spl_analysis_effect spl_compare_segment(const spl_measures *m, uint32_t segment, double confidence);

// What the variant does over the control in that segment, less what it does elsewhere. Elsewhere is what the whole has
// beyond the segment.
spl_analysis_effect spl_compare_elsewhere(const spl_measures *m, uint32_t segment, uint32_t variant, double confidence);

// Visitors more, to the `visitors` there are, until an effect of this size has a power of 80 % at that level.
double spl_compare_more(const spl_analysis_effect *effect, double visitors, double level, double confidence);

#endif
