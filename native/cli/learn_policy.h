// SPDX-License-Identifier: GPL-3.0-or-later
// The part of `samplit learn` that makes linear policies: --policy and what goes with it.
#ifndef SAMPLIT_LEARN_POLICY_H
#define SAMPLIT_LEARN_POLICY_H

#include <argp.h>

#include "cli/learn_run.h"
#include "learn/bandit/linear_learn.h"
#include "learn/learn.h"
#include "learn/learn_log.h"

typedef struct spl_policy_options {
    const char *word; // what --policy said; NULL = a table per segment
    bool any;         // some option that needs --policy was given
    bool on_given;
    spl_linear_config learn;
    double parameter[SPL_RULE_LINTS + 1]; // by rule; 0 = the usual one
    double alpha;                         // 0 = the usual one
} spl_policy_options;

// What the command has settled besides.
typedef struct spl_policy_target {
    const char *out, *report, *model; // NULL = none
    bool json;
    uint64_t seed;                 // of the assignment
    const spl_learn_config *learn; // its floor; and what the report says about the variants as a whole
    spl_hash_mode hash_mode;
    spl_settings settings;
    const cJSON *payloads;      // of the variants, for the manifest; NULL = none
    const cJSON *more;          // for the manifest
    spl_learn_request *request; // never NULL
} spl_policy_target;

// The options as a child of the command's parser (argp), whose input is an spl_policy_options.
extern const struct argp spl_policy_argp;

// Learns the policy from a log that was read with in_rows, and writes bundle and report. Prints a summary, or with
// `json` the report.
bool spl_policy_learn(const spl_log *log, const spl_policy_options *options, const spl_policy_target *target,
                      spl_error *error);

#endif
