// SPDX-License-Identifier: GPL-3.0-or-later
// `samplit learn` as a part of another command: `samplit retrain` learns anew by the options a bundle was learned with.
// `samplit cluster` and `samplit encoder` take the same requests.
#ifndef SAMPLIT_LEARN_RUN_H
#define SAMPLIT_LEARN_RUN_H

#include <argp.h>
#include <cJSON.h>

#include "host/error.h"
#include "learn/lineage.h"
#include "samplit/bundle.h"

typedef struct spl_learn_request {
    const char *parent;         // id of the bundle that the new one follows; NULL = none
    const cJSON *validation;    // of the new one against it, for the lineage; NULL = none
    const spl_experiment *like; // how the new bundle's experiment is run and hashed; NULL = as the options say
    const spl_bundle *like_in;  // the bundle that it stands in
    const char *input;          // what the log is called in the lineage; NULL = by its path
    const char *model;          // what the option `model` is noted as; NULL = as it was given
    bool quiet;                 // no summary, no warnings
    bool keep;                  // the bundle goes into `data`, and no file is written
    uint8_t *data;              // from malloc, with `keep`
    size_t size;
    char id[33];  // of what was learned
    bool refused; // the command itself found what it learned not worth writing, and failed
} spl_learn_request;

// Takes the bundle if it is to be kept. False if it is to be written.
bool spl_learn_kept(spl_learn_request *request, uint8_t *data, size_t size, const char id[33]);

// argv as of `samplit learn`. An option that cannot be read ends the program, as argp does.
bool spl_learn_run(int argc, char **argv, spl_learn_request *request, spl_error *error);

// Whether `samplit learn` has an option of that name that says how to learn, not where to write.
bool spl_learn_takes(const char *name);

#define SPL_RECORDED_MAX 64
typedef struct spl_recorded {
    uint32_t count;
    spl_lineage_option options[SPL_RECORDED_MAX];
} spl_recorded;

// The options that say how to learn, out of a command line that has been parsed by `argp` without fault.
void spl_learn_record(const struct argp *argp, int argc, char **argv, spl_recorded *out);
bool spl_learn_records(const struct argp *argp, const char *name); // whether it would note that option

#endif
