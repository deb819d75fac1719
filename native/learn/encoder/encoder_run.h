// SPDX-License-Identifier: GPL-3.0-or-later
// A training under way, as its files see it: encoder_run.c sets it up, encoder_train.c steps it, encoder_resume.c
// saves and restores it.
#ifndef SAMPLIT_ENCODER_RUN_H
#define SAMPLIT_ENCODER_RUN_H

#include "learn/encoder/adam.h"
#include "learn/encoder/encoder_batches.h"
#include "learn/encoder/encoder_pass.h"
#include "learn/encoder/encoder_split.h"
#include "learn/encoder/loss_triplets.h"

// Rows as the first layer that learns sees them: x itself, or what the frozen layers make of it.
typedef struct spl_run_inputs {
    const float *x; // (n, stride)
    size_t stride;
    float *memory;
} spl_run_inputs;

struct spl_encoder_run {
    spl_encoder_config config;
    spl_pool *pool;
    const spl_matrix_kernels *kernels;
    const int32_t *label; // of the training rows

    spl_net *net;  // present
    spl_net *good; // at the end of the last whole epoch
    spl_net *best; // by the metric
    spl_adam adam;
    spl_pass *pass;
    spl_batches *batches;
    spl_run_inputs inputs;

    uint32_t judge_count; // held-out rows looked at; 0 = none
    float *judge_rows;    // (judge_count, d), or after the frozen layers
    size_t judge_stride;
    int32_t *judge_label;   // sorted
    float *judge_embedding; // (judge_count, stride of the last layer)

    uint32_t *rows;        // [batch] of the present batch
    int32_t *batch_label;  // [batch]
    spl_triplet *triplets; // [batch]
    float *scratch;        // of mining

    spl_run_status status;
    uint32_t best_epoch;
    double best_metric;
    uint32_t epoch_count;
    spl_encoder_epoch *epochs; // [config.epochs]
    uint64_t settings;         // digest of all that resuming must find again
};

// The validation loss and recall of the present net; NaN without held-out rows. False when out of memory.
bool spl_run_judge(spl_encoder_run *run, double *loss, double *recall);

// What decides, higher is better.
double spl_run_metric(const spl_encoder_run *run, double loss, double recall);

// Whether, after `epoch_count` epochs, there will be another.
void spl_run_settle(spl_encoder_run *run);

#endif
