// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the report of docs/learning.md, section 6: what was learned, for the owner's eyes.
#ifndef SAMPLIT_REPORT_WRITE_H
#define SAMPLIT_REPORT_WRITE_H

#include "events/join.h"
#include "learn/drift/reference.h"
#include "learn/learn.h"
#include "learn/tree/tree_report.h"
#include "learn/value.h"

typedef struct spl_report_source {
    const char *bundle_id;        // 32 hex digits
    spl_text experiment, outcome; // outcome empty if the log has none
    const spl_text *variants;     // [learned->variant_count]
    const spl_level *levels;      // [learned->level_count]
    const spl_learned *learned;
    spl_join_counts joined;
    uint64_t not_drawn; // exposures left out: a rule set their variant
    uint64_t overflow;
    spl_value value;
    const spl_tally *tally;      // of the visits learned from; NULL = no reference in the report
    const char *linear;          // JSON about a linear policy (learn/bandit/linear_report.h); NULL = a table
    const spl_tree_report *tree; // how the tree was grown; NULL = its levels were given
} spl_report_source;

// By the rules of host/files.h; "-" is standard output.
bool spl_report_write(const char *path, const spl_report_source *source, spl_error *error);

#endif
