// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a log of events into a state: one pass, in memory that depends on segments and open windows only.
#ifndef SAMPLIT_LEARN_LOG_H
#define SAMPLIT_LEARN_LOG_H

#include "events/fold.h"
#include "events/join.h"
#include "learn/bandit/linear_rows.h"
#include "learn/drift/reference.h"
#include "learn/state.h"
#include "learn/tree/exposures.h"
#include "learn/variants.h"

typedef struct spl_log_config {
    const char *experiment; // NULL = the only one in the log
    const char *outcome;    // NULL = the name of the first outcome that joins an exposure
    const char *control;    // NULL = by spl_variants_order
    int64_t window_ms;
    spl_fold fold;
    uint32_t level_count;
    const spl_level *levels; // [level_count]
    uint32_t max_segments;   // as in spl_state_config
    bool in_columns;         // exposures into log->exposures, for a tree to be grown from them; levels are not read
    bool in_rows;            // exposures with their contexts into log->rows too, for a linear policy
    uint32_t candidate_count;
    const spl_text *candidates; // [candidate_count] attributes that it may split on; none = all that are met
    uint64_t half_seed;         // of the halves of units
    const spl_bundle *model;    // places contexts, so that `cluster` is an attribute; NULL = none
    double max_bad;             // share of bad lines above which nothing is learned; 0.01 is usual
} spl_log_config;

typedef struct spl_log {
    spl_state *state;             // variants in the order of `variants`; NULL in columns
    spl_exposures *exposures;     // the same; NULL unless in columns
    spl_linear_rows *rows;        // NULL unless in rows
    spl_variants variants;        // index 0 is the control
    spl_text experiment, outcome; // owned; outcome empty if the log has none
    spl_join_counts joined;
    uint64_t lines, bad_lines;               // bad: no event; left out
    spl_error first_bad;                     // with line and field
    uint64_t other_experiments;              // exposures of other experiments, left out
    uint64_t not_drawn;                      // exposures whose variant a rule set, left out
    spl_tally *tally;                        // what the visits were like that were learned from
    char digest[65];                         // BLAKE2b-256 of the log's bytes, unpacked
    uint64_t with_level[SPL_TREE_DEPTH_MAX]; // exposures that had the attribute of each level
} spl_log;

// Fails if the log has no exposure to learn from, if the experiment is missing or one of several, if more than
// max_bad of the lines are bad, or if the outcome asked for is not there though others are.
bool spl_log_read(const char *path, const spl_log_config *config, spl_log **out, spl_error *error);
void spl_log_free(spl_log *log); // NULL is fine

#endif
