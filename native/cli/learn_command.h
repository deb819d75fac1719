// SPDX-License-Identifier: GPL-3.0-or-later
// `samplit learn` in two parts: what it is told, and what it does.
#ifndef SAMPLIT_LEARN_COMMAND_H
#define SAMPLIT_LEARN_COMMAND_H

#include "cli/learn_grow.h"
#include "cli/learn_policy.h"

#define SPL_LEARN_LEVELS_MAX (SPL_TREE_DEPTH_MAX - 1)

typedef struct spl_learn_settings {
    const char *events, *out, *report, *model;
    const char *settings_path; // NULL = none
    spl_settings run_as;
    cJSON *payloads;               // of the log's variants; NULL = none
    const spl_schema_spec *schema; // that of the model
    spl_policy_options policy;
    spl_log_config log;
    spl_learn_config learn;
    spl_grow_options grow;
    spl_level levels[SPL_LEARN_LEVELS_MAX];
    uint64_t min_samples[SPL_LEARN_LEVELS_MAX];
    size_t min_samples_count;
    uint64_t seed;
    spl_hash_mode hash_mode;
    bool seeded, json, has_prune_alpha;
    spl_recorded recorded; // the options that say how to learn
    spl_learn_request *request;
} spl_learn_settings;

// Reads the log, learns, writes, and says what came of it.
bool spl_learn_work(const spl_learn_settings *settings, spl_error *error);

#endif
