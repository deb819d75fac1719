// SPDX-License-Identifier: GPL-3.0-or-later
// A decision for people, for programs, and as the exposure event that a host would log.
#ifndef SAMPLIT_DECIDE_PRINT_H
#define SAMPLIT_DECIDE_PRINT_H

#include <stdio.h>

#include "events/event.h"
#include "samplit/decide.h"

// A decision with what it was made from. Without a bundle (NULL) the experiment is only a name.
typedef struct spl_decided {
    const spl_bundle *bundle;
    uint32_t experiment; // index; at or above experiment_count when there is none
    spl_text experiment_key, unit;
    const spl_workspace *workspace;
    const spl_named_field *context; // as given
    uint32_t context_count;
    const spl_decision *decision;
    const uint8_t *order; // of its variants, best first; NULL = not asked for
    const char *error;    // why the control was served; NULL = nothing was wrong
} spl_decided;

// The name of variant i; "control" where there is no bundle to name it.
spl_text spl_decided_variant(const spl_decided *decided, uint32_t i);

void spl_decided_print_text(const spl_decided *decided, FILE *out);

// One line each. False when out of memory.
bool spl_decided_print_json(const spl_decided *decided, FILE *out);
bool spl_decided_print_event(const spl_decided *decided, FILE *out);

#endif
