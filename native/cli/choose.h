// SPDX-License-Identifier: GPL-3.0-or-later
// Which experiment of a bundle a command is about, and the report that goes with it.
#ifndef SAMPLIT_CHOOSE_H
#define SAMPLIT_CHOOSE_H

#include "bundle/report_read.h"

// Sets *index to the experiment called `key`, or with NULL to the only one. Returns 0; else, having said
// why on standard error, the exit code: 1 if there is no such experiment, 2 if one must be named.
int spl_cli_experiment(const char *command, const spl_bundle *bundle, const char *key, uint32_t *index);

// The report at `report_path`, which must fit the bundle; or with NULL the one that lies beside the bundle,
// which is passed over with a warning if it does not fit. *report is NULL if there is none.
bool spl_cli_report(const char *command, const char *bundle_path, const char *report_path, const spl_bundle *bundle,
                    uint32_t experiment, spl_report **report, spl_error *error);

#endif
