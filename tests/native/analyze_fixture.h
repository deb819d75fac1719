// SPDX-License-Identifier: MIT
// Logs of worlds whose truth is known: visitors with two attributes, rates that a test plants, served by fixed
// probabilities or by ones that change with time and segment.
#ifndef ANALYZE_FIXTURE_H
#define ANALYZE_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/analyze.h"

typedef struct analyze_world {
    uint64_t seed;
    uint32_t visitors, variants;
    uint32_t plans, places; // values of the attributes "plan" (p00, p01, ...) and "place" (l00, ...)
    double skew;            // above 1, the first place has more visitors than the others; 0 = even
    bool bandit;            // probabilities change with time and plan, down to 0.05
    double days;            // that the visitors are spread over evenly
    // The rate of a visitor; NULL = 0.1 for all. `when` from 0 to 1.
    double (*rate)(uint32_t variant, uint32_t plan, uint32_t place, double when);
    // What a conversion is worth; NULL = 1.
    double (*value)(uint64_t seed, uint32_t visitor);
} analyze_world;

analyze_world analyze_world_default(void); // 20,000 visitors, a and b, 4 plans, 5 places, 14 days

double analyze_uniform(uint64_t seed, uint32_t i, uint32_t stream); // in (0, 1)

// Writes the log into the test's folder. Variants are a (the control), b, c, ...; exposures come a step apart,
// outcomes half a second after.
void analyze_world_write(const char *name, const analyze_world *world);

// Analyses it; any error fails the test. The report is to be freed.
spl_analyze_settings analyze_settings(void); // windows of a minute
spl_analysis analyze_log(const char *name, const spl_analyze_settings *settings);
spl_analysis analyze_world_report(const analyze_world *world); // both, with those settings

// The segment of that key; fails the test if there is none.
const spl_analysis_segment *analyze_segment(const spl_analysis *report, const char *key);
// Whether some advice is of that kind, and its text; NULL if none is.
const spl_advice *analyze_advice(const spl_analysis *report, spl_advice_kind kind);
const spl_analysis_check *analyze_check(const spl_analysis *report, const char *kind); // NULL: none

#endif
