// SPDX-License-Identifier: GPL-3.0-or-later
// Checks of an experiment's plan before it starts: can it be achieved with this traffic, is it set up right, and what
// would mend it.
#ifndef SAMPLIT_PLAN_H
#define SAMPLIT_PLAN_H

#include "samplit/policy.h"
#include "samplit/text.h"
#include "samplit/tree.h"
#include "stats/design.h"

#define SPL_PLAN_LEVELS_MAX (SPL_TREE_DEPTH_MAX - 1)

typedef struct spl_plan_level {
    spl_text attribute;
    double values;      // how many the attribute is expected to have; 0 = not given
    double min_samples; // exposures that a segment of this level needs
} spl_plan_level;

// As it was written down, right or wrong. Texts are kept by whoever made the plan.
typedef struct spl_plan {
    spl_text experiment, control, outcome; // control and outcome may be empty
    uint32_t variant_count;
    spl_text variants[SPL_VARIANTS_MAX];
    bool shared; // shares are given
    double shares[SPL_VARIANTS_MAX];
    spl_design design;  // baseline, difference, alpha, power, correction, segments; per_day is the traffic
    double days;        // how long it is to run; 0 = not given
    double window_days; // how long after an exposure an outcome counts
    uint32_t level_count;
    spl_plan_level levels[SPL_PLAN_LEVELS_MAX];
    bool adaptive;         // a bandit: shares change as it learns
    double min_propensity; // its floor
} spl_plan;

// What a log of the same site says.
typedef struct spl_plan_log {
    double exposures;
    double units;            // different ones
    double closed, outcomes; // first exposures of units whose window has closed; those of them that have the outcome
    double days;             // from the first event to the last
    uint64_t named;          // outcomes of the plan's name, whether they found an exposure or not
    uint64_t other_outcomes; // of other names
    char other_name[64];     // one of them
} spl_plan_log;

typedef enum spl_severity { SPL_SEVERITY_ERROR, SPL_SEVERITY_WARNING, SPL_SEVERITY_NOTE } spl_severity;
const char *spl_severity_name(spl_severity severity); // "error", "warning", "note". Static storage.

typedef struct spl_finding {
    spl_severity severity;
    const char *check; // "traffic", "shares", "control", …; static storage
    char reason[320], fix[320];
} spl_finding;

#define SPL_FINDINGS_MAX 64

// Fills findings[0..returned), errors first. `log` may be NULL.
uint32_t spl_plan_check(const spl_plan *plan, const spl_plan_log *log, spl_finding findings[SPL_FINDINGS_MAX]);

#endif
