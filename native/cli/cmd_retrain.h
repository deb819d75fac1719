// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of `samplit retrain` share.
#ifndef SAMPLIT_CMD_RETRAIN_H
#define SAMPLIT_CMD_RETRAIN_H

#include "cli/cmd_drift.h"
#include "learn/drift/retrain.h"

typedef struct spl_retrain_run {
    spl_drift_run drift;
    const char *out, *given; // as the user gave them: the output, and the log
    double margin;           // of the old value
    uint32_t folds;
    bool always, json;
    char *out_path, *out_report; // owned
    bool needed;                 // drifted, stale, or --always
    spl_contest_result result;   // after spl_retrain_validate
    bool accepted;               // after spl_retrain_decide
    char reason[256];            // why, or why not
    cJSON *validation;           // owned: what the lineage says of it
    char id[33];                 // of the bundle written
} spl_retrain_run;

// Learns without each fold, and values what was learned on it beside the old bundle.
bool spl_retrain_validate(spl_retrain_run *run, spl_error *error);
void spl_retrain_decide(spl_retrain_run *run);
// Learns from all units and writes bundle and report.
bool spl_retrain_write(spl_retrain_run *run, spl_error *error);

// False when out of memory.
bool spl_retrain_print(const spl_retrain_run *run, FILE *out);
bool spl_retrain_print_json(const spl_retrain_run *run, FILE *out);

#endif
