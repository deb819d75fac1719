// SPDX-License-Identifier: GPL-3.0-or-later
// Setting a training up: settings checked, rows checked and split, frozen layers run once, memory taken.
#include "learn/encoder/encoder_run.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/encoder_infer.h"
#include "learn/encoder/encoder_validate.h"
#include "samplit/hash.h"

#define DROPOUT_MAX 0.95
#define EPOCHS_MAX 1000000
#define BATCH_MAX 65536

spl_encoder_config spl_encoder_config_default(void)
{
    return (spl_encoder_config){
        .loss = SPL_LOSS_TRIPLET,
        .mining = SPL_MINING_SEMI_HARD,
        .epochs = 50,
        .batch = 256,
        .dropout = 0.2,
        .learning_rate = 3e-3,
        .beta1 = 0.9,
        .beta2 = 0.999,
        .epsilon = 1e-8,
        .weight_decay = 1e-4,
        .decay = SPL_DECAY_DECOUPLED,
        .schedule = SPL_SCHEDULE_COSINE,
        .warmup_epochs = 1,
        .step_epochs = 10,
        .step_factor = 0.5,
        .validation = 0.2,
        .metric = SPL_METRIC_RECALL,
        .patience = 8,
        .min_gain = 0,
        .seed = 1,
        .split_seed = 1,
    };
}

static bool in_range(const char *name, double value, double low, double high, spl_error *error)
{
    if (value >= low && value <= high) return true;
    return spl_fail_field(error, name, "must be from %g to %g, not %g", low, high, value);
}

static bool check_config(const spl_encoder_config *c, const spl_net *net, spl_error *error)
{
    uint32_t layers = net->shape.layer_count;
    if (!in_range("epochs", c->epochs, 1, EPOCHS_MAX, error)) return false;
    if (!in_range("batch", c->batch, SPL_BATCH_MIN, BATCH_MAX, error)) return false;
    if (!in_range("dropout", c->dropout, 0, DROPOUT_MAX, error)) return false;
    if (!in_range("margin", c->margin, 0, 4, error)) return false;
    if (!in_range("learning_rate", c->learning_rate, 0, FLT_MAX, error)) return false;
    if (!in_range("beta1", c->beta1, 0, 0.9999999, error)) return false;
    if (!in_range("beta2", c->beta2, 0, 0.9999999, error)) return false;
    if (!in_range("epsilon", c->epsilon, DBL_MIN, 1, error)) return false;
    if (!in_range("weight_decay", c->weight_decay, 0, FLT_MAX, error)) return false;
    if (!in_range("warmup_epochs", c->warmup_epochs, 0, EPOCHS_MAX, error)) return false;
    if (!in_range("step_epochs", c->step_epochs, 1, EPOCHS_MAX, error)) return false;
    if (!in_range("step_factor", c->step_factor, 0, 1, error)) return false;
    if (!in_range("validation", c->validation, 0, 0.5, error)) return false;
    if (!in_range("min_gain", c->min_gain, 0, 4, error)) return false;
    if (c->freeze < layers) return true;
    return spl_fail_field(error, "freeze", "%u of %u layers frozen leave nothing to train", c->freeze, layers);
}

// x (n, stride) through the frozen layers, once: they have neither dropout nor statistics of the batch.
static bool freeze_inputs(const spl_encoder_run *run, const float *x, uint32_t n, size_t stride, spl_run_inputs *out,
                          spl_error *error)
{
    *out = (spl_run_inputs){.x = x, .stride = stride};
    uint32_t frozen = run->config.freeze;
    if (frozen == 0) return true;
    out->stride = run->net->layers[frozen - 1].stride;
    out->memory = malloc((size_t)n * out->stride * sizeof(float) + 1);
    if (!out->memory) return spl_fail(error, "out of memory");
    out->x = out->memory;
    spl_inference in = {.net = run->net, .last = frozen, .x = x, .n = n, .stride = stride};
    return spl_net_infer(&in, run->pool, out->memory, error);
}

