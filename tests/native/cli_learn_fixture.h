// SPDX-License-Identifier: MIT
// Runs of `samplit learn`, logs to give it, and a look into its report.
#ifndef CLI_LEARN_FIXTURE_H
#define CLI_LEARN_FIXTURE_H

#include <cJSON.h>
#include <stdint.h>
#include <stdio.h>

#include "scratch.h"

// Runs `samplit learn ARGUMENTS` in the folder of this test; the result lives until the next run.
const scratch_run *cli_learn_run(const char *arguments);
const scratch_run *cli_learn_succeeds(const char *arguments);
void cli_learn_refuses(const char *arguments, int code, const char *message); // and prints nothing
cJSON *cli_learn_document(const char *arguments);                             // what it printed

typedef struct event_log {
    FILE *file; // the caller closes it
    uint32_t events;
} event_log;

event_log event_log_new(const char *name);
// An exposure of unit N, ten per second; `more` is further fields, such as a context. Returns N.
uint32_t event_log_expose(event_log *log, const char *experiment, const char *variant, const char *more);
void event_log_outcome(event_log *log, uint32_t exposure, const char *name, double value);
void event_log_put_time(event_log *log); // the field, with a comma before it
double event_log_uniform(uint32_t seed, uint32_t i);
// Raw contexts: phones like b, desktops like control.
void event_log_world(const char *name, uint32_t exposures);

double report_join(const cJSON *root, const char *name);
double report_segments(const cJSON *root, const char *name);
const cJSON *report_node(const cJSON *root, const char *key);
double report_probability(const cJSON *root, const char *key, int variant);
const char *report_variant(const cJSON *root, int i);

#endif
