// SPDX-License-Identifier: GPL-3.0-or-later
// The plan of an experiment: every variant against the control, overall and in each segment, corrected for how many
// comparisons that makes; visitors needed or effect detectable; and days.
#ifndef SAMPLIT_DESIGN_H
#define SAMPLIT_DESIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "host/error.h"
#include "stats/design_looks.h"
#include "stats/p_adjust.h"
#include "stats/power.h"

#define SPL_DESIGN_VARIANTS_MAX 64
#define SPL_DESIGN_SEGMENTS_MAX 1000
#define SPL_DESIGN_VISITORS_MAX 1e18

typedef struct spl_design_segment {
    const char *name;
    double share; // of all visitors, in (0, 1]; segments may overlap
} spl_design_segment;

typedef struct spl_design {
    bool means;        // a mean with standard deviation `sd`, else a rate
    double baseline;   // of the control: a rate in (0, 1), or a mean
    double sd;         // means only, > 0
    double sd_variant; // of the variants; 0 = as the control's
    double difference; // what is to be found, in units of the baseline, either sign; 0 = find it: needs `visitors`
    double alpha;      // in (0, 1)
    double power;      // in (0, 1)
    bool one_sided;
    spl_power_formula formula; // rates only
    uint32_t variant_count;    // with the control, 2 to 64
    const double *shares;      // [variant_count] of traffic, control first, positive; scaled to sum 1; NULL = equal
    spl_correction correction; // NONE, BONFERRONI, HOLM or BH
    uint32_t segment_count;    // beside the whole
    const spl_design_segment *segments;
    uint32_t looks;        // 1 at the end, or so many equally far apart
    spl_spending spending; // of the error, over the looks
    double visitors;       // in all, 0 = not given: then the effect must be
    double per_day;        // traffic; 0 = not given
} spl_design;

spl_design spl_design_default(void); // alpha 0.05, power 0.8, two variants, pooled, Holm, one look

// One row per segment, the whole first. The comparison that needs most decides: that of the variant with the least
// share.
typedef struct spl_design_row {
    const char *name;  // "all" for the whole
    double share;      // of all visitors
    double visitors;   // in the segment that are needed (or given)
    double total;      // in the experiment until the segment has them
    double days;       // NaN without traffic
    double detectable; // difference that `visitors` given show with the power asked; NaN if none
    double power;      // for the difference asked with the visitors given; NaN if either is not given
} spl_design_row;

typedef struct spl_design_plan {
    uint32_t comparisons; // that share the error
    double alpha;         // of each, the strictest that the correction can ask
    spl_design_looks looks;
    uint32_t row_count;   // segment_count + 1
    spl_design_row *rows; // owned
} spl_design_plan;

// Bonferroni, Holm and Benjamini-Hochberg are all planned at alpha / comparisons: Bonferroni tests at that level, Holm
// and BH begin there and never ask more, so the power is at least what is planned. Fails by field on values out of
// range.
bool spl_design_solve(const spl_design *design, spl_design_plan *plan, spl_error *error);
void spl_design_plan_free(spl_design_plan *plan);

#endif