static bool take_judges(spl_encoder_run *run, const spl_encoder_rows *from, const uint32_t *rows, uint32_t count,
                        spl_error *error)
{
    uint32_t d = from->d;
    float *x = malloc((size_t)count * d * sizeof(float) + 1);
    run->judge_label = malloc((size_t)count * sizeof(int32_t) + 1);
    run->judge_embedding =
        malloc((size_t)count * run->net->layers[run->net->shape.layer_count - 1].stride * sizeof(float) + 1);
    if (!x || !run->judge_label || !run->judge_embedding) {
        free(x);
        return spl_fail(error, "out of memory");
    }
    for (uint32_t i = 0; i < count; i++) {
        memcpy(x + (size_t)i * d, from->x + (size_t)rows[i] * d, d * sizeof(float));
        run->judge_label[i] = from->label[rows[i]];
    }
    spl_run_inputs inputs;
    bool done = freeze_inputs(run, x, count, d, &inputs, error);
    if (inputs.memory) free(x);
    run->judge_rows = inputs.memory ? inputs.memory : x;
    run->judge_stride = inputs.stride;
    run->judge_count = count;
    return done;
}

// All labelled rows of `validation` are held out; at most SPL_JUDGED_MAX of them judge.
static bool take_validation(spl_encoder_run *run, const spl_encoder_rows *validation, spl_error *error)
{
    uint32_t *rows = malloc(((size_t)validation->n + 1) * sizeof *rows), count = 0;
    if (!rows) return spl_fail(error, "out of memory");
    for (uint32_t i = 0; i < validation->n; i++) {
        if (validation->label[i] >= 0) rows[count++] = i;
    }
    if (count > SPL_JUDGED_MAX) {
        for (uint32_t i = 0; i < SPL_JUDGED_MAX; i++) rows[i] = rows[(uint64_t)i * count / SPL_JUDGED_MAX];
        count = SPL_JUDGED_MAX;
    }
    bool done = spl_sort_by_label(rows, count, validation->label, error) &&
                (count == 0 || take_judges(run, validation, rows, count, error));
    free(rows);
    return done;
}

static bool split_rows(spl_encoder_run *run, const spl_encoder_rows *rows, const spl_encoder_rows *validation,
                       spl_error *error)
{
    const spl_encoder_config *c = &run->config;
    spl_split split;
    if (!spl_split_new(rows->label, rows->n, validation ? 0 : c->validation, c->split_seed, &split, error))
        return false;
    bool done = spl_batches_new(split.train, split.train_count, rows->label, c->batch, c->seed, &run->batches, error);
    if (done && validation)
        done = take_validation(run, validation, error);
    else if (done && split.judge_count)
        done = take_judges(run, rows, split.judge, split.judge_count, error);
    spl_split_free(&split);
    return done;
}

static bool take_memory(spl_encoder_run *run, spl_error *error)
{
    uint32_t batch = run->config.batch;
    size_t stride = run->net->layers[run->net->shape.layer_count - 1].stride;
    run->rows = malloc(batch * sizeof *run->rows);
    run->batch_label = malloc(batch * sizeof *run->batch_label);
    run->triplets = malloc(batch * sizeof *run->triplets);
    run->scratch = malloc((spl_triplets_scratch(run->config.mining, batch, stride) + 1) * sizeof(float));
    run->epochs = malloc(run->config.epochs * sizeof *run->epochs);
    bool done = run->rows && run->batch_label && run->triplets && run->scratch && run->epochs;
    return done || spl_fail(error, "out of memory");
}

static uint64_t digest_rows(const spl_encoder_rows *rows, uint64_t seed)
{
    seed = spl_xxh64(rows->x, (size_t)rows->n * rows->d * sizeof(float), seed);
    return spl_xxh64(rows->label, rows->n * sizeof(int32_t), seed);
}

