// SPDX-License-Identifier: GPL-3.0-or-later
// A bundle held against a log, as `samplit drift` and `samplit retrain` do it, and what it gives in words.
#ifndef SAMPLIT_CMD_DRIFT_H
#define SAMPLIT_CMD_DRIFT_H

#include <argp.h>
#include <cJSON.h>
#include <stdio.h>

#include "bundle/bundle_file.h"
#include "learn/drift/drift.h"
#include "learn/drift/part_report.h"

#define SPL_DRIFT_IGNORED_MAX 64

typedef struct spl_drift_run {
    const char *command; // for messages
    const char *bundle_path, *events, *report_path, *experiment_key;
    spl_walk walk;      // outcome NULL and window 0: as learned
    bool since_learned; // only visits newer than those learned from
    spl_drift_config config;
    spl_text ignored[SPL_DRIFT_IGNORED_MAX];
    // After spl_drift_start:
    spl_bundle_file file;
    bool part; // no policy, but an encoder or clusters
    uint32_t experiment;
    spl_report *report; // NULL of a part
    spl_reference *reference;
    spl_part_recall recall; // of a part
    char outcome[256];      // that of the report
    // After spl_drift_finish:
    spl_drift_log log;
    spl_drift drift;
} spl_drift_run;

// Options that both commands have; the children of their argp, whose input is the run.
extern const struct argp spl_drift_options;

// Opens the bundle and its report. Returns 0, or the exit code, having said why.
int spl_drift_start(spl_drift_run *run);
// Reads the log and measures. False with the reason. A part's log may be rows too.
bool spl_drift_finish(spl_drift_run *run, spl_error *error);
void spl_drift_close(spl_drift_run *run);

// The two of a part.
bool spl_drift_part_start(spl_drift_run *run, spl_error *error);
bool spl_drift_part_finish(spl_drift_run *run, spl_error *error);

// The reference's attribute `cluster`: where visitors of a part fall; NULL if it has no clusters.
const spl_drift_feature *spl_drift_clusters(const spl_drift_run *run);

// Whether the bundle should be learned anew; reasons, one a line, in `why` (may be NULL).
bool spl_drift_calls(const spl_drift_run *run, char *why, size_t size);

void spl_drift_print(const spl_drift_run *run, bool utf8, FILE *out);
cJSON *spl_drift_json(const spl_drift_run *run); // NULL when out of memory

#endif
