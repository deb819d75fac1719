// SPDX-License-Identifier: GPL-3.0-or-later
// Walks through a log for one experiment: what is no event is counted and left out, exposures that a rule decided too,
// the rest is joined with its outcomes. What is done with it is the caller's.
#ifndef SAMPLIT_DRIFT_WALK_H
#define SAMPLIT_DRIFT_WALK_H

#include "events/event.h"
#include "events/fold.h"
#include "events/join.h"

typedef struct spl_walk {
    const char *what;       // for the progress line: "measuring drift"
    spl_text experiment;    // key
    const char *outcome;    // as in spl_join_config
    int64_t window_ms;      // attribution window
    int64_t since, until;   // exposures from `since` up to before `until` only, Unix ms
    spl_fold fold;          // of units; SPL_FOLD_ALL = every unit
    double max_bad;         // share of bad lines above which the walk fails
    uint32_t payload_bytes; // what is kept with an exposure until its window closes
    // An exposure of the experiment whose variant was drawn; fills the payload. False when out of memory.
    bool (*exposure)(void *owner, const spl_event *event, void *payload);
    spl_join_closed *closed;
    void *owner;
} spl_walk;

// Every time, every unit, 24 h, 1 % bad lines.
spl_walk spl_walk_default(void);

typedef struct spl_walk_counts {
    uint64_t lines, bad_lines;
    spl_error first_bad;
    uint64_t exposures;          // given to the caller
    uint64_t other_experiments;  // exposures left out
    uint64_t not_drawn, outside; // of this experiment: a rule decided; not from `since` to `until`
    spl_join_counts joined;
    char digest[65]; // BLAKE2b-256 of the log, unpacked
} spl_walk_counts;

// Payloads have at most 64 bytes. Fails when the log cannot be read, is too bad, or has no exposure to give.
bool spl_walk_log(const char *path, const spl_walk *walk, spl_walk_counts *counts, spl_error *error);

#endif
