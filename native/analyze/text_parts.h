// SPDX-License-Identifier: GPL-3.0-or-later
// The sections of a report in a terminal. All write UTF-8; what is not ASCII is spelled out at the end where the
// terminal knows no other, so lines and marks are chosen by `utf8` here.
#ifndef SAMPLIT_ANALYZE_TEXT_PARTS_H
#define SAMPLIT_ANALYZE_TEXT_PARTS_H

#include <stdio.h>

#include "analyze/report.h"
#include "host/grid.h"

typedef struct spl_page {
    const spl_analysis *report;
    uint32_t columns;
    bool utf8;
    FILE *out;
    bool broken; // memory ran out
} spl_page;

void spl_page_title(spl_page *page, const char *title);
// A paragraph behind its mark, wrapped; following lines stand below its first word.
void spl_page_say(spl_page *page, const char *mark, const char *text);
void spl_page_grid(spl_page *page, spl_grid *grid); // prints and frees it; NULL breaks the page

void spl_page_forest(spl_page *page);
void spl_page_segments(spl_page *page);
void spl_page_time(spl_page *page);

// "+12.3 %", or the difference where there is no lift; "-" of nothing. SPL_FIGURE_MAX bytes.
char *spl_page_change(const spl_analysis *report, const spl_analysis_effect *effect, char *out);
// Its interval: "+4.5 to +20.1 %"; empty of nothing.
char *spl_page_range(const spl_analysis *report, const spl_analysis_effect *effect, char *out);
// A p-value: "0.012", "<0.0001", "-".
char *spl_page_p(double p, char *out);

#endif
