// SPDX-License-Identifier: GPL-3.0-or-later
// `samplit learn --levels auto`: its options, and the tree that is grown.
#ifndef SAMPLIT_LEARN_GROW_H
#define SAMPLIT_LEARN_GROW_H

#include <argp.h>

#include "learn/learn.h"
#include "learn/learn_log.h"
#include "learn/tree/tree_report.h"

#define SPL_GROW_DEPTH 4 // levels below the root, unless said otherwise

typedef struct spl_grow_options {
    bool on;  // --levels auto
    bool any; // one of the options below was given
    spl_text candidates[SPL_CANDIDATES_MAX];
    uint32_t candidate_count; // 0 = all that are met
    uint64_t max_depth, min_per_variant;
    double alpha;
    spl_honesty honesty;
} spl_grow_options;

spl_grow_options spl_grow_options_default(void);

// Each ends the program by argp_error where the text is not what the option takes.
void spl_grow_read_candidates(struct argp_state *state, const char *text, spl_grow_options *out);
void spl_grow_read_honest(struct argp_state *state, const char *text, spl_grow_options *out);

// Grows the tree of a log that was read in columns; log->state is then what to learn from, and grown->judge what to
// test on. spl_grown_free as before.
bool spl_grow_log(spl_log *log, const spl_grow_options *options, const spl_level *levels, spl_reward_model reward,
                  spl_grown *grown, spl_error *error);

// For the report; empty for a log that was not read in columns.
spl_tree_report spl_grow_report(const spl_log *log, const spl_grow_options *options, const spl_grown *grown);

// What a person should know of the candidates, on standard error.
void spl_grow_warn(const spl_log *log, const spl_grow_options *options);

#endif
