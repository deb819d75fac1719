// SPDX-License-Identifier: GPL-3.0-or-later
// The loop: batch, forward, mining, loss, backward, Adam; after each epoch the held-out rows.
//
// What judges is recall@1 by default, not the loss: mined losses rise as mining gets harder work, and a loss over
// random triplets is 0 for all that are told apart by the margin, long before the neighbours are right. docs/encoder.md
// has the figures.
#include "learn/encoder/encoder_train.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "host/clock.h"
#include "learn/encoder/encoder_run.h"

static uint32_t gather(spl_encoder_run *run)
{
    size_t stride, width = run->net->layers[run->config.freeze].inputs * sizeof(float);
    float *to = spl_pass_inputs(run->pass, &stride);
    uint32_t rows = spl_batches_next(run->batches, run->rows);
    for (uint32_t r = 0; r < rows; r++) {
        memcpy(to + r * stride, run->inputs.x + run->rows[r] * run->inputs.stride, width);
        run->batch_label[r] = run->label[run->rows[r]];
    }
    return rows;
}

typedef struct epoch_sums {
    double loss;
    uint64_t anchors, active;
} epoch_sums;

// Returns false when a number was not finite.
static bool train_batch(spl_encoder_run *run, uint32_t step, double rate, epoch_sums *sums)
{
    const spl_encoder_config *c = &run->config;
    uint32_t rows = gather(run);
    if (!spl_pass_forward(run->pass, run->net, rows, step)) return false;
    spl_embedded batch = {.rows = rows, .label = run->batch_label};
    batch.e = spl_pass_embeddings(run->pass, &batch.stride);
    uint32_t count = spl_triplets_pick(&batch, c->mining, run->kernels, c->seed, step, run->scratch, run->triplets);
    spl_loss_sum sum = spl_loss_of(&batch, c->loss, spl_loss_margin(c), run->kernels, run->triplets, count,
                                   spl_pass_embedding_gradient(run->pass));
    if (!isfinite(sum.loss) || !spl_pass_backward(run->pass, run->net)) return false;
    spl_adam_update(&run->adam, run->kernels, c, rate, spl_net_parameter_offset(run->net, c->freeze),
                    spl_pass_gradient(run->pass), run->net->parameters);
    sums->loss += sum.loss * count;
    sums->anchors += count;
    sums->active += sum.active;
    return true;
}

static bool weights_finite(const spl_net *net)
{
    int bad = 0;
    for (size_t i = 0; i < net->parameter_count; i++) bad |= !(fabsf(net->parameters[i]) <= FLT_MAX);
    return !bad;
}

static void diverge(spl_encoder_run *run)
{
    spl_net_assign(run->net, run->good);
    run->status = SPL_RUN_DIVERGED;
}

void spl_run_settle(spl_encoder_run *run)
{
    uint32_t patience = run->config.patience, epoch = run->epoch_count;
    if (run->judge_count && patience && epoch - run->best_epoch >= patience)
        run->status = SPL_RUN_EARLY;
    else if (epoch >= run->config.epochs)
        run->status = SPL_RUN_FINISHED;
}

// Whether this epoch's weights are the ones to keep.
static void conclude(spl_encoder_run *run, const spl_encoder_epoch *epoch)
{
    double metric = spl_run_metric(run, epoch->validation_loss, epoch->validation_recall);
    bool judged = run->judge_count > 0;
    if (!judged || metric > run->best_metric + run->config.min_gain || isnan(run->best_metric)) {
        run->best_metric = metric;
        run->best_epoch = epoch->epoch;
        spl_net_assign(run->best, run->net);
    }
    spl_net_assign(run->good, run->net);
    spl_run_settle(run);
}

bool spl_encoder_run_epoch(spl_encoder_run *run)
{
    if (run->status != SPL_RUN_GOING) return false;
    double started = spl_clock_s(), rate = 0;
    uint32_t per_epoch = spl_batches_per_epoch(run->batches);
    uint64_t steps = (uint64_t)per_epoch * run->config.epochs;
    epoch_sums sums = {0};
    spl_batches_start(run->batches, run->epoch_count);
    for (uint32_t i = 0; i < per_epoch; i++) {
        uint64_t step = (uint64_t)run->epoch_count * per_epoch + i;
        rate = spl_learning_rate(&run->config, step, steps, per_epoch);
        if (!train_batch(run, (uint32_t)step, rate, &sums)) {
            diverge(run);
            return false;
        }
    }
    spl_encoder_epoch *epoch = &run->epochs[run->epoch_count];
    *epoch = (spl_encoder_epoch){.epoch = run->epoch_count + 1, .learning_rate = rate};
    if (!weights_finite(run->net) || !spl_run_judge(run, &epoch->validation_loss, &epoch->validation_recall)) {
        diverge(run);
        return false;
    }
    epoch->train_loss = sums.loss / (double)sums.anchors;
    epoch->active = (double)sums.active / (double)sums.anchors;
    epoch->seconds = spl_clock_s() - started;
    run->epoch_count++;
    conclude(run, epoch);
    return true;
}

// Looking at it.

spl_run_status spl_encoder_run_status(const spl_encoder_run *run)
{
    return run->status;
}

const char *spl_run_status_text(spl_run_status status)
{
    switch (status) {
    case SPL_RUN_GOING: return "training";
    case SPL_RUN_FINISHED: return "all epochs are trained";
    case SPL_RUN_EARLY: return "stopped early: no better on the held-out rows";
    case SPL_RUN_DIVERGED: return "stopped: the loss or its gradient is not finite; the last good weights are kept";
    }
    return "unknown";
}

const spl_encoder_epoch *spl_encoder_run_history(const spl_encoder_run *run, uint32_t *count)
{
    *count = run->epoch_count;
    return run->epochs;
}

uint32_t spl_encoder_run_best(const spl_encoder_run *run)
{
    return run->best_epoch;
}

const spl_net *spl_encoder_run_result(const spl_encoder_run *run)
{
    return run->best;
}
