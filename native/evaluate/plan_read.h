// SPDX-License-Identifier: GPL-3.0-or-later
// An experiment's plan as people write it down; docs/statistics.md lists its fields.
#ifndef SAMPLIT_PLAN_READ_H
#define SAMPLIT_PLAN_READ_H

#include "events/walk.h"
#include "stats/plan.h"

typedef struct spl_plan_file {
    spl_plan plan; // its texts and arrays lie in `memory`
    void *memory;
} spl_plan_file;

// Reads the JSON of `path`. Only what cannot be read at all is refused, by the path of the field; what makes no
// sense as an experiment is for spl_plan_check to say.
bool spl_plan_read(const char *path, spl_plan_file *out, spl_error *error);
bool spl_plan_parse(const char *data, size_t size, spl_plan_file *out, spl_error *error);
void spl_plan_file_free(spl_plan_file *file); // a zeroed one is fine

// What a log of the same site says of the plan, all its experiments together. `walk` says how many lines were no
// events.
bool spl_plan_log_read(const char *path, const spl_plan *plan, spl_plan_log *out, spl_event_lines *walk,
                       spl_error *error);

#endif
