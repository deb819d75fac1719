// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of `samplit retrain` share.
#ifndef SAMPLIT_CMD_RETRAIN_H
#define SAMPLIT_CMD_RETRAIN_H

#include "cli/cmd_drift.h"
#include "cli/retrain_parts.h"
#include "learn/drift/retrain.h"

typedef struct spl_retrain_run {
    spl_drift_run drift;
    const char *out, *given; // as the user gave them: the output, and the log
    double margin;           // of the old value
    uint32_t folds;
    bool always, json;
    bool encoder, clusters; // of a bundle with a policy: made anew too; by the options, then also where they drifted
    char *out_path, *out_report; // owned
    bool needed;                 // drifted, stale, or --always
    spl_contest_result result;   // after spl_retrain_validate
    bool accepted;               // after spl_retrain_decide
    char reason[512];            // why, or why not
    cJSON *validation;           // owned: what the lineage says of it
    char id[33];                 // of the bundle written
    spl_encoder_contest part;    // of a part; other NaN of clusters
    char *model;                 // path of the new parts of a policy's bundle, owned; NULL = those that it has
} spl_retrain_run;

// Learns without each fold, and values what was learned on it beside the old bundle.
bool spl_retrain_validate(spl_retrain_run *run, spl_error *error);
void spl_retrain_decide(spl_retrain_run *run);
// Learns from all units and writes bundle and report.
bool spl_retrain_write(spl_retrain_run *run, spl_error *error);

// An encoder or clusters without a policy: makes them anew, judges them beside the old ones, writes them.
bool spl_retrain_part(spl_retrain_run *run, spl_error *error);
// Why it was accepted or refused, of a gain with its interval over an old value.
void spl_retrain_reason(spl_retrain_run *run, double old, double low, double high, const char *what);
// The gain and its interval relative to the old value, for the lineage: run->validation.
void spl_retrain_note(spl_retrain_run *run, const char *method, double old, double gain, double low, double high);

// Whether a policy's bundle holds parts that were made apart from it; sets run->encoder and run->clusters also where
// the drift says so. False, with the reason, if parts were asked for that it has not.
bool spl_retrain_find_parts(spl_retrain_run *run, spl_error *error);
// Makes the parts anew from all units but those of fold `without` (all of them if that is run->folds), and sets
// run->model. The first call settles how the encoder is trained.
bool spl_retrain_model(spl_retrain_run *run, uint32_t without, spl_error *error);
void spl_retrain_model_free(spl_retrain_run *run);

// False when out of memory.
bool spl_retrain_print(const spl_retrain_run *run, FILE *out);
bool spl_retrain_print_json(const spl_retrain_run *run, FILE *out);

#endif
