// SPDX-License-Identifier: GPL-3.0-or-later
// Sample ratio mismatch of a log: the first exposure of each unit against the probabilities that it was drawn from, at
// every look; and, where there is a mismatch, in which part of the traffic it sits.
#ifndef SAMPLIT_SRM_LOG_H
#define SAMPLIT_SRM_LOG_H

#include "events/arms.h"
#include "stats/srm.h"

// Exposures with one value of one attribute of the context or segment, of one bundle, or of one day.
typedef struct spl_srm_slice {
    char *name; // "device:mobile", "bundle:…", "day:2026-11-21"; visible text, owned
    double exposures;
    uint32_t variant; // the one furthest from what was expected
    double deviation; // served less expected, as a share of the slice's exposures
    double p;         // two-sided z-test of that variant, corrected for variants and slices (Bonferroni)
    double *served, *expected, *variance; // [variant_count]; owned together
} spl_srm_slice;

#define SPL_SRM_SLICES_MAX 20000

// Finds variant, deviation and p of a slice that was counted; `tests` = slices times variants looked at.
void spl_srm_slice_judge(spl_srm_slice *slice, uint32_t variant_count, double tests);

typedef struct spl_srm_report {
    char experiment[65];
    uint32_t variant_count;
    char *names[SPL_VARIANTS_MAX];                               // owned, visible
    double served[SPL_VARIANTS_MAX], expected[SPL_VARIANTS_MAX]; // counts; sums of the probabilities
    double exposures;
    bool constant;      // every exposure had the same probabilities: `fixed` is then meaningful
    spl_srm fixed;      // chi-square, for one look at the end
    double multinomial; // always-valid p of the counts (Lindon & Malek 2022), at looks 1 % apart; with `constant`
    double p;           // always-valid, for adaptive probabilities as well
    double deviation;   // the largest |served - expected| / exposures
    spl_srm_light light;
    uint32_t slice_count; // sorted: the least p first
    spl_srm_slice *slices;
    uint64_t not_drawn, unusable, other_slices; // left out: variant set by a rule; propensity of 0 or without a match
                                                // among the probabilities; slices beyond SPL_SRM_SLICES_MAX
    uint64_t repeated;                          // exposures of units that were counted before
    uint64_t other_experiments;
    spl_event_lines walk;
} spl_srm_report;

// Reads the log twice (it may be a stream: it is then kept aside), with the probabilities of spl_arms_read. The light
// is red or yellow by the always-valid p.
bool spl_srm_log(const char *path, const spl_arms_settings *settings, spl_srm_report *report, spl_error *error);
void spl_srm_report_free(spl_srm_report *report);

#endif
