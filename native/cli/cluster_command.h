// SPDX-License-Identifier: GPL-3.0-or-later
// `samplit cluster` in two parts: what it is told, and what it does. `samplit retrain` runs it too, by the options that
// clusters were made with.
#ifndef SAMPLIT_CLUSTER_COMMAND_H
#define SAMPLIT_CLUSTER_COMMAND_H

#include "cli/learn_run.h"
#include "events/fold.h"
#include "learn/cluster/cluster_choose.h"

#define SPL_CLUSTER_LEAVE_OUT_MAX 64

typedef struct spl_cluster_settings {
    const char *rows, *out, *assignments, *encoder, *schema, *weights, *report, *experiment;
    spl_recorded recorded; // the options that say how to cluster, for the lineage
    spl_choose_config choose;
    uint64_t threads;
    const char *leave_out[SPL_CLUSTER_LEAVE_OUT_MAX];
    char *leave_out_memory;
    uint32_t leave_out_count;
    double max_bad;
    spl_fold fold;
    int64_t rows_ms; // the time of rows; INT64_MIN = now
    bool force, unordered, json;
    spl_learn_request *request;
} spl_cluster_settings;

// Clusters, writes, and says what came of it.
bool spl_cluster_work(const spl_cluster_settings *settings, spl_error *error);

// argv as of `samplit cluster`. An option that cannot be read ends the program, as argp does. With request->keep or
// ->quiet nothing is printed; clusters that are refused fail, and request->refused is set.
bool spl_cluster_run(int argc, char **argv, spl_learn_request *request, spl_error *error);

// Whether it has an option of that name that says how to cluster.
bool spl_cluster_takes(const char *name);

#endif
