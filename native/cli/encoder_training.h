// SPDX-License-Identifier: GPL-3.0-or-later
// A training as the command runs it: rows and schema, one run per member of the ensemble, a checkpoint as
// it goes, and what there is to say at the end.
#ifndef SAMPLIT_ENCODER_TRAINING_H
#define SAMPLIT_ENCODER_TRAINING_H

#include "bundle/bundle_file.h"
#include "cli/encoder_settings.h"
#include "data/rows.h"
#include "host/spool.h"

typedef struct spl_encoder_member {
    spl_encoder_run *run; // kept for its history
    spl_net_folded folded;
    char *checkpoint; // path
    uint64_t seed;
} spl_encoder_member;

// Where a fine-tuning comes from.
typedef struct spl_encoder_base {
    uint32_t count; // 0 = trained from scratch
    spl_net *nets[SPL_ENSEMBLE_MAX];
    spl_bundle_file bundle; // data NULL: a checkpoint
    char id[33];            // of the bundle; empty for a checkpoint
    char digest[65];        // BLAKE2b-256 of a checkpoint's bytes, hex
    bool new_input;         // the first layer is learned anew, for rows of another schema
} spl_encoder_base;

typedef struct spl_training {
    const spl_encoder_settings *settings;
    spl_encoder_config config; // that of the settings, with the batch that the rows ask for
    spl_schema_spec *given;    // owned; NULL = fitted with the rows
    spl_spool spool;           // of the rows, for they are read more than once
    char digest[65];           // BLAKE2b-256 of their bytes, unpacked; hex
    spl_rows_config rows_config;
    spl_rows *rows;
    spl_encoder_base base;
    spl_pool *pool;
    uint32_t member_count;
    spl_encoder_member members[SPL_ENSEMBLE_MAX];
    uint32_t resumed; // members that went on from a checkpoint
    double seconds;
} spl_training;

// Reads and trains; *training is filled as far as it came, in any case.
bool spl_training_run(const spl_encoder_settings *settings, spl_training *training, spl_error *error);
void spl_training_free(spl_training *training);

// Writes the bundle and its report, or gives the bundle to the request that keeps it; id_hex gets 32 digits and a
// terminator.
bool spl_training_write(const spl_training *training, char id_hex[33], spl_error *error);

// argv as of `samplit encoder train`, or `finetune`, of which nothing is printed: for `samplit retrain`. An option that
// cannot be read ends the program, as argp does.
bool spl_encoder_run_quietly(int argc, char **argv, bool finetune, spl_learn_request *request, spl_error *error);

// The manifest's `training`, as JSON; NULL when out of memory.
struct cJSON *spl_training_json(const spl_training *training);

// What the rows are alike by, for people: the label's column, or "effects". Made visible; from malloc.
char *spl_training_label(const spl_training *training);

// "X.checkpoint.safetensors" for "X.safetensors", "X.checkpoint-2.safetensors" for the second member, and so on. From
// malloc; NULL when out of memory.
char *spl_checkpoint_path(const char *bundle, uint32_t member);

// The XXH64 of rows and labels: which data an encoder was trained on.
uint64_t spl_training_digest(const spl_rows *rows);

#endif
