// SPDX-License-Identifier: GPL-3.0-or-later
// What a file of rows or events says of the visitors of a bundle without a policy, an encoder or clusters: the
// attributes that its schema reads, and the cluster that each visitor falls into as the attribute `cluster`. Counted in
// the same way when the bundle is made and when a later file is held against it.
#ifndef SAMPLIT_PART_LOG_H
#define SAMPLIT_PART_LOG_H

#include "data/visits.h"
#include "learn/drift/reference.h"

typedef struct spl_part_source {
    const char *path; // read more than once
    spl_visits_part part;
    int64_t rows_ms;             // the time of rows, which have none of their own; Unix ms
    double max_bad;              // share of bad lines above which reading fails
    const char *label;           // rows: the column that says which are alike; NULL = none
    const spl_reference *expect; // bins that must not be lost; NULL = none
} spl_part_source;

typedef struct spl_part_log {
    spl_tally *tally;
    spl_rows *rows; // features by the bundle's schema, with labels if they were asked for
    uint64_t outside;
} spl_part_log;

// A bundle with a schema. Fails when the file cannot be read, has a bad row too many, or no visitor.
bool spl_part_log_read(const spl_bundle *bundle, const spl_part_source *source, spl_part_log *out, spl_error *error);
void spl_part_log_free(spl_part_log *log); // a zeroed one is fine

#endif
