// SPDX-License-Identifier: GPL-3.0-or-later
// An experiment and its segments, analysed from a log of events: one report with everything a reader may want.
#ifndef SAMPLIT_ANALYZE_H
#define SAMPLIT_ANALYZE_H

#include "analyze/report.h"
#include "analyze/segments.h"

typedef struct spl_analyze_settings {
    spl_visitors_settings log;
    spl_segment_rule segments;
    double alpha;              // in (0, 1): of every family of tests; intervals are of 1 - alpha
    spl_correction correction; // of the tests in segments; variants over all are corrected by Holm's unless it is none
    double n_opt;              // visitors at which intervals for every look are tightest
} spl_analyze_settings;

// alpha 0.05, Benjamini-Hochberg, windows of 24 h, segments of at least 100 visitors.
spl_analyze_settings spl_analyze_settings_default(void);

// Fills the report; it is to be freed.
bool spl_analyze_log(const char *path, const spl_analyze_settings *settings, spl_analysis *report, spl_error *error);

#endif