// What must be equal for a resumed training to be the uninterrupted one. Patience may change; so may the number of
// epochs, where the learning rate does not depend on it.
static uint64_t digest_settings(const spl_encoder_config *c, const spl_encoder_rows *rows,
                                const spl_encoder_rows *validation)
{
    double values[] = {
        c->loss,         c->mining,        c->margin,     c->batch,
        c->dropout,      c->beta1,         c->beta2,      c->epsilon,
        c->decay,        c->learning_rate, c->schedule,   c->warmup_epochs,
        c->step_epochs,  c->step_factor,   c->validation, c->metric,
        c->weight_decay, c->freeze,        c->min_gain,   c->schedule == SPL_SCHEDULE_COSINE ? c->epochs : 0};
    uint64_t seeds[] = {c->seed, c->split_seed};
    uint64_t digest = spl_xxh64(values, sizeof values, spl_xxh64(seeds, sizeof seeds, 0));
    digest = digest_rows(rows, digest);
    return validation ? digest_rows(validation, digest) : digest;
}

double spl_run_metric(const spl_encoder_run *run, double loss, double recall)
{
    return run->config.metric == SPL_METRIC_LOSS ? -loss : recall;
}

bool spl_run_judge(spl_encoder_run *run, double *loss, double *recall)
{
    *loss = *recall = NAN;
    if (run->judge_count == 0) return true;
    const spl_net *net = run->net;
    spl_inference in = {.net = net,
                        .first = run->config.freeze,
                        .last = net->shape.layer_count,
                        .x = run->judge_rows,
                        .n = run->judge_count,
                        .stride = run->judge_stride};
    spl_embedded rows = {run->judge_count, net->layers[in.last - 1].stride, run->judge_embedding, run->judge_label};
    const spl_encoder_config *c = &run->config;
    return spl_net_infer(&in, run->pool, run->judge_embedding, NULL) &&
           spl_recall_at_1(&rows, run->pool, recall, NULL) &&
           spl_fixed_loss(&rows, c->loss, spl_loss_margin(c), c->split_seed, loss, NULL);
}

static bool set_up(spl_encoder_run *run, const spl_net *start, const spl_encoder_rows *rows,
                   const spl_encoder_rows *validation, spl_error *error)
{
    const spl_encoder_config *c = &run->config;
    bool done = check_config(c, start, error) && spl_encoder_rows_check(rows, start->shape.width[0], "rows", error) &&
                (!validation || spl_encoder_rows_check(validation, start->shape.width[0], "validation rows", error)) &&
                spl_net_copy(start, &run->net, error) && spl_net_copy(start, &run->good, error) &&
                spl_net_copy(start, &run->best, error) && spl_adam_new(start->parameter_count, &run->adam, error) &&
                split_rows(run, rows, validation, error) && take_memory(run, error) &&
                freeze_inputs(run, rows->x, rows->n, rows->d, &run->inputs, error) &&
                spl_pass_new(run->net, c->freeze, c->batch, c->dropout, c->seed, spl_kernel_best(), run->pool,
                             &run->pass, error);
    if (!done) return false;
    double loss, recall;
    if (!spl_run_judge(run, &loss, &recall)) return spl_fail(error, "out of memory");
    run->best_metric = spl_run_metric(run, loss, recall);
    run->settings = digest_settings(c, rows, validation);
    return true;
}

bool spl_encoder_run_new(const spl_net *start, const spl_encoder_rows *rows, const spl_encoder_rows *validation,
                         const spl_encoder_config *config, spl_pool *pool, spl_encoder_run **out, spl_error *error)
{
    spl_encoder_run *run = calloc(1, sizeof *run);
    if (!run) return spl_fail(error, "out of memory");
    run->config = *config;
    run->pool = pool;
    run->kernels = spl_matrix_kernels_of(spl_kernel_best());
    run->label = rows->label;
    if (!set_up(run, start, rows, validation, error)) {
        spl_encoder_run_free(run);
        return false;
    }
    *out = run;
    return true;
}

void spl_encoder_run_free(spl_encoder_run *run)
{
    if (!run) return;
    spl_net_free(run->net);
    spl_net_free(run->good);
    spl_net_free(run->best);
    spl_adam_free(&run->adam);
    spl_pass_free(run->pass);
    spl_batches_free(run->batches);
    free(run->inputs.memory);
    free(run->judge_rows);
    free(run->judge_label);
    free(run->judge_embedding);
    free(run->rows);
    free(run->batch_label);
    free(run->triplets);
    free(run->scratch);
    free(run->epochs);
    free(run);
}
