// SPDX-License-Identifier: GPL-3.0-or-later
// A training on disk. Batches, triplets and dropout are functions of seed, epoch and step, so what must be kept is
// little:
//
//     the present net         under PyTorch's names, so that the file is a state dict too
//     samplit.first.*         Adam's running means of the gradient, named as the parameters they belong to
//     samplit.second.*        and of its square
//     samplit.best.*          the net of the best epoch
//     samplit.history         F64 (epochs, 7): the fields of spl_encoder_epoch
//     samplit.progress        F64 [2]: best epoch, best metric
//     samplit.counters        I64 [2]: Adam's steps, digest of settings and rows
#include <math.h>
#include <string.h>

#include "learn/encoder/encoder_run.h"
#include "learn/encoder/encoder_state.h"

#define FIELDS 7

// A net's layout over another array, so that Adam's means can be named like parameters.
static spl_net over(const spl_net *net, float *parameters)
{
    spl_net view = *net;
    view.parameters = parameters;
    for (uint32_t k = 0; k < net->shape.layer_count; k++) {
        spl_net_layer *layer = &view.layers[k];
        layer->weight = parameters + (layer->weight - net->parameters);
        layer->bias = parameters + (layer->bias - net->parameters);
        if (!layer->hidden) continue;
        layer->gamma = parameters + (layer->gamma - net->parameters);
        layer->beta = parameters + (layer->beta - net->parameters);
    }
    return view;
}

static void epoch_to_row(const spl_encoder_epoch *epoch, double *row)
{
    double fields[FIELDS] = {epoch->epoch,         epoch->train_loss, epoch->validation_loss, epoch->validation_recall,
                             epoch->learning_rate, epoch->active,     epoch->seconds};
    memcpy(row, fields, sizeof fields);
}

static spl_encoder_epoch epoch_of_row(const double *row, uint32_t epoch)
{
    return (spl_encoder_epoch){epoch, row[1], row[2], row[3], row[4], row[5], row[6]};
}

bool spl_encoder_run_save(const spl_encoder_run *run, spl_state_dict **out, spl_error *error)
{
    const spl_net *net = run->net;
    uint32_t tensors = 4 * SPL_STATE_TENSORS * net->shape.layer_count + 3, epochs = run->epoch_count;
    size_t bytes = 4 * spl_state_net_bytes(net) + epochs * FIELDS * sizeof(double) + 64;
    spl_state_builder builder;
    if (!spl_state_build(&builder, tensors, bytes, error)) return false;
    spl_net first = over(net, run->adam.first), second = over(net, run->adam.second);
    spl_state_put_net(&builder, "", net, true);
    spl_state_put_net(&builder, "samplit.first.", &first, false);
    spl_state_put_net(&builder, "samplit.second.", &second, false);
    spl_state_put_net(&builder, SPL_STATE_BEST, run->best, true);
    double *rows = spl_state_put(&builder, SPL_F64, 2, epochs, FIELDS, "samplit.", "history");
    for (uint32_t i = 0; i < epochs; i++) epoch_to_row(&run->epochs[i], rows + (size_t)i * FIELDS);
    double *progress = spl_state_put(&builder, SPL_F64, 1, 2, 1, "samplit.", "progress");
    progress[0] = run->best_epoch;
    progress[1] = run->best_metric;
    uint64_t *counters = spl_state_put(&builder, SPL_I64, 1, 2, 1, "samplit.", "counters");
    counters[0] = run->adam.step;
    counters[1] = run->settings;
    *out = builder.dict;
    return true;
}

static bool get_history(const spl_state_dict *dict, uint32_t epochs_max, uint32_t *count, const double **rows,
                        spl_error *error)
{
    const spl_tensor *tensor = spl_state_dict_find(dict, "samplit.history");
    uint64_t epochs = tensor ? tensor->shape[0] : 0;
    *rows = spl_state_get(dict, "samplit.", "history", SPL_F64, 2, epochs, FIELDS, error);
    if (!*rows) return false;
    if (epochs > epochs_max) {
        return spl_fail_field(error, "samplit.history", "has %llu epochs where %u are asked for",
                              (unsigned long long)epochs, epochs_max);
    }
    *count = (uint32_t)epochs;
    return true;
}

static bool get_nets(spl_encoder_run *run, const spl_state_dict *dict, spl_error *error)
{
    spl_net first = over(run->net, run->adam.first), second = over(run->net, run->adam.second);
    return spl_state_get_net(dict, "", run->net, true, error) &&
           spl_state_get_net(dict, "samplit.first.", &first, false, error) &&
           spl_state_get_net(dict, "samplit.second.", &second, false, error) &&
           spl_state_get_net(dict, SPL_STATE_BEST, run->best, true, error);
}

bool spl_encoder_run_resume(spl_encoder_run *run, const spl_state_dict *dict, spl_error *error)
{
    uint32_t epochs = 0;
    const double *rows, *progress;
    const uint64_t *counters = spl_state_get(dict, "samplit.", "counters", SPL_I64, 1, 2, 1, error);
    if (!counters) return false;
    if (counters[1] != run->settings)
        return spl_fail_field(error, "samplit.counters", "the checkpoint is of other rows or other settings");
    if (!get_history(dict, run->config.epochs, &epochs, &rows, error)) return false;
    progress = spl_state_get(dict, "samplit.", "progress", SPL_F64, 1, 2, 1, error);
    if (!progress || !get_nets(run, dict, error)) return false;
    if (!(progress[0] >= 0 && progress[0] <= epochs))
        return spl_fail_field(error, "samplit.progress", "the best epoch is not one of the history");
    for (uint32_t i = 0; i < epochs; i++) run->epochs[i] = epoch_of_row(rows + (size_t)i * FIELDS, i + 1);
    run->epoch_count = epochs;
    run->best_epoch = (uint32_t)progress[0];
    run->best_metric = progress[1];
    run->adam.step = counters[0];
    spl_net_assign(run->good, run->net);
    spl_run_settle(run);
    return true;
}
