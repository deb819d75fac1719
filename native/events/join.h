// SPDX-License-Identifier: GPL-3.0-or-later
// Joins outcomes to exposures and hands on each exposure once, when its attribution window has
// closed. Only exposures whose window is open are held, so memory follows the traffic of one
// window, not the length of the log.
//
// At the end of the log some windows are still open. What is known of those exposures depends on their age:
// an old one without an outcome has very likely failed, a young one may just not have had the time. So the
// young ones are left out, with or without an outcome; docs/events.md says which are young.
#ifndef SAMPLIT_JOIN_H
#define SAMPLIT_JOIN_H

#include <stdint.h>

#include "events/event.h"

typedef struct spl_join_config {
    int64_t window_ms;      // attribution window; default 24 h
    const char *outcome;    // only outcomes of this name; NULL = that of the first that finds an exposure
    double default_reward;  // of an exposure without an outcome
    uint32_t payload_bytes; // what the caller keeps with each open exposure
} spl_join_config;

spl_join_config spl_join_config_default(void);

// Called once per exposure that is not left out, with the payload given to spl_join_exposure, in order of closing.
typedef void spl_join_closed(void *owner, const void *payload, double reward);

typedef struct spl_join_counts {
    uint64_t exposures, outcomes;       // accepted and not left out
    uint64_t open_exposures;            // too young at the end of the log: left out, with their outcomes
    uint64_t duplicate_exposures;       // same id again while open: counted once
    uint64_t duplicate_outcomes;        // same exposure and name again: counted once
    uint64_t outcomes_other_name;       // not the outcome learned from
    uint64_t outcomes_without_exposure; // no open exposure (late, early or foreign), any name while none is settled
    uint64_t late_exposures;            // older than the newest event by more than the window; still counted
} spl_join_counts;

typedef struct spl_join spl_join;

spl_join *spl_join_new(const spl_join_config *config, spl_join_closed *closed, void *owner); // NULL: out of memory
void spl_join_free(spl_join *join);

// An accepted exposure; its payload is copied. False only when out of memory. A duplicate is counted and dropped.
bool spl_join_exposure(spl_join *join, const spl_event *exposure, const void *payload);
// An exposure that repeats a draw of the unit (spl_event_repeats): it does not count, but its outcomes go to the unit's
// last exposure that does, in that one's window.
bool spl_join_repeat(spl_join *join, const spl_event *exposure);
bool spl_join_outcome(spl_join *join, const spl_event *outcome);
void spl_join_finish(spl_join *join); // closes what is open and old enough, leaves out the rest

// The name learned from: the configured one, else the settled one; data NULL as long as no outcome found an
// exposure. Valid until spl_join_free.
spl_text spl_join_outcome_name(const spl_join *join);
spl_join_counts spl_join_counted(const spl_join *join);

#endif
