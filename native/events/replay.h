// SPDX-License-Identifier: GPL-3.0-or-later
// Recomputes logged decisions: the same bundle, unit and context must give the same decision, bit
// for bit. That is how a log is checked, and how a build is checked against a log.
#ifndef SAMPLIT_REPLAY_H
#define SAMPLIT_REPLAY_H

#include "events/event.h"

typedef struct spl_replay_counts {
    uint64_t exposures, outcomes; // lines of either kind
    uint64_t bad_lines;           // that are no events
    uint64_t checked, different;  // exposures recomputed; those of them that differ
    uint64_t other_bundle;        // not made with this bundle
    uint64_t without_context;     // whose context was not logged; an empty one was
    uint64_t onlooking;           // of the checked: where the incumbent served and the policy looked on
    double matched;               // sum over these of the policy's probability of what the incumbent served
    uint64_t outside_policy;      // whose reason the bundle does not give: decided by the host
} spl_replay_counts;

// The first field that differs in an exposure, both ways as text.
typedef struct spl_replay_difference {
    char field[32];
    char logged[160], recomputed[160]; // cut to fit
} spl_replay_difference;

typedef enum spl_replay_verdict { SPL_REPLAY_EQUAL, SPL_REPLAY_DIFFERENT, SPL_REPLAY_SKIPPED } spl_replay_verdict;

// One event. Counts it; on SPL_REPLAY_DIFFERENT *difference says where.
spl_replay_verdict spl_replay_event(const spl_bundle *bundle, spl_workspace *workspace, const spl_event *event,
                                    spl_replay_counts *counts, spl_replay_difference *difference);

typedef struct spl_replay_report {
    spl_replay_counts counts;
    uint64_t first_line; // of the first difference; 0 = none
    spl_replay_difference first;
    spl_error first_bad; // the first line that is no event; its text is empty if there is none
} spl_replay_report;

// A whole log. False only if it cannot be read.
bool spl_replay_log(const spl_bundle *bundle, spl_workspace *workspace, const char *path, spl_replay_report *report,
                    spl_error *error);

#endif
