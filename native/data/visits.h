// SPDX-License-Identifier: GPL-3.0-or-later
// Visitors of a file, be it rows (data/rows.h) or a log of events, whose exposures then count as rows: each that logged
// its context. What looks at visitors only, and at no reward, need not mind which it is.
#ifndef SAMPLIT_VISITS_H
#define SAMPLIT_VISITS_H

#include "data/rows.h"

// Whether one of the first lines is an event. `path` is opened and closed again.
bool spl_visits_are_events(const char *path, bool *events, spl_error *error);

// Of events only; zeroed members but `until` mean all.
typedef struct spl_visits_part {
    spl_text experiment;  // key; empty = every experiment's
    int64_t since, until; // Unix ms; exposures from `since` up to before `until`
    int64_t *time_ms;     // that of the exposure at hand, while the visitor is told of; NULL = nobody asks
    uint64_t outside;     // out: exposures of another time
    uint64_t no_context;  // out: exposures that logged none
} spl_visits_part;

// Every event.
spl_visits_part spl_visits_all(void);

// A log needs config->schema, and knows no label and no group. Folds are of units there. `path` is read more than once.
bool spl_visits_read(const char *path, const spl_rows_config *config, spl_visits_part *part, spl_rows **out,
                     spl_error *error);

#endif
