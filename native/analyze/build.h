// SPDX-License-Identifier: GPL-3.0-or-later
// A report in the making. Each part of it is filled from what was measured and from the parts before it, in the order
// in which they stand here. Where memory runs out, `broken` is set and the report is of no use.
#ifndef SAMPLIT_ANALYZE_BUILD_H
#define SAMPLIT_ANALYZE_BUILD_H

#include "analyze/analyze.h"
#include "analyze/measure.h"

typedef struct spl_build {
    const spl_analyze_settings *settings;
    const spl_visitors *visitors;
    const spl_segments *segments;
    const spl_measures *measures;
    spl_analysis *report;
    bool broken;
} spl_build;

void spl_build_head(spl_build *build);     // names, counts, settings
void spl_build_segments(spl_build *build); // names and arms of all segments; everybody is the first
void spl_build_effects(spl_build *build);  // differences and what may be claimed of them
void spl_build_beliefs(spl_build *build);  // P(best), loss, shrunken estimates, anomalies
void spl_build_standing(spl_build *build); // winners, and the lists of high and low performers
void spl_build_watch(spl_build *build);    // what holds at every look
void spl_build_time(spl_build *build);     // rates and shares over time
void spl_build_changes(spl_build *build);
void spl_build_health(spl_build *build); // sample ratio, checks
void spl_build_advice(spl_build *build);
void spl_build_summary(spl_build *build); // and warnings

// A text from malloc (printf rules), and spl_visible of one; NULL, with `broken` set, when out of memory.
__attribute__((format(printf, 2, 3))) char *spl_build_text(spl_build *build, const char *format, ...);
char *spl_build_visible(spl_build *build, spl_text text);
// `count` zeroed items, at least one, so that the result is NULL only when out of memory.
void *spl_build_room(spl_build *build, size_t count, size_t bytes);
// One more sentence.
__attribute__((format(printf, 3, 4))) void spl_build_say(spl_build *build, spl_analysis_words *words,
                                                         const char *format, ...);

// Whether all visitors of `inner` are also in `outer`, which has fewer attributes.
bool spl_build_within(const spl_build *build, uint32_t inner, uint32_t outer);

static inline spl_analysis_arm *spl_build_arms(const spl_build *build, uint32_t segment)
{
    return build->report->segments[segment].arms;
}

#endif
