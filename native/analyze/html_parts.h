// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of a report's page. Every function writes to `out`; all texts of the report are escaped on the way.
#ifndef SAMPLIT_ANALYZE_HTML_PARTS_H
#define SAMPLIT_ANALYZE_HTML_PARTS_H

#include <stdio.h>

#include "analyze/report.h"

// The range that the bars of one table share; it holds 0.
typedef struct spl_forest {
    double low, high;
} spl_forest;

// A table cell: the lift (or the difference, where there is no lift) with its interval; a dash if it was not made.
void spl_html_effect(FILE *out, const spl_analysis *report, const spl_analysis_effect *effect);
void spl_html_rate(FILE *out, const spl_analysis *report, double rate, spl_interval interval);
// A p-value or a probability; a dash for NaN.
void spl_html_probability(FILE *out, double p);
void spl_html_count(FILE *out, double count);

// Widens the range by what spl_html_bar would draw.
void spl_forest_add(spl_forest *forest, const spl_analysis_effect *effect);
// A cell with the interval as a bar; it is hidden from readers of the screen, who have the figures beside it.
void spl_html_bar(FILE *out, const spl_forest *forest, const spl_analysis_effect *effect);

// The sections.
void spl_html_variants(FILE *out, const spl_analysis *report);
void spl_html_time(FILE *out, const spl_analysis *report);
void spl_html_segments(FILE *out, const spl_analysis *report);
// The table of a segment's variants.
void spl_html_arms(FILE *out, const spl_analysis *report, const spl_analysis_segment *segment);

#endif
