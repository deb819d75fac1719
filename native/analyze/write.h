// SPDX-License-Identifier: GPL-3.0-or-later
// A report for people in a terminal, and for programs. False only when memory runs out; what is then already in `out`
// is of no use.
#ifndef SAMPLIT_ANALYZE_WRITE_H
#define SAMPLIT_ANALYZE_WRITE_H

#include <stdbool.h>
#include <stdio.h>

#include "analyze/report.h"

// `columns` wide where that is possible, at least SPL_ANALYSIS_NARROW; ASCII only unless `utf8`.
#define SPL_ANALYSIS_NARROW 60
bool spl_analysis_text(const spl_analysis *report, uint32_t columns, bool utf8, FILE *out);

// One JSON object; docs/analyze.md lists its fields.
bool spl_analysis_json(const spl_analysis *report, FILE *out);

// One HTML page that needs nothing else.
void spl_analysis_html(const spl_analysis *report, FILE *out);

#endif
