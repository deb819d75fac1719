// SPDX-License-Identifier: GPL-3.0-or-later
// What `samplit encoder train` and `finetune` are told on the command line.
#ifndef SAMPLIT_ENCODER_SETTINGS_H
#define SAMPLIT_ENCODER_SETTINGS_H

#include "cli/learn_run.h"
#include "events/fold.h"
#include "learn/encoder/alike.h"
#include "learn/encoder/encoder_train.h"

#define SPL_ENCODER_LEAVE_OUT_MAX 256

typedef struct spl_encoder_settings {
    bool finetune;
    const char *base; // finetune: a bundle or a checkpoint
    const char *rows, *out, *schema, *label, *plot, *report;
    const char *leave_out[SPL_ENCODER_LEAVE_OUT_MAX];
    uint32_t leave_out_count;
    char *leave_out_memory;
    uint32_t layer_count, layers[SPL_ENCODER_LAYERS_MAX]; // outputs of each layer
    spl_encoder_config config;                            // batch 0 = by the number of rows
    uint32_t members, threads;                            // 0 = not given
    double max_bad;
    bool resume, json;
    bool events;    // the rows are events, and labels are made of them
    bool rows_only; // said by --from rows
    spl_alike_config alike;
    const char *experiment, *outcome;
    int64_t window_ms;
    spl_fold fold;
    int64_t rows_ms;            // the time of rows; INT64_MIN = now
    spl_learn_request *request; // NULL = from the command line
    spl_recorded recorded;      // the options that say how to train, for the lineage
} spl_encoder_settings;

// Parses; returns 0 or an exit code. Free with spl_encoder_settings_free in either case.
int spl_encoder_settings_parse(int argc, char **argv, bool finetune, spl_encoder_settings *out);
// Whether there is an option of that name that says how to train.
bool spl_encoder_takes(const char *name);
void spl_encoder_settings_free(spl_encoder_settings *settings);

// The names that options and manifests use for the values of the enums.
extern const char *const spl_loss_names[2],
    *const spl_mining_names[3], *const spl_schedule_names[3], *const spl_metric_names[2], *const spl_alike_names[4];

#endif
