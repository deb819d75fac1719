// SPDX-License-Identifier: GPL-3.0-or-later
// Every event of a log in turn. Lines that are no events are counted and passed over.
#ifndef SAMPLIT_WALK_H
#define SAMPLIT_WALK_H

#include "events/event.h"

typedef struct spl_event_lines {
    uint64_t lines, bad_lines; // blank ones are not counted
    uint64_t last_line;        // number of the last line reached, blank or not; 0 if the log did not open
    spl_error first_bad;       // with its line; its text is empty if there is none
} spl_event_lines;

// Called per event; false, with the error set, ends the walk.
typedef bool spl_event_visit(void *owner, const spl_event *event, uint64_t line, spl_error *error);

// `what` is shown while it lasts: "counting". False if the log cannot be read or a visit failed.
bool spl_event_walk(const char *path, const char *what, spl_event_visit *visit, void *owner, spl_event_lines *walk,
                    spl_error *error);

// The same, and the log's BLAKE2b-256 (of what is unpacked, if it is gzip) in hex; empty if the walk did not end well.
bool spl_event_walk_digest(const char *path, const char *what, spl_event_visit *visit, void *owner,
                           spl_event_lines *walk, char digest[65], spl_error *error);

#endif
