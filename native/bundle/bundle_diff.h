// SPDX-License-Identifier: GPL-3.0-or-later
// What changed from one bundle to another, for one experiment: its settings, its segments, and who is served
// differently.
#ifndef SAMPLIT_BUNDLE_DIFF_H
#define SAMPLIT_BUNDLE_DIFF_H

#include <cJSON.h>
#include <stdio.h>

#include "bundle/report_read.h"
#include "samplit/bundle.h"

typedef struct spl_diff_side {
    const spl_bundle *bundle;
    uint32_t experiment;
    const spl_report *report; // NULL = none: shares of traffic are not known
} spl_diff_side;

// Visitors of one segment whom no finer one of the same bundle fits.
typedef struct spl_diff_segment {
    spl_text key;
    bool in_old, in_new;         // whether the trees have it
    double share;                // of the traffic; NaN = not known
    double moved;                // share of its visitors who get another variant
    uint32_t old_lead, new_lead; // most probable variants, of their bundles
    double old_p, new_p;         // their probabilities
} spl_diff_segment;

typedef struct spl_diff {
    uint32_t count;
    spl_diff_segment
        *segments;   // [count] those that move most of the traffic (or without shares, most of themselves) first
    double moved;    // share of all traffic that gets another variant; NaN = not known
    bool same_units; // seed and hash mode are equal: a unit moves only where its probabilities do
} spl_diff;

// Segments of both trees. Both policies must be tables with the same variants in the same order, else false with the
// reason; false too when out of memory.
bool spl_diff_make(const spl_diff_side *old, const spl_diff_side *new, spl_diff *out, spl_error *error);
void spl_diff_free(spl_diff *diff);

// Both false when out of memory. JSON takes `parts` (bundle/part_diff.h; NULL = none) as its member of that name.
bool spl_diff_text(const spl_diff *diff, const spl_diff_side *old, const spl_diff_side *new, bool utf8, FILE *out);
bool spl_diff_json(const spl_diff *diff, const spl_diff_side *old, const spl_diff_side *new, cJSON *parts, FILE *out);

#endif
