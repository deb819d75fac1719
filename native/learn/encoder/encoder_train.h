// SPDX-License-Identifier: GPL-3.0-or-later
// Training of the encoder: rows with labels in, weights out. A training is stepped epoch by epoch by its owner, who
// may show, save or stop it in between:
//
//     spl_encoder_run_new(net, &rows, NULL, &config, pool, &run, error);
//     while (spl_encoder_run_epoch(run)) { … spl_encoder_run_history(run) … spl_encoder_run_save(run, …) … }
//     spl_encoder_run_result(run) …
//
// The same net, rows, configuration and seed give the same weights, bit for bit, whatever the number of threads and
// whether or not the training was interrupted and resumed.
#ifndef SAMPLIT_ENCODER_TRAIN_H
#define SAMPLIT_ENCODER_TRAIN_H

#include "learn/encoder/encoder_checkpoint.h"
#include "learn/encoder/encoder_net.h"

// What is made small. Every row of a batch is an anchor a, with one row p of its class and one n of another.
// Distances D are Euclidean between embeddings, so at most 2. The batch's loss is the mean over its anchors.
typedef enum spl_loss {
    SPL_LOSS_TRIPLET = 0,     // max(0, margin + D(a,p)^2 - D(a,n)^2): Schroff et al. 2015
    SPL_LOSS_CONTRASTIVE = 1, // D(a,p)^2 / 2 + max(0, margin - D(a,n))^2 / 2: Hadsell et al. 2006
} spl_loss;

// Which p and n, both from the batch. Ties go to the row that comes first.
typedef enum spl_mining {
    SPL_MINING_RANDOM = 0,     // any
    SPL_MINING_SEMI_HARD = 1,  // any p; the nearest n that is farther than p, or the farthest n if none is
    SPL_MINING_BATCH_HARD = 2, // the farthest p, the nearest n: Hermans et al. 2017
} spl_mining;

typedef enum spl_decay {
    SPL_DECAY_DECOUPLED = 0, // Loshchilov & Hutter 2019, PyTorch's AdamW: w -= lr * decay * w, beside the step
    SPL_DECAY_L2 = 1,        // PyTorch's Adam: decay * w is added to the gradient
} spl_decay;

typedef enum spl_schedule {
    SPL_SCHEDULE_CONSTANT = 0,
    SPL_SCHEDULE_COSINE = 1, // to 0 at the last step of the last epoch
    SPL_SCHEDULE_STEP = 2,   // times step_factor every step_epochs epochs
} spl_schedule;

// What decides when to stop and which epoch's weights are kept, on rows that are not trained on.
typedef enum spl_metric {
    SPL_METRIC_RECALL = 0, // recall@1, mean over classes: higher is better
    SPL_METRIC_LOSS = 1,   // the loss on triplets drawn once at random: lower is better
} spl_metric;

typedef struct spl_encoder_config {
    spl_loss loss;
    spl_mining mining;
    double margin;                               // above 0; 0 = the loss's own: 0.2 for triplet, 1 for contrastive
    uint32_t epochs;                             // at most
    uint32_t batch;                              // rows, at least 4; fewer where the classes of a batch have fewer
    double dropout;                              // [0, 1)
    double learning_rate, beta1, beta2, epsilon; // Adam: Kingma & Ba 2015
    double weight_decay;
    spl_decay decay;
    spl_schedule schedule;
    double warmup_epochs; // of the learning rate rising from 0 in equal steps
    uint32_t step_epochs;
    double step_factor;
    double validation; // share of rows held out, [0, 0.5]; 0 = none: all epochs, the last weights
    spl_metric metric;
    uint32_t patience;   // epochs without a better metric before it stops; 0 = never
    double min_gain;     // by which the metric must be better to count
    uint32_t freeze;     // first layers that stay as they are, their statistics too
    uint64_t seed;       // of batches, triplets and dropout
    uint64_t split_seed; // of the held-out rows, so that members of an ensemble have the same ones
} spl_encoder_config;

spl_encoder_config spl_encoder_config_default(void);

// Rows of the caller, who keeps them for as long as the run.
typedef struct spl_encoder_rows {
    const float *x;       // (n, d), finite
    const int32_t *label; // [n] class, below 0 = unknown: the row is left out
    uint32_t n, d;
} spl_encoder_rows;

typedef struct spl_encoder_epoch {
    uint32_t epoch; // from 1
    double train_loss;
    double validation_loss;   // NaN without validation rows
    double validation_recall; // recall@1, mean over classes; NaN without
    double learning_rate;     // of the last step
    double active;            // share of anchors whose triplet or pair of pairs had a loss above 0
    double seconds;
} spl_encoder_epoch;

typedef enum spl_run_status {
    SPL_RUN_GOING = 0,
    SPL_RUN_FINISHED = 1, // all epochs
    SPL_RUN_EARLY = 2,    // no better for `patience` epochs
    SPL_RUN_DIVERGED =
        3, // loss or gradient not finite: the weights are the best before, or those of the last whole epoch
} spl_run_status;

typedef struct spl_encoder_run spl_encoder_run;

// Fails on settings out of range, a value of x that is not finite (row and column, from 1), fewer than two classes with
// a row, no class with two rows, and rows of another width than the net. A class with one row serves as n only.
// `start` is copied. `validation` gives the held-out rows; NULL: they are split off `rows` class by class.
bool spl_encoder_run_new(const spl_net *start, const spl_encoder_rows *rows, const spl_encoder_rows *validation,
                         const spl_encoder_config *config, spl_pool *pool, spl_encoder_run **out, spl_error *error);
void spl_encoder_run_free(spl_encoder_run *run); // NULL is fine

// Trains one epoch. Returns whether one was trained: false as soon as the run is no longer going.
bool spl_encoder_run_epoch(spl_encoder_run *run);

spl_run_status spl_encoder_run_status(const spl_encoder_run *run);
const char *spl_run_status_text(spl_run_status status); // a sentence. Static storage

// The epochs trained so far, those before an interruption included. Valid until the next epoch.
const spl_encoder_epoch *spl_encoder_run_history(const spl_encoder_run *run, uint32_t *count);
uint32_t spl_encoder_run_best(const spl_encoder_run *run); // the epoch whose weights the result has; 0 = the start

// The weights to use: those of the best epoch so far, or the last ones without validation rows.
const spl_net *spl_encoder_run_result(const spl_encoder_run *run);

// All that resuming needs, with the present weights under PyTorch's names (encoder_checkpoint.h).
bool spl_encoder_run_save(const spl_encoder_run *run, spl_state_dict **out, spl_error *error);

// Continues a fresh run where the checkpoint was written. Fails, naming the tensor, on another shape, and on a
// checkpoint of other rows or settings (but for `epochs` of a constant or stepped schedule, which may be more).
bool spl_encoder_run_resume(spl_encoder_run *run, const spl_state_dict *dict, spl_error *error);

#endif
